// The log: each scan of this device, from the moment it was made until the server has it.
//
// A scan gets its number and is kept in one transaction, on disk before anybody is told. It is let
// go only when the server has acknowledged its number, and the device's own manifest has caught up
// with it, so that who has come in is known after a restart, too.

import { DEVICE, REFUSED, SCANS, UNSENT, done } from "./store.js";
import { Seal } from "./crypto.js";

/** @typedef {"entry" | "exit" | "undo" | "walk_in" | "safe"} Kind */

/**
 * @typedef {object} Scan
 * @property {string} id
 * @property {number} seq  gapless from 1
 * @property {string} badge  the text that was scanned or typed
 * @property {string} gate
 * @property {Kind} kind
 * @property {string} wall_at  by the device's own clock
 * @property {number} [offset_ms]  what to add to it
 * @property {number} [error_ms]  so far may that be off
 * @property {string} [told]  the verdict that the device had shown
 * @property {string} [target]  of an undo: the scan that it takes back
 * @property {Person} [person]  of a walk-in
 */

/**
 * @typedef {object} Person  somebody without a registration
 * @property {string} given_name
 * @property {string} family_name
 * @property {string | null} alliance  its code
 * @property {string} role  its code
 * @property {string} [email]
 * @property {boolean} consent
 */

/**
 * @typedef {object} Extra  what is kept of a scan beside what is sent
 * @property {string | null} [badge_id]
 * @property {1} [unsent]
 * @property {import("./crypto.js").Sealed} [sealed]  the person
 * @property {string} [reason]  why the server refused it
 * @property {boolean} [final]  whether it did so for good
 * @property {{id: string, name: string}} [device]  who made it, if that was another enrolment
 */

/** @typedef {Omit<Scan, "person"> & Extra} Kept */

const SENT = /** @type {const} */ ([
  "id", "seq", "badge", "gate", "kind", "wall_at", "offset_ms", "error_ms", "told", "target",
]);

export class Log {
  /**
   * @param {import("./store.js").Store} store
   * @param {Seal} seal
   */
  constructor(store, seal) {
    this.store = store;
    this.seal = seal;
  }

  /**
   * Keeps a scan under the device's next number.
   *
   * @param {Omit<Scan, "seq"> & {badge_id?: string | null}} scan
   * @returns {Promise<Kept>} resolved once it is on disk; rejected if it could not be kept
   */
  async add({ person, ...scan }) {
    const sealed = person && (await this.seal.close(person, scan.id));
    return this.store.write([DEVICE, SCANS], async (tables) => {
      const seq = ((await done(tables(DEVICE).get("seq"))) ?? 0) + 1;
      /** @type {Kept} */
      const kept = { ...scan, ...(sealed && { sealed }), seq, unsent: 1 };
      tables(DEVICE).put(seq, "seq");
      tables(SCANS).add(kept);
      return kept;
    });
  }

  /**
   * @param {number} most
   * @returns {Promise<Kept[]>} the oldest scans that the server has not answered
   */
  unsent(most) {
    return this.store.read(SCANS, (table) => table.index(UNSENT).getAll(null, most));
  }

  /** @returns {Promise<Kept[]>} all that are kept, in the order of their numbers */
  all() {
    return this.store.read(SCANS, (table) => table.getAll());
  }

  /** @returns {Promise<Kept[]>} */
  refused() {
    return this.store.read(REFUSED, (table) => table.getAll());
  }

  /**
   * Counts at one moment, so that no scan is told as unsent and as refused at once. A scan that is
   * made meanwhile is kept after that, and can be added to it.
   *
   * @returns {Promise<{unsent: number, kept: number, refused: number}>}
   */
  count() {
    return this.store.view([SCANS, REFUSED], async (tables) => {
      const [unsent, kept, refused] = await Promise.all([
        done(tables(SCANS).index(UNSENT).count()),
        done(tables(SCANS).count()),
        done(tables(REFUSED).count()),
      ]);
      return { unsent, kept, refused };
    });
  }

  /**
   * Returns a scan as it is sent, its person opened.
   *
   * @param {Kept} kept
   * @returns {Promise<Scan>}
   */
  async toSend(kept) {
    /** @type {any} */
    const scan = {};
    for (const name of SENT) if (kept[name] != null) scan[name] = kept[name];
    if (!kept.sealed) return scan;
    try {
      scan.person = await this.seal.open(kept.sealed, kept.id);
    } catch (error) {
      console.error("who walked in cannot be read any more", error); // and blocks no other scan
    }
    return scan;
  }

  /**
   * Notes that the server has answered scans: they are not sent again, but kept.
   *
   * @param {Kept[]} scans
   */
  answered(scans) {
    return this.store.write(
      [SCANS],
      async (tables) => {
        for (const { seq } of scans) {
          const kept = await done(tables(SCANS).get(seq));
          if (!kept?.unsent) continue;
          delete kept.unsent;
          tables(SCANS).put(kept);
        }
      },
      { durability: "relaxed" }, // if that is lost, they are sent again, which changes nothing
    );
  }

  /**
   * Sends scans again that were answered and yet are not acknowledged: the server has lost them.
   *
   * @param {number} acknowledged
   * @param {Set<number>} sure  numbers that it has for certain
   * @returns {Promise<number>} how many
   */
  async doubt(acknowledged, sure = new Set()) {
    return this.store.write([SCANS], async (tables) => {
      const after = IDBKeyRange.lowerBound(acknowledged, true);
      const kept = await done(tables(SCANS).getAll(after));
      const rows = kept.filter(({ seq, unsent }) => !unsent && !sure.has(seq));
      for (const row of rows) tables(SCANS).put({ ...row, unsent: 1 });
      return rows.length;
    });
  }

  /**
   * Lets go of the scans that the server has acknowledged.
   *
   * @param {number} acknowledged  no later number is touched
   */
  release(acknowledged) {
    return this.store.write([SCANS], (tables) => {
      tables(SCANS).delete(IDBKeyRange.upperBound(acknowledged));
    });
  }

  /**
   * Puts a scan aside that the server does not take, so that it blocks no other.
   *
   * @param {Kept} scan
   * @param {{reason: string, final: boolean}} why
   */
  refuse({ unsent: _, ...scan }, why) {
    return this.store.write([SCANS, REFUSED], (tables) => {
      tables(SCANS).delete(scan.seq);
      tables(REFUSED).put({ ...scan, ...why });
    });
  }

  /** Tries what was refused in passing once more: the server may have been mended. */
  retry() {
    return this.store.write([SCANS, REFUSED], async (tables) => {
      for (const { reason: _, final, ...scan } of await done(tables(REFUSED).getAll())) {
        if (final || scan.device) continue;
        tables(REFUSED).delete(scan.id);
        tables(SCANS).put({ ...scan, unsent: 1 });
      }
    });
  }

  /**
   * Begins the count anew for another enrolment; what an earlier one has left is put aside.
   *
   * @param {import("./store.js").Enrolment} enrolment
   */
  begin(enrolment) {
    return this.store.write([DEVICE, SCANS, REFUSED], async (tables) => {
      const before = await done(tables(DEVICE).get("enrolment"));
      for (const { unsent, ...scan } of await done(tables(SCANS).getAll())) {
        if (!unsent) continue;
        const device = { id: before?.id ?? "", name: before?.name ?? "" };
        tables(REFUSED).put({ ...scan, device, reason: "another enrolment", final: true });
      }
      tables(SCANS).clear();
      tables(DEVICE).put(enrolment, "enrolment");
      tables(DEVICE).put(0, "seq");
    });
  }
}
