// The farewell: what a device deletes when the event is over, or when the server turns it away.

import { sayWiped } from "./api.js";
import { Seal } from "./crypto.js";
import { DEVICE, MANIFEST } from "./store.js";

/** So long after its end an event may still need its devices, in milliseconds. */
const STAYS = 12 * 3_600_000;
/** After so long a gap in the numbers, which nobody can close any more, keeps no names either. */
const WAITS_FOR_GAPS = 7 * 24 * 3_600_000;
const REVOKED = "device_revoked";

/** @typedef {import("./store.js").Enrolment} Enrolment */

export class Farewell {
  /** @param {{store: import("./store.js").Store, log: import("./log.js").Log, seal: Seal}} parts */
  constructor({ store, log, seal }) {
    this.store = store;
    this.log = log;
    this.seal = seal;
  }

  /**
   * @param {number[]} moments  of which the last counts: the event's end, or the enrolment, if that
   *   was later still
   * @param {number} now  milliseconds, corrected
   * @returns {Promise<boolean>} whether the event is over, and the server has every scan
   */
  async isDue(moments, now) {
    const over = now - Math.max(...moments.filter(Number.isFinite));
    if (!(over > STAYS)) return false;
    const [{ kept, unsent }, refused] = await Promise.all([this.log.count(), this.log.refused()]);
    const left = over > WAITS_FOR_GAPS ? unsent : kept;
    // What the server has refused for good it has kept, too.
    return left === 0 && refused.every(({ final }) => final);
  }

  /** Deletes everything, the key first of all: what is left on the disk cannot be opened. */
  async deleteAll() {
    this.seal.key = await Seal.makeKey();
    await this.store.clear();
    await this.store.set("key", this.seal.key);
  }

  /**
   * After the server has turned the device away: a revoked one deletes what it knows of people. Of
   * scans that it could not send nobody else knows: these stay, until they are exported and the
   * device signed off, or enrolled anew.
   *
   * @param {Enrolment} enrolment
   * @param {import("./api.js").Refused} refused
   * @returns {Promise<{enrolment: Enrolment, isWiped: boolean}>}
   */
  async turnAway(enrolment, { code, message }) {
    const shut = { ...enrolment, shut: { code, message } };
    if (code !== REVOKED) return { enrolment: shut, isWiped: false };
    const seq = await this.store.get("seq");
    if (await this.#isBare()) await this.deleteAll();
    else await this.store.clear([MANIFEST]);
    await this.store.write([DEVICE], (tables) => {
      tables(DEVICE).put(seq, "seq"); // no number is ever given twice
      tables(DEVICE).put(shut, "enrolment"); // with the token, to say that it is done
    });
    return { enrolment: shut, isWiped: true };
  }

  async #isBare() {
    const { unsent, refused } = await this.log.count();
    return unsent + refused === 0;
  }

  /**
   * Tells the server that a revoked device has deleted what it knew; again with each start until it
   * has heard.
   *
   * @param {Enrolment} enrolment
   * @returns {Promise<Enrolment>}
   */
  async confirm(enrolment) {
    if (!enrolment.token || enrolment.shut?.code !== REVOKED) return enrolment;
    try {
      await sayWiped(enrolment.token);
    } catch {
      return enrolment;
    }
    const told = { ...enrolment, token: "" };
    await this.store.set("enrolment", (await this.#isBare()) ? undefined : told);
    return told;
  }
}
