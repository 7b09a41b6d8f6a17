// The evacuation list: who is inside, one big row each; a tap says that somebody is safe.

import { copyOf, part, say } from "./settings.js";

/**
 * So long a tap can be taken back by another. It is written down afterwards: whoever is ticked by
 * mistake must not be missed, so what is lost in between is the tick, never the person.
 */
const THINKING = 4000;

/** @typedef {ReturnType<import("./device.js").Device["inside"]>[number]} Evacuee */

export class Evacuation {
  /**
   * @param {import("./device.js").Device} device
   * @param {import("./panels.js").Panels} panels
   * @param {(moment: number) => string} timeOf
   */
  constructor(device, panels, timeOf) {
    this.device = device;
    this.panels = panels;
    this.timeOf = timeOf;
    /** @type {Map<string, number>} timers of taps that can be taken back, by person */
    this.open = new Map();
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
    /** @type {number | null} */
    this.known = null;
    device.addEventListener("change", () => this.draw());
    panels.addEventListener("open", () => this.draw());
    part("alarm").addEventListener("click", () => panels.open("evacuation"));
    addEventListener("pagehide", () => this.flush());
    document.addEventListener("visibilitychange", () => document.hidden && this.flush());
    this.draw();
  }

  draw() {
    const at = this.device.status().evacuationAt ?? null;
    part("alarm").hidden = at === null;
    part("alarm-text").textContent = at === null ? "" : say("evacuation_since", { time: this.timeOf(at) });
    part("kiosk-hint").textContent = say(at === null ? "kiosk_hint" : "kiosk_evacuation");
    const isNew = at !== null && at !== this.known;
    this.known = at;
    if (isNew) this.panels.open("evacuation");
    if (this.panels.current === "evacuation") this.fill();
  }

  fill() {
    const people = this.device.inside();
    const left = people.filter((person) => !this.isSafe(person)).length;
    part("evacuation-left").textContent = people.length ? say("evacuation_left", { count: left }) : "";
    part("evacuation-left").dataset.state = left ? "left" : "none";
    part("evacuation-note").textContent = this.device.status().online ? "" : say("evacuation_offline");
    part("evacuation-empty").hidden = people.length > 0;
    this.arrange(people);
  }

  /**
   * Changes rows in place: one that moved under a finger would tick the wrong person.
   *
   * @param {Evacuee[]} people
   */
  arrange(people) {
    const list = part("evacuees");
    const gone = new Set(this.rows.keys());
    for (const person of people) {
      gone.delete(person.id);
      const row = this.rows.get(person.id) ?? this.add(person);
      this.write(row, person);
    }
    for (const id of gone) {
      this.rows.get(id)?.remove();
      this.rows.delete(id);
    }
    const sorted = people.map((person) => this.rows.get(person.id));
    sorted.forEach((row, index) => {
      if (row && list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
  }

  /** @param {Evacuee} person */
  add(person) {
    const row = copyOf("evacuee-row");
    row.querySelector("button").addEventListener("click", () => this.tap(person.id));
    this.rows.set(person.id, row);
    return row;
  }

  /**
   * @param {HTMLElement} row
   * @param {Evacuee} person
   */
  write(row, person) {
    const isSafe = this.isSafe(person);
    /** @type {[string, string][]} */
    const lines = [
      ["name", person.name],
      ["about", person.alliance?.name ?? person.roles.map((role) => role.title).join(" · ")],
      ["state", isSafe ? say(this.open.has(person.id) ? "safe_now" : "safe") : ""],
    ];
    for (const [name, text] of lines) {
      const line = row.querySelector(`.evacuee-${name}`);
      if (line && line.textContent !== text) line.textContent = text;
    }
    row.querySelector("button")?.setAttribute("aria-pressed", String(isSafe));
  }

  /** @param {Evacuee} person */
  isSafe(person) {
    return person.safe || this.open.has(person.id);
  }

  /** @param {string} id */
  tap(id) {
    const timer = this.open.get(id);
    if (timer !== undefined) {
      clearTimeout(timer);
      this.open.delete(id);
    } else if (!this.device.inside().find((person) => person.id === id)?.safe) {
      this.open.set(id, setTimeout(() => this.mark(id), THINKING));
      navigator.vibrate?.(40);
    }
    this.fill();
  }

  /** @param {string} id */
  async mark(id) {
    try {
      await this.device.markSafe(id);
    } catch (error) {
      console.error("a tick was not kept", error);
      part("evacuation-note").textContent = say("not_kept_reason");
    }
    this.open.delete(id);
    this.fill();
  }

  flush() {
    for (const [id, timer] of this.open) {
      clearTimeout(timer);
      void this.mark(id);
    }
  }
}
