// Passages: all scans that this device knows of, its own and the others', by badge, and what they
// mean together.

import { HOUSE, OUTSIDE, dayOf, merge } from "./merging.js";

/** @typedef {import("./merging.js").Pass} Pass */
/** @typedef {import("./merging.js").Standing} Standing */

export class Passages {
  /** @type {Map<string, Pass[]>} */
  byBadge = new Map();
  /** Which badge a scan is of. @type {Map<string, string>} */
  badgeOf = new Map();
  /** What takes back scans that are not known yet, by these. @type {Map<string, Pass[]>} */
  early = new Map();
  /** Worked out where somebody has asked. @type {Map<string, Standing>} */
  standings = new Map();
  /** Told of each badge of which something has changed; without one, of all. @type {(badge?: string) => void} */
  onChange = () => {};

  /** @param {(badge: string) => import("./merging.js").Rules} rulesOf */
  constructor(rulesOf) {
    this.rulesOf = rulesOf;
  }

  clear() {
    for (const map of [this.byBadge, this.badgeOf, this.early, this.standings]) map.clear();
    this.onChange();
  }

  /**
   * Adds a scan, in place of what was known of it.
   *
   * @param {string | null} badge  null for an undo that only says what it takes back
   * @param {Pass} scan
   * @returns {boolean} whether that was news
   */
  add(badge, scan) {
    const known = this.badgeOf.get(scan.id);
    const meant = badge ?? known ?? (scan.target && this.badgeOf.get(scan.target));
    if (!meant) return this.#wait(scan);
    const scans = this.byBadge.get(meant) ?? [];
    const index = known === meant ? scans.findIndex(({ id }) => id === scan.id) : -1;
    if (index >= 0 && isSame(scans[index], scan)) return false;
    if (known && known !== meant) this.remove(scan.id);
    if (index >= 0) scans[index] = scan;
    else scans.push(scan);
    this.byBadge.set(meant, scans);
    this.badgeOf.set(scan.id, meant);
    this.reconsider(meant);
    for (const undo of this.early.get(scan.id) ?? []) this.add(meant, undo);
    this.early.delete(scan.id);
    return true;
  }

  /** @param {Pass} undo */
  #wait(undo) {
    if (!undo.target) return false;
    const waiting = this.early.get(undo.target) ?? [];
    if (waiting.some(({ id }) => id === undo.id)) return false;
    this.early.set(undo.target, [...waiting, undo]);
    return true;
  }

  /** @param {string} id  of a scan */
  remove(id) {
    const badge = this.badgeOf.get(id);
    if (!badge) return;
    const left = (this.byBadge.get(badge) ?? []).filter((scan) => scan.id !== id);
    if (left.length) this.byBadge.set(badge, left);
    else this.byBadge.delete(badge);
    this.badgeOf.delete(id);
    this.reconsider(badge);
  }

  /** @param {string} badge @returns {Pass[]} */
  of(badge) {
    return this.byBadge.get(badge) ?? [];
  }

  /** @param {string} id  of a scan @returns {Pass | undefined} */
  find(id) {
    const badge = this.badgeOf.get(id);
    return badge ? this.of(badge).find((scan) => scan.id === id) : undefined;
  }

  /** @param {string} badge @returns {Standing} */
  standing(badge) {
    if (!this.byBadge.has(badge)) return OUTSIDE;
    let standing = this.standings.get(badge);
    if (!standing) {
      const { zones, first } = merge(this.of(badge), this.rulesOf(badge));
      standing = { zones, first };
      this.standings.set(badge, standing);
    }
    return standing;
  }

  /**
   * @param {string} id  of a scan
   * @returns {string | undefined} its verdict, after all that is known of its badge
   */
  verdictOf(id) {
    const badge = this.badgeOf.get(id);
    return badge === undefined ? undefined : this.verdicts(badge)[id];
  }

  /** @param {string} badge @returns {Record<string, string>} by scan */
  verdicts(badge) {
    return merge(this.of(badge), this.rulesOf(badge)).verdicts;
  }

  /**
   * @param {string} badge
   * @param {number} at  milliseconds
   * @returns {"expected" | "inside" | "left"} with regard to the house as a whole
   */
  stateOf(badge, at) {
    const { zones, first } = this.standing(badge);
    if (zones[HOUSE] === `${dayOf(this.rulesOf(badge).day_ends, at)}+`) return "inside";
    return first ? "left" : "expected";
  }

  /** @returns {IterableIterator<string>} the badges of which there are scans */
  badges() {
    return this.byBadge.keys();
  }

  /**
   * Works it out anew when it is asked for: something has changed.
   *
   * @param {string} [badge]  all of them, unless one is named
   */
  reconsider(badge) {
    if (badge === undefined) this.standings.clear();
    else this.standings.delete(badge);
    this.onChange(badge);
  }
}

/**
 * @param {Pass} one
 * @param {Pass} other
 */
function isSame(one, other) {
  return (
    one.at === other.at &&
    one.kind === other.kind &&
    one.gate === other.gate &&
    (one.target ?? null) === (other.target ?? null) &&
    (one.refused ?? null) === (other.refused ?? null)
  );
}

/**
 * @param {import("./manifest.js").ScanRow} row
 * @returns {Pass}
 */
export function passOf([id, , kind, at, gate, target, refused]) {
  return { id, kind, at, gate, target, refused };
}
