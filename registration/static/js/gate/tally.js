// The tally: the four numbers of a door, kept up to date badge by badge. To count a hundred thousand
// anew with each scan would make the next one wait.

import { HOUSE, dayOf } from "./merging.js";

/** @typedef {{expected: number, arrived: number, inside: number, missing: number}} Counts */

const NAMES = /** @type {const} */ (["expected", "arrived", "inside", "missing"]);
/** @type {Counts} */
const NOTHING = { expected: 0, arrived: 0, inside: 0, missing: 0 };

export class Tally {
  /** What each badge adds. @type {Map<string, Counts>} */
  added = new Map();
  /** Badges of which something has changed since. @type {Set<string>} */
  changed = new Set();
  /** @type {Counts} */
  sums = { ...NOTHING };
  day = -1;

  /**
   * @param {object} parts
   * @param {import("./manifest.js").Manifest} parts.manifest
   * @param {import("./passages.js").Passages} parts.passages
   * @param {Map<string, unknown>} parts.walkIns
   */
  constructor({ manifest, passages, walkIns }) {
    this.manifest = manifest;
    this.passages = passages;
    this.walkIns = walkIns;
    passages.onChange = (badge) => {
      if (badge === undefined) this.day = -1;
      else this.changed.add(badge);
    };
  }

  /** @param {number} now  milliseconds @returns {Counts} */
  read(now) {
    const day = dayOf(this.manifest.head?.rules.day_ends ?? [], now);
    if (day !== this.day) this.#begin(day);
    for (const badge of this.changed) this.#count(badge);
    this.changed.clear();
    return { ...this.sums };
  }

  /** @param {number} day */
  #begin(day) {
    this.day = day;
    this.added.clear();
    this.sums = { ...NOTHING };
    this.changed = new Set([...this.manifest.badges.keys(), ...this.passages.badges()]);
  }

  /** @param {string} badge */
  #count(badge) {
    const before = this.added.get(badge) ?? NOTHING;
    const after = this.#worth(badge);
    this.added.set(badge, after);
    for (const name of NAMES) this.sums[name] += after[name] - before[name];
  }

  /** @param {string} badge @returns {Counts} */
  #worth(badge) {
    const { zones, first } = this.passages.standing(badge);
    const hasCome = first !== null;
    const isInside = hasCome && zones[HOUSE] === `${this.day}+`;
    const isListed = this.manifest.isExpected(badge);
    const isExpected = isListed || (hasCome && this.walkIns.has(badge));
    return WORTHS[(isExpected ? 8 : 0) + (hasCome ? 4 : 0) + (isInside ? 2 : 0)];
  }
}

/** Each of the few there are, once: a hundred thousand badges point to them. @type {Counts[]} */
const WORTHS = Array.from({ length: 16 }, (_, bits) => ({
  expected: bits & 8 ? 1 : 0,
  arrived: bits & 4 ? 1 : 0,
  inside: bits & 2 ? 1 : 0,
  missing: bits & 8 && !(bits & 4) ? 1 : 0,
}));
