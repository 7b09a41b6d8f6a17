// Search: people by a part of name, alliance, organisation or code; a tap checks in.

import { Refused } from "./api.js";
import { part, say } from "./settings.js";

const FEWEST_LETTERS = 3;
const REST = 250;

/** @typedef {import("./api.js").Person} Person */

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
   * @param {(query: string, signal: AbortSignal) => Promise<Person[]>} callbacks.find
   * @param {(badge: string) => void} callbacks.onChosen
   * @param {(moment: string) => string} callbacks.timeOf
   */
  constructor({ find, onChosen, timeOf }) {
    this.find = find;
    this.onChosen = onChosen;
    this.timeOf = timeOf;
    this.field = part("search-field");
    this.results = part("search-results");
    this.note = part("search-note");
    this.timer = 0;
    this.asked = new AbortController();
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
    const isOne = people?.some((person) => person.badge === bare(text));
    if (isOne || (looksLikeCode(text) && !people?.length)) this.choose(bare(text));
  }

  /**
   * @param {string} query
   * @returns {Promise<Person[] | undefined>} undefined if nobody could be asked
   */
  async look(query) {
    this.asked.abort();
    if (query.replace(/\s/g, "").length < FEWEST_LETTERS || query.startsWith("E1:")) {
      this.show([], "");
      return [];
    }
    this.asked = new AbortController();
    const { signal } = this.asked;
    try {
      const people = await this.find(query, signal);
      this.show(people, people.length ? "" : say("nobody_found"));
      return people;
    } catch (error) {
      if (signal.aborted) return undefined;
      this.show([], error instanceof Refused ? error.message : say("search_unreachable"));
      return undefined;
    }
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
    const row = part("search-row").content.cloneNode(true).firstElementChild;
    const about = [person.alliance, person.role].filter(Boolean).join(" · ");
    row.querySelector(".found-name").textContent = person.name;
    row.querySelector(".found-about").textContent = about;
    row.querySelector(".found-state").textContent = this.stateOf(person);
    row.querySelector("button").dataset.state = person.state;
    row.querySelector("button").addEventListener("click", () => this.choose(person.badge));
    return row;
  }

  /** @param {Person} person */
  stateOf({ state, first_at: firstAt }) {
    return say(`person_${state}`, { time: firstAt ? this.timeOf(firstAt) : "" });
  }

  /** @param {string} badge */
  choose(badge) {
    this.field.value = "";
    this.field.blur();
    this.show([], "");
    this.onChosen(badge);
  }
}
