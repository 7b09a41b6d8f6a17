// The manifest in memory: the event, its rules, and everybody who may come in.

/** @typedef {[id: string, name: string, alliance: number | null, roles: number[], code: string, theme: number | null, note: string | null]} BadgeRow */
/** @typedef {[id: string, badge: string | null, kind: string, at: number, gate: string, target: string | null, refused: string | null, device?: string]} ScanRow */
/** @typedef {Record<string, string>} Localised */

/**
 * @typedef {object} Head  what is the same for everybody
 * @property {{id: string, tag: number, slug: string, title: Localised, ends_at: string, timezone: string, evacuation_at: string | null}} event
 * @property {Record<string, string>} keys  public keys in base64, by their slots
 * @property {Record<string, {name: string, zone: string}>} gates
 * @property {[code: string, name: string, colour: string][]} alliances
 * @property {[code: string, title: Localised, colour: string, badgeClass: number, reentry: string][]} roles
 * @property {[code: string, title: Localised][]} themes
 * @property {{day_ends: number[]}} rules
 * @property {Record<string, string>} [devices]  names by key; an older server tells none
 */

/** @typedef {Head & {version: number, badges: BadgeRow[], exceptions: Record<string, number>, scans: ScanRow[]}} Answer */

/** @typedef {{code: string, name: string, colour: string}} Alliance */
/** @typedef {{code: string, title: string, colour: string}} Role */

/**
 * @typedef {object} Described  a person as the gate may see them
 * @property {string} id  of the badge
 * @property {string} code  the short code: scanning that checks in, too
 * @property {string} name
 * @property {Alliance | null} alliance
 * @property {Role[]} roles
 * @property {string} theme
 * @property {string} note
 */

/** A generation that no badge has: none is let in. */
export const NOBODY = 256;

const HEAD = /** @type {const} */ (["event", "keys", "gates", "alliances", "roles", "themes", "rules", "devices"]);

/** @param {any} answer @returns {Head} */
export function headOf(answer) {
  return /** @type {any} */ (Object.fromEntries(HEAD.map((name) => [name, answer[name]])));
}

export class Manifest {
  /** @type {Head | null} */
  head = null;
  version = 0;
  /** When the server was last asked, in milliseconds by the corrected clock. */
  checkedAt = 0;
  /** @type {Map<string, BadgeRow>} */
  badges = new Map();
  /** Badge ids by short code. @type {Map<string, string>} */
  codes = new Map();
  /** The least generation that is let in; of others every one is. @type {Map<string, number>} */
  exceptions = new Map();
  /** @type {Map<number, Uint8Array<ArrayBuffer>>} */
  keys = new Map();
  /** @type {Record<string, string>} */
  zones = {};

  clear() {
    this.head = null;
    this.version = 0;
    this.checkedAt = 0;
    for (const map of [this.badges, this.codes, this.exceptions, this.keys]) map.clear();
    this.zones = {};
  }

  get isLoaded() {
    return this.head !== null;
  }

  /**
   * @param {Head} head
   * @returns {boolean} whether its lists are in another order, so that every row was changed
   */
  setHead(head) {
    const shifted = this.#renumber(head);
    this.head = head;
    this.keys = new Map(
      Object.entries(head.keys).map(([slot, key]) => [
        Number(slot),
        Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0)),
      ]),
    );
    this.zones = Object.fromEntries(
      Object.entries(head.gates).map(([code, { zone }]) => [code, zone]),
    );
    return shifted;
  }

  /**
   * Rows name alliances, roles and themes by their places in the head's lists. A delta brings new
   * lists, but only the rows that changed; the others must follow.
   *
   * @param {Head} head
   */
  #renumber(head) {
    const places = (/** @type {"alliances" | "roles" | "themes"} */ name) => {
      const now = new Map(head[name].map(([code], place) => [code, place]));
      return (this.head?.[name] ?? []).map(([code]) => now.get(code) ?? null);
    };
    const [alliances, roles, themes] = [places("alliances"), places("roles"), places("themes")];
    const isSame = (/** @type {(number | null)[]} */ list) =>
      list.every((place, index) => place === index);
    if ([alliances, roles, themes].every(isSame)) return false;
    for (const row of this.badges.values()) {
      row[2] = row[2] === null ? null : alliances[row[2]];
      row[3] = /** @type {number[]} */ (row[3].map((role) => roles[role]).filter((role) => role !== null));
      row[5] = row[5] === null ? null : themes[row[5]];
    }
    return this.badges.size > 0;
  }

  /**
   * Takes over what is told of some badges. What is told of one replaces all that was known of it:
   * one that is an exception no longer comes without.
   *
   * @param {BadgeRow[]} rows
   * @param {Record<string, number>} exceptions
   * @returns {string[]} the ids of those of which something has changed
   */
  take(rows, exceptions) {
    const changed = new Set();
    for (const row of rows) {
      const [id] = row;
      const before = this.badges.get(id);
      if (before && before[4] === row[4] && String(before) === String(row)) continue;
      if (before && before[4] !== row[4]) this.codes.delete(before[4]);
      this.badges.set(id, row);
      this.codes.set(row[4], id);
      changed.add(id);
    }
    for (const row of rows) {
      if (row[0] in exceptions || !this.exceptions.delete(row[0])) continue;
      changed.add(row[0]);
    }
    for (const [id, least] of Object.entries(exceptions)) {
      if (this.leastOf(id) === least) continue;
      if (least === 0) this.exceptions.delete(id);
      else this.exceptions.set(id, least);
      changed.add(id);
    }
    return [...changed];
  }

  /** @param {string | undefined} key @returns {string} the device's name, or empty */
  deviceName(key) {
    return (key && this.head?.devices?.[key]) || "";
  }

  /** @param {string} id @returns {number} the least generation that is let in */
  leastOf(id) {
    return this.exceptions.get(id) ?? 0;
  }

  /** @param {string} id */
  isExpected(id) {
    return this.badges.has(id) && this.leastOf(id) < NOBODY;
  }

  /**
   * @param {string | null} id
   * @returns {import("./merging.js").Rules} by which the scans of a badge are merged
   */
  rulesOf(id) {
    const role = (id && this.badges.get(id)?.[3][0]) ?? -1;
    const reentry = this.head?.roles[Number(role)]?.[4] ?? "free";
    return { day_ends: this.head?.rules.day_ends ?? [], zones: this.zones, reentry };
  }

  /**
   * Returns what the gate may know of whom a badge belongs to.
   *
   * @param {string} id
   * @param {string} language
   * @returns {Described | null} null if the badge is not listed
   */
  describe(id, language) {
    const row = this.badges.get(id);
    if (!row) return null;
    const theme = row[5] === null ? undefined : this.head?.themes[row[5]];
    return {
      id: row[0],
      name: row[1],
      code: row[4],
      alliance: row[2] === null ? null : this.alliance(row[2]),
      roles: row[3].map((number) => this.role(number, language)).filter((role) => role !== null),
      theme: theme ? inLanguage(theme[1], language) : "",
      note: row[6] ?? "",
    };
  }

  /** @param {number} number @returns {Alliance | null} */
  alliance(number) {
    const [code, name, colour] = this.head?.alliances[number] ?? [];
    return code && name ? { code, name, colour: colour ?? "" } : null;
  }

  /** @returns {Alliance[]} */
  alliances() {
    return (this.head?.alliances ?? []).flatMap((_, number) => this.alliance(number) ?? []);
  }

  /** @param {string} language @returns {Role[]} */
  roles(language) {
    return (this.head?.roles ?? []).flatMap((_, number) => this.role(number, language) ?? []);
  }

  /** @param {number} number @param {string} language @returns {Role | null} */
  role(number, language) {
    const [code, title, colour] = this.head?.roles[number] ?? [];
    return code && title ? { code, title: inLanguage(title, language), colour: colour ?? "" } : null;
  }
}

/**
 * @param {Localised} text
 * @param {string} language
 * @returns {string}
 */
export function inLanguage(text, language) {
  return text[language] ?? text.de ?? text.en ?? Object.values(text)[0] ?? "";
}
