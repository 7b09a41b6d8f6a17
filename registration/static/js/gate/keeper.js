// The keeper: brings the manifest from the server into memory and onto the shelf, and back.

import { headOf } from "./manifest.js";
import { passOf } from "./passages.js";
import { intoBuckets } from "./shelf.js";

/** @typedef {import("./manifest.js").Answer} Answer */
/** @typedef {import("./manifest.js").ScanRow} ScanRow */
/** @typedef {import("./shelf.js").Part} Part */

export class Keeper {
  /**
   * @param {object} parts
   * @param {import("./manifest.js").Manifest} parts.manifest
   * @param {import("./passages.js").Passages} parts.passages
   * @param {import("./shelf.js").Shelf} parts.shelf
   * @param {() => number} parts.now  milliseconds, corrected
   */
  constructor({ manifest, passages, shelf, now }) {
    this.manifest = manifest;
    this.passages = passages;
    this.shelf = shelf;
    this.now = now;
    /** Scans as the server has them, by id: what the shelf keeps. @type {Map<string, ScanRow>} */
    this.rows = new Map();
    this.headText = "";
  }

  clear() {
    this.manifest.clear();
    this.passages.clear();
    this.shelf.forget();
    this.rows.clear();
    this.headText = "";
  }

  /** @param {string} id  of a scan @returns {string | undefined} the key of the device that made it */
  deviceOf(id) {
    return this.rows.get(id)?.[7];
  }

  /** Takes over what lies on the shelf. */
  async load() {
    const kept = await this.shelf.load();
    if (!kept?.head) return;
    this.#setHead(kept.head);
    for (const part of kept.parts) this.#take(part);
    this.manifest.version = kept.version;
    this.manifest.checkedAt = kept.at;
  }

  /** @param {import("./manifest.js").Head} head @returns {boolean} whether every row was changed */
  #setHead(head) {
    const before = JSON.stringify(this.manifest.head?.rules) + JSON.stringify(this.manifest.zones);
    const shifted = this.manifest.setHead(head);
    this.headText = JSON.stringify(head);
    const after = JSON.stringify(head.rules) + JSON.stringify(this.manifest.zones);
    if (shifted || before !== after) this.passages.reconsider();
    return shifted;
  }

  /**
   * @param {Part} part
   * @returns {Part} what of it was news
   */
  #take({ badges, exceptions, scans }) {
    const changed = new Set(this.manifest.take(badges, exceptions));
    for (const id of changed) this.passages.reconsider(id); // the role may have another rule
    const news = scans.filter((row) => {
      const known = this.rows.get(row[0]);
      if (known && String(known) === String(row)) return false;
      this.rows.set(row[0], row);
      this.passages.add(row[1], passOf(row));
      return true;
    });
    return {
      badges: badges.filter(([id]) => changed.has(id)),
      exceptions: Object.fromEntries(Object.entries(exceptions).filter(([id]) => changed.has(id))),
      scans: news,
    };
  }

  /**
   * Asks for what has changed, takes it over, and keeps it.
   *
   * @param {(since: number) => Promise<Answer>} fetch
   */
  async refresh(fetch) {
    const since = this.manifest.version;
    const answer = await fetch(since);
    // A server whose clock stands before what we know answers with everything.
    const isWhole = since === 0 || answer.version < since;
    const head = headOf(answer);
    const isNewHead = JSON.stringify(head) !== this.headText;
    if (isWhole) this.#drop(answer);
    const shifted = isNewHead && this.#setHead(head);
    const news = this.#take(answer);
    this.manifest.version = answer.version;
    const state = { version: answer.version, at: this.now() };
    await this.#keep(state, isNewHead ? head : null, { news, isWhole: isWhole || shifted });
    this.manifest.checkedAt = state.at; // only now is it true without a network
  }

  /**
   * @param {{version: number, at: number}} state
   * @param {import("./manifest.js").Head | null} head  null if it is as before
   * @param {{news: Part, isWhole: boolean}} change
   */
  async #keep(state, head, { news, isWhole }) {
    const whole = isWhole || this.shelf.isBroken;
    if (!whole) await this.shelf.append(state, head, news);
    if (!whole && !this.shelf.isFull) return;
    const parts = (/** @type {Set<number>} */ numbers) =>
      intoBuckets(numbers, this.manifest, this.rows.values());
    await this.shelf.rewrite(state, this.manifest.head, { parts, whole });
  }

  /** Forgets what a whole manifest does not have any more. @param {Answer} answer */
  #drop({ badges, scans }) {
    const listed = new Set(badges.map(([id]) => id));
    for (const [id, row] of this.manifest.badges) {
      if (listed.has(id)) continue;
      this.manifest.badges.delete(id);
      this.manifest.codes.delete(row[4]);
    }
    const seen = new Set(scans.map(([id]) => id));
    for (const id of this.rows.keys()) {
      if (seen.has(id)) continue;
      this.rows.delete(id);
      this.passages.remove(id);
    }
  }
}
