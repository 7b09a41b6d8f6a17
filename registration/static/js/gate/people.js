// People: who may come in and who has, as the door asks for them; found without a network.

import { fold } from "./folding.js";
import { Tally } from "./tally.js";

const FEWEST_LETTERS = 3;
const MOST_FOUND = 20;
const AT_ONCE = 500;

/** @typedef {import("./tally.js").Counts} Counts */

/** @typedef {{at: number, gate: string, device: string}} First  milliseconds, the gate's code, and
 * what the device is called, if that is known */

/**
 * @typedef {object} Stands  where somebody stands
 * @property {"expected" | "inside" | "left"} state
 * @property {First | null} first  when and at which gate they were first let in
 * @property {boolean} safe  seen safe since the evacuation began
 */

/** @typedef {import("./manifest.js").Described & Stands} Person */

export class People {
  /** What each badge is found by. @type {Map<string, [of: unknown, text: string]>} */
  folded = new Map();
  /** Who was let in here without a registration, until the manifest brings their badge.
   * @type {Map<string, import("./manifest.js").Described>} */
  walkIns = new Map();

  /**
   * @param {object} parts
   * @param {import("./manifest.js").Manifest} parts.manifest
   * @param {import("./passages.js").Passages} parts.passages
   * @param {() => number} parts.now  milliseconds, corrected
   * @param {(scan: string) => string} parts.deviceOf  what the device is called that made a scan
   * @param {string} parts.language
   */
  constructor({ manifest, passages, now, deviceOf, language }) {
    this.manifest = manifest;
    this.passages = passages;
    this.now = now;
    this.deviceOf = deviceOf;
    this.language = language;
    this.collator = new Intl.Collator("de");
    this.tally = new Tally({ manifest, passages, walkIns: this.walkIns });
  }

  clear() {
    this.folded.clear();
    this.walkIns.clear();
  }

  /**
   * @param {string | null | undefined} id  of a badge
   * @returns {Person | null}
   */
  find(id) {
    if (!id) return null;
    const described = this.manifest.describe(id, this.language) ?? this.walkIns.get(id);
    if (!described) return null;
    const first = this.firstOf(id);
    const state = this.passages.stateOf(id, this.now());
    return { ...described, state, first, safe: this.isSafe(id) };
  }

  /** @param {string} id @returns {First | null} */
  firstOf(id) {
    const { first } = this.passages.standing(id);
    if (!first) return null;
    const [at, gate] = first;
    return { at, gate, device: this.#deviceAt(id, at, gate) };
  }

  /** Of two scans at one moment the first counts, as in merging. @param {string} badge @param {number} at @param {string} gate */
  #deviceAt(badge, at, gate) {
    const entries = this.passages
      .of(badge)
      .filter((pass) => pass.at === at && pass.gate === gate && pass.kind !== "exit")
      .map(({ id }) => id)
      .sort();
    return entries.length ? this.deviceOf(entries[0]) : "";
  }

  /** @param {string} id */
  isSafe(id) {
    const since = this.evacuationAt;
    if (since === null) return false;
    const passes = this.passages.of(id);
    const takenBack = new Set(passes.filter(({ kind }) => kind === "undo").map(({ target }) => target));
    return passes.some((pass) => pass.kind === "safe" && pass.at >= since && !takenBack.has(pass.id));
  }

  /** @returns {number | null} milliseconds */
  get evacuationAt() {
    const at = this.manifest.head?.event.evacuation_at;
    return at ? Date.parse(at) : null;
  }

  /**
   * Finds people in whose name, alliance or short code each word occurs; ä counts as a, ß as ss.
   *
   * @param {string} query
   * @returns {Person[]} at most twenty, as Germans sort names; none for less than three letters
   */
  search(query) {
    const words = fold(query).split(/\s+/).filter(Boolean);
    if (words.join("").length < FEWEST_LETTERS) return [];
    const code = words.join("").replaceAll("-", "").toUpperCase();
    const ids = new Set();
    const exact = this.manifest.codes.get(code);
    if (exact) ids.add(exact);
    for (const row of this.manifest.badges.values()) {
      if (!this.manifest.isExpected(row[0])) continue;
      const text = this.#foldedText(row);
      if (words.every((word) => text.includes(word))) ids.add(row[0]);
    }
    const sorted = [...ids].sort((one, other) => this.#compare(one, other));
    return sorted.slice(0, MOST_FOUND).flatMap((id) => this.find(id) ?? []);
  }

  /** Compares as Germans sort (DIN 5007-1), which folded names do by themselves. @param {string} one @param {string} other */
  #compare(one, other) {
    const [first, second] = [this.folded.get(one)?.[1] ?? "", this.folded.get(other)?.[1] ?? ""];
    return first < second ? -1 : Number(first > second);
  }

  /** @param {import("./manifest.js").BadgeRow} row */
  #foldedText(row) {
    const known = this.folded.get(row[0]);
    if (known && known[0] === row) return known[1];
    const { code = "", name = "" } = (row[2] !== null && this.manifest.alliance(row[2])) || {};
    const text = fold(`${row[1]} ${code} ${name} ${row[4]}`);
    this.folded.set(row[0], [row, text]);
    return text;
  }

  /** Forgets walk-ins whose badges the manifest has brought. */
  dropWalkIns() {
    for (const id of this.walkIns.keys()) {
      if (!this.passages.byBadge.has(id)) this.walkIns.delete(id);
    }
  }

  /** @returns {Person[]} everybody inside now, sorted by name */
  inside() {
    const now = this.now();
    const people = [];
    for (const id of this.passages.badges()) {
      if (this.passages.stateOf(id, now) === "inside") people.push(this.find(id) ?? this.nameless(id));
    }
    return people.sort((one, other) => this.collator.compare(one.name, other.name));
  }

  /**
   * Whoever is inside and whose name this device does not know must still be counted and sought.
   *
   * @param {string} id
   * @returns {Person}
   */
  nameless(id) {
    const first = this.firstOf(id);
    const bare = { id, name: "?", code: "", alliance: null, roles: [], theme: "", note: "" };
    return { ...bare, state: "inside", first, safe: this.isSafe(id) };
  }

  /** @returns {Counts} the four numbers of a door, as services/gates/presence.py counts them */
  counts() {
    return this.tally.read(this.now());
  }

  /** Prepares the search, a little at a time, so that no scan has to wait for it. */
  async warm() {
    let left = AT_ONCE;
    for (const row of [...this.manifest.badges.values()]) {
      this.#foldedText(row);
      left -= 1;
      if (left > 0) continue;
      left = AT_ONCE;
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }
}
