// The queue: a scan is kept before it is sent, and let go when the server has answered it.

import { Refused, Unreachable } from "./api.js";
import { uuid7 } from "./uuid7.js";

/** @typedef {import("./store.js").Scan} Scan */
/** @typedef {import("./api.js").Answer} Answer */

const MOST_SCANS = 200;
const MOST_TEXT = 1000;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15000;

/**
 * Events: `answer` (detail: {scan, answer}), `unreachable` (detail: error), `shut` (detail: the
 * Refused that ends it all), `change` (detail: how many are unsent).
 */
export class Queue extends EventTarget {
  /**
   * @param {import("./store.js").Store} store
   * @param {(scans: Scan[]) => Promise<Answer[]>} send
   */
  constructor(store, send) {
    super();
    this.store = store;
    this.send = send;
    this.most = MOST_SCANS;
    this.pause = FIRST_PAUSE;
    this.isRunning = false;
    this.isShut = false;
    this.timer = 0;
  }

  /**
   * Keeps a scan, and sends it as soon as that is possible.
   *
   * @param {{badge: string, gate: string, kind: "entry" | "exit"}} seen
   * @returns {Promise<Scan>} resolved once it is kept; rejected if it could not be
   */
  async add({ badge, gate, kind }) {
    const scan = await this.store.add({
      id: uuid7(),
      badge: badge.slice(0, MOST_TEXT),
      gate,
      kind,
      wall_at: new Date().toISOString(),
    });
    void this.tell();
    this.wake();
    return scan;
  }

  /** Tries to send now, whatever pause there was to be. */
  wake() {
    clearTimeout(this.timer);
    void this.run();
  }

  /** Ends it: nothing more is sent; what is unsent stays kept. */
  shut() {
    this.isShut = true;
    clearTimeout(this.timer);
  }

  async run() {
    if (this.isRunning || this.isShut) return;
    this.isRunning = true;
    try {
      while (await this.sendSome());
      this.pause = FIRST_PAUSE;
    } catch (error) {
      this.fail(error);
    } finally {
      this.isRunning = false;
    }
  }

  /** @returns {Promise<boolean>} whether there may be more to send */
  async sendSome() {
    const scans = await this.store.unsent(this.most);
    if (scans.length === 0) return false;
    let answers;
    try {
      answers = await this.send(scans);
    } catch (error) {
      if (!(error instanceof Refused) || [401, 403].includes(error.status)) throw error;
      await this.isolate(scans);
      return true;
    }
    if (answers.length !== scans.length) throw new Unreachable("answers are missing");
    await this.store.settle(scans.map((scan) => scan.seq));
    scans.forEach((scan, index) => this.emit("answer", { scan, answer: answers[index] }));
    this.most = MOST_SCANS;
    await this.tell();
    return true;
  }

  /**
   * After the server took none of these: sends one by one, and puts aside the one that it is.
   *
   * @param {Scan[]} scans
   */
  async isolate(scans) {
    if (scans.length > 1) {
      this.most = 1;
      return;
    }
    await this.store.park(scans[0]);
    this.emit("answer", { scan: scans[0], answer: { id: scans[0].id, state: "refused" } });
  }

  /** @param {unknown} error */
  fail(error) {
    if (error instanceof Refused) {
      this.shut();
      this.emit("shut", error);
      return;
    }
    this.timer = setTimeout(() => this.run(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    this.emit("unreachable", error);
  }

  async tell() {
    this.emit("change", await this.store.count());
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
