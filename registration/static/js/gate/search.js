// Search: people by a part of name, alliance or code, on the device itself; a tap checks in.

import { copyOf, part, say } from "./settings.js";

const FEWEST_LETTERS = 3;
const MOST = 20;
const REST = 120;

/** @typedef {import("./device.js").Person} Person */

/** @param {string} text */
function bare(text) {
  return text.replace(/[\s-]/g, "").toUpperCase();
}

/** What is on a badge, or printed under its code. @param {string} text */
function looksLikeCode(text) {
  return text.startsWith("E1:") || /^[2-9A-HJ-KMNP-TV-Z]{8}$/.test(bare(text));
}

export class Search {
  /**
   * @param {object} callbacks
   * @param {(query: string) => Person[] | Promise<Person[]>} callbacks.find
   * @param {(badge: string) => void} callbacks.onChosen
   * @param {(moment: number) => string} callbacks.timeOf
   */
  constructor({ find, onChosen, timeOf }) {
    this.find = find;
    this.onChosen = onChosen;
    this.timeOf = timeOf;
    this.field = part("search-field");
    this.results = part("search-results");
    this.note = part("search-note");
    this.timer = 0;
    this.turn = 0;
    this.field.addEventListener("input", () => this.rest());
    part("search-form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.decide(this.field.value.trim());
    });
  }

  /** Waits until the typing rests, then looks. */
  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(this.field.value.trim()), REST);
  }

  /**
   * After Enter: a code is checked in at once, anything else looked for.
   *
   * A name may look like a code ("Steffens"), so what looks like one is looked up first.
   *
   * @param {string} text
   */
  async decide(text) {
    clearTimeout(this.timer);
    if (text.startsWith("E1:")) return this.choose(text);
    const people = await this.look(text);
    const isOne = people.some((person) => person.code === bare(text));
    if (isOne || (looksLikeCode(text) && !people.length)) this.choose(bare(text));
  }

  /**
   * @param {string} query
   * @returns {Promise<Person[]>}
   */
  async look(query) {
    const turn = (this.turn += 1);
    if (query.replace(/\s/g, "").length < FEWEST_LETTERS || query.startsWith("E1:")) {
      this.show([], "");
      return [];
    }
    const people = (await this.find(query)).slice(0, MOST);
    if (turn === this.turn) this.show(people, people.length ? "" : say("nobody_found"));
    return people;
  }

  /**
   * @param {Person[]} people
   * @param {string} note
   */
  show(people, note) {
    this.results.replaceChildren(...people.map((person) => this.row(person)));
    this.results.hidden = people.length === 0;
    this.note.textContent = note;
  }

  /** @param {Person} person */
  row(person) {
    const row = copyOf("search-row");
    const titles = person.roles.map((role) => role.title);
    row.querySelector(".found-name").textContent = person.name;
    row.querySelector(".found-about").textContent = [person.alliance?.name, ...titles]
      .filter(Boolean)
      .join(" · ");
    row.querySelector(".found-state").textContent = this.stateOf(person);
    row.querySelector("button").dataset.state = person.state;
    row.querySelector("button").addEventListener("click", () => this.choose(person.code));
    return row;
  }

  /** @param {Person} person */
  stateOf({ state, first }) {
    return say(`person_${state}`, { time: first ? this.timeOf(first.at) : "" });
  }

  /** @param {string} badge */
  choose(badge) {
    this.clear();
    this.field.blur();
    this.onChosen(badge);
  }

  /** Leaves no name on the screen. */
  clear() {
    clearTimeout(this.timer);
    this.turn += 1;
    this.field.value = "";
    this.show([], "");
  }
}
