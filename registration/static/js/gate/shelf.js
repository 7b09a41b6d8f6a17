// The shelf: the manifest on the device's disk, sealed.
//
// It lies in 64 buckets by badge, beside a journal of what has changed since they were written: a
// delta is one small record. When the journal has grown, its changes go into their buckets, and
// only those are written anew.

import { MANIFEST } from "./store.js";

const BUCKETS = 64;
const MOST_RECORDS = 60;
const MOST_ROWS = 4000;
const HEAD = "head";
const STATE = "state";
/** What is lost of it when a battery dies, the server says again. @type {{durability: IDBTransactionDurability}} */
const RELAXED = { durability: "relaxed" };

/** @typedef {import("./manifest.js").BadgeRow} BadgeRow */
/** @typedef {import("./manifest.js").ScanRow} ScanRow */
/** @typedef {{badges: BadgeRow[], exceptions: Record<string, number>, scans: ScanRow[]}} Part */

/** @param {string | null} badge  16 hexadecimal digits */
export function bucketOf(badge) {
  const value = badge ? Number.parseInt(badge.slice(0, 2), 16) : 0;
  return Number.isNaN(value) ? 0 : value % BUCKETS;
}

/** @param {number} number */
const bucketName = (number) => `bucket/${String(number).padStart(2, "0")}`;
/** @param {number} number */
const recordName = (number) => `news/${String(number).padStart(12, "0")}`;

/** @returns {Part} */
const empty = () => ({ badges: [], exceptions: {}, scans: [] });

export class Shelf {
  /** Buckets of which the journal says more. @type {Set<number>} */
  dirty = new Set();
  records = 0;
  rows = 0;
  next = 1;
  /** Whether something could not be written, so that all must be written anew. */
  isBroken = false;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./crypto.js").Seal} seal
   */
  constructor(store, seal) {
    this.store = store;
    this.seal = seal;
  }

  forget() {
    this.dirty.clear();
    this.records = 0;
    this.rows = 0;
    this.next = 1;
  }

  /**
   * Reads everything, parts in the order in which they must be taken over.
   *
   * @returns {Promise<{version: number, at: number, head: any, parts: Part[]} | null>} null if there
   *   is nothing, or nothing that can be opened
   */
  async load() {
    const [names, boxes] = await Promise.all([
      this.store.read(MANIFEST, (table) => table.getAllKeys()),
      this.store.read(MANIFEST, (table) => table.getAll()),
    ]);
    const state = boxes[names.indexOf(STATE)];
    if (!state) return null;
    try {
      const opened = await Promise.all(
        boxes.map((box, index) => (box === state ? null : this.seal.open(box, String(names[index])))),
      );
      return { ...state, ...this.#sort(names.map(String), opened) };
    } catch (error) {
      console.warn("the manifest on this device cannot be opened", error);
      return null;
    }
  }

  /**
   * @param {string[]} names
   * @param {any[]} opened
   */
  #sort(names, opened) {
    this.forget();
    let head = null;
    /** @type {Part[]} */
    const parts = []; // "bucket/…" sorts before "news/…", and these as they were written
    names.forEach((name, index) => {
      if (name === HEAD) head = opened[index];
      else if (name !== STATE) parts.push(opened[index]);
      if (name.startsWith("news/")) this.#note(opened[index], Number(name.slice(5)));
    });
    return { head, parts };
  }

  /**
   * @param {Part} part
   * @param {number} number
   */
  #note(part, number) {
    for (const [badge] of part.badges) this.dirty.add(bucketOf(badge));
    for (const badge of Object.keys(part.exceptions)) this.dirty.add(bucketOf(badge));
    for (const [, badge] of part.scans) this.dirty.add(bucketOf(badge));
    this.records += 1;
    this.rows += part.badges.length + part.scans.length;
    this.next = number + 1;
  }

  get isFull() {
    return this.records >= MOST_RECORDS || this.rows >= MOST_ROWS;
  }

  /**
   * Adds what a delta brought.
   *
   * @param {{version: number, at: number}} state
   * @param {any} head  null if it is as before
   * @param {Part} part
   */
  async append(state, head, part) {
    const isNews = part.badges.length + part.scans.length + Object.keys(part.exceptions).length > 0;
    const name = recordName(this.next);
    const [record, top] = await Promise.all([
      isNews ? this.seal.close(part, name) : null,
      head ? this.seal.close(head, HEAD) : null,
    ]);
    this.isBroken = true;
    await this.store.write([MANIFEST], (tables) => {
      if (record) tables(MANIFEST).put(record, name);
      if (top) tables(MANIFEST).put(top, HEAD);
      tables(MANIFEST).put(state, STATE);
    }, RELAXED);
    this.isBroken = false;
    if (record) this.#note(part, this.next);
  }

  /**
   * Writes buckets anew and empties the journal.
   *
   * @param {{version: number, at: number}} state
   * @param {any} head
   * @param {{parts: (numbers: Set<number>) => Map<number, Part>, whole: boolean}} content  whole: all
   *   buckets, in place of whatever there was
   */
  async rewrite(state, head, { parts, whole }) {
    const numbers = whole ? new Set(Array(BUCKETS).keys()) : new Set(this.dirty);
    const upTo = recordName(this.next);
    this.isBroken = true;
    /** @type {[string, import("./crypto.js").Sealed][]} */
    const sealed = [];
    for (const [number, part] of parts(numbers)) {
      const name = bucketName(number);
      sealed.push([name, await this.seal.close(part, name)]); // one by one: a scan may come between
    }
    const top = await this.seal.close(head, HEAD);
    await this.store.write([MANIFEST], (tables) => {
      const table = tables(MANIFEST);
      if (whole) table.clear();
      else table.delete(IDBKeyRange.bound("news/", upTo, false, true));
      for (const [name, box] of sealed) table.put(box, name);
      table.put(top, HEAD);
      table.put(state, STATE);
    }, RELAXED);
    const { next } = this;
    this.forget();
    this.isBroken = false;
    this.next = next;
  }
}

/**
 * Sorts what is known into buckets.
 *
 * @param {Set<number>} numbers  of the buckets that are wanted
 * @param {import("./manifest.js").Manifest} manifest
 * @param {Iterable<ScanRow>} scans
 * @returns {Map<number, Part>}
 */
export function intoBuckets(numbers, manifest, scans) {
  const parts = new Map([...numbers].map((number) => [number, empty()]));
  for (const row of manifest.badges.values()) parts.get(bucketOf(row[0]))?.badges.push(row);
  for (const [badge, least] of manifest.exceptions) {
    const part = parts.get(bucketOf(badge));
    if (part) part.exceptions[badge] = least;
  }
  for (const row of scans) parts.get(bucketOf(row[1]))?.scans.push(row);
  return parts;
}
