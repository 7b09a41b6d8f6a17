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

export class Judge {
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
    const { at, ...time } = this.clock.read();
    const { badge, doubt } = reading;
    this.passages.add(badge, { ...passOf({ id, kind, gate, target }, at), refused: reading.verdict });
    const verdict = reading.verdict ?? this.passages.verdictOf(id) ?? null;
    // What only the server can settle is told by nobody here, a copy of whoever is inside excepted.
    const told = doubt === null || verdict === "duplicate" ? verdict : null;
    const scan = { id, badge: text, gate, kind, ...time, badge_id: badge };
    const more = { ...(told && { told }), ...(target && { target }), ...(person && { person }) };
    try {
      const kept = await this.log.add({ ...scan, ...more });
      return { scan: kept, at, badge, verdict: told, doubt: told ? null : doubt };
    } catch (error) {
      this.passages.remove(id);
      throw error;
    }
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
