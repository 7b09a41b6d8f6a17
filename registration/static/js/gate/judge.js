// The judge: decides each scan by what this device knows, and has it written down before it is told.

import { read } from "./reading.js";
import { uuid7 } from "./uuid7.js";

/** @typedef {import("./log.js").Kept} Kept */
/** @typedef {import("./log.js").Kind} Kind */
/** @typedef {import("./log.js").Person} NewPerson */
/** @typedef {import("./outcome.js").Entry} Entry */

/**
 * @typedef {object} Case  what is to be decided
 * @property {string} [id]
 * @property {string} text
 * @property {Kind} kind
 * @property {string} gate
 * @property {import("./reading.js").Reading} reading
 * @property {string} [target]
 * @property {NewPerson} [person]
 */

const COMES_IN = new Set(["entry", "walk_in"]);

export class Judge {
  /** Scans that this device has made, by their ids. @type {Set<string>} */
  own = new Set();

  /**
   * @param {object} parts
   * @param {import("./log.js").Log} parts.log
   * @param {import("./clock.js").Clock} parts.clock
   * @param {import("./manifest.js").Manifest} parts.manifest
   * @param {import("./passages.js").Passages} parts.passages
   * @param {import("./people.js").People} parts.people
   * @param {import("./verify.js").Verifier | null} parts.verifier
   */
  constructor({ log, clock, manifest, passages, people, verifier }) {
    this.log = log;
    this.clock = clock;
    this.manifest = manifest;
    this.passages = passages;
    this.people = people;
    this.verifier = verifier;
  }

  /** @param {string} text */
  read(text) {
    return read(text, { manifest: this.manifest, verifier: this.verifier });
  }

  /**
   * Decides a scan and writes it down. It counts from the moment that it is decided, so that of two
   * scans at once the second knows of the first.
   *
   * @param {Case} it
   * @returns {Promise<Entry>} once it is on disk
   * @throws if it could not be kept
   */
  async decide({ id = uuid7(), text, kind, gate, reading, target, person }) {
    const { at: moment, ...time } = this.clock.read();
    const { badge, doubt } = reading;
    const at = this.#afterOwn(moment, badge);
    const pass = { ...passOf({ id, kind, gate, target }, at), refused: reading.verdict };
    const { verdict, isOverruled } = this.#merge(badge, pass);
    // What only the server can settle is told by nobody here, a copy of whoever is inside excepted.
    const told = doubt === null || verdict === "duplicate" ? verdict : null;
    const scan = { id, badge: text, gate, kind, ...time, badge_id: badge };
    const more = { ...(told && { told }), ...(target && { target }), ...(person && { person }) };
    try {
      const kept = await this.log.add({ ...scan, ...more });
      this.own.add(id);
      return { scan: kept, at, badge, verdict: told, doubt: told ? null : doubt, isOverruled };
    } catch (error) {
      this.passages.remove(id);
      throw error;
    }
  }

  /**
   * A device's own scans of a badge keep their order, whatever its clock does; as on the server.
   *
   * @param {number} at
   * @param {string | null} badge
   * @returns {number}
   */
  #afterOwn(at, badge) {
    const own = this.passages.of(badge ?? "").filter(({ id }) => this.own.has(id));
    return Math.max(at, ...own.map((pass) => pass.at + 1));
  }

  /**
   * Adds a scan to the others of its badge.
   *
   * Where somebody is in already, by a clock that is ahead of ours, merging would turn the two
   * round. They are in all the same, so a second is not let in.
   *
   * @param {string | null} badge
   * @param {import("./merging.js").Pass} pass
   * @returns {{verdict: string | null, isOverruled: boolean}}
   */
  #merge(badge, pass) {
    const before = badge ? this.passages.verdicts(badge) : {};
    this.passages.add(badge, pass);
    const after = badge ? this.passages.verdicts(badge) : {};
    const verdict = pass.refused ?? after[pass.id] ?? null;
    const isOverruled =
      verdict === "admitted" &&
      COMES_IN.has(pass.kind) &&
      Object.entries(before).some(([id, was]) => was === "admitted" && after[id] === "duplicate");
    return { verdict: isOverruled ? "duplicate" : verdict, isOverruled };
  }

  /**
   * Takes a scan from before a restart into account.
   *
   * @param {Kept} scan
   * @returns {Promise<Entry>}
   */
  async recall(scan) {
    const at = Date.parse(scan.wall_at) + (scan.offset_ms ?? 0);
    if (scan.sealed) this.admit((await this.log.toSend(scan)).person, scan.id);
    // Version 1 had not noted whose badge it was.
    const isNoted = scan.badge_id !== undefined;
    const reading = isNoted ? null : await this.read(scan.badge);
    const badge = reading ? reading.badge : (scan.badge_id ?? null);
    this.own.add(scan.id);
    if (!this.passages.find(scan.id)) this.passages.add(badge, passOf(scan, at));
    const doubt = scan.told || reading?.verdict ? null : (reading?.doubt ?? "unlisted");
    return { scan, at, badge, verdict: scan.told ?? reading?.verdict ?? null, doubt };
  }

  /**
   * Notes who was let in without a registration.
   *
   * @param {NewPerson | undefined} person
   * @param {string} id  of the scan
   * @returns {string} what stands for their badge until there is one
   */
  admit(person, id) {
    const badge = `W1:${id}`;
    if (!person) return badge;
    const { manifest, people } = this;
    const alliance = manifest.alliances().find(({ code }) => code === person.alliance) ?? null;
    const roles = manifest.roles(people.language).filter(({ code }) => code === person.role);
    const name = `${person.given_name} ${person.family_name}`;
    people.walkIns.set(badge, { id: badge, name, code: "", alliance, roles, theme: "", note: "" });
    return badge;
  }
}

/**
 * @param {{id: string, kind: string, gate: string, target?: string}} scan
 * @param {number} at
 * @returns {import("./merging.js").Pass}
 */
function passOf({ id, kind, gate, target }, at) {
  return { id, kind, gate, at, target: target ?? null, refused: null };
}
