// Syncing: what this device has seen goes up, what the others have seen and who may come in comes
// down. Neither waits for the other.

import { Refused, Unreachable } from "./api.js";
import { Direction } from "./direction.js";

const MOST_SCANS = 200;
const FLUSH_EVERY = 10_000;
const FETCH_EVERY = 20_000;
const COUNT_EVERY = 5000;
const SOON = 600;
/** What a server says to a request as a whole that it will never take. */
const NEVER = new Set([400, 413, 415, 422]);

/** @typedef {import("./log.js").Kept} Kept */
/** @typedef {import("./api.js").Answer} Answer */

/**
 * Events: `answer` (detail: {scan, answer}), `manifest`, `counts`, `online` (detail: boolean),
 * `standing` (detail: whether this is a supervisor's device), `shut` (detail: the Refused that ends
 * it all), `change`.
 */
export class Sync extends EventTarget {
  /**
   * @param {object} parts
   * @param {import("./api.js").Api} parts.api
   * @param {import("./log.js").Log} parts.log
   * @param {import("./clock.js").Clock} parts.clock
   * @param {(fetch: (since: number) => Promise<any>) => Promise<void>} parts.refresh  takes a
   *   manifest over
   */
  constructor({ api, log, clock, refresh }) {
    super();
    this.api = api;
    this.log = log;
    this.clock = clock;
    this.refresh = refresh;
    this.most = MOST_SCANS;
    this.acknowledged = 0;
    /** When it rose last, in milliseconds, corrected. */
    this.acknowledgedAt = 0;
    /** Undefined until it has turned out. @type {boolean | undefined} */
    this.online = undefined;
    /** Whether it is worth asking: false after nothing has answered at all. */
    this.isWorthAsking = true;
    this.isCertain = false;
    /** Numbers that were answered since this page began. @type {Set<number>} */
    this.answeredSeqs = new Set();
    /** @type {{counts: import("./api.js").Counts, at: number} | null} */
    this.counted = null;
    const onFailure = (/** @type {unknown} */ error) => this.fail(error);
    this.up = new Direction(() => this.flush(), { every: FLUSH_EVERY, onFailure });
    this.down = new Direction(() => this.fetch(), { every: FETCH_EVERY, onFailure });
    this.counting = new Direction(() => this.count(), { every: COUNT_EVERY, onFailure });
    api.onStanding = (isSupervisor) => this.emit("standing", isSupervisor);
    api.onSample = (sample) => {
      clock.measure(sample);
      this.heard();
    };
  }

  start() {
    for (const direction of [this.up, this.down, this.counting]) direction.start();
    globalThis.addEventListener?.("online", this.wake);
    globalThis.addEventListener?.("offline", this.lose);
    globalThis.document?.addEventListener?.("visibilitychange", this.look);
  }

  stop() {
    for (const direction of [this.up, this.down, this.counting]) direction.stop();
    globalThis.removeEventListener?.("online", this.wake);
    globalThis.removeEventListener?.("offline", this.lose);
    globalThis.document?.removeEventListener?.("visibilitychange", this.look);
  }

  wake = () => {
    for (const direction of [this.up, this.down, this.counting]) {
      direction.notBefore = 0;
      direction.wake();
    }
  };

  lose = () => {
    this.isWorthAsking = false;
    this.setOnline(false);
  };

  /** The page came into view, or is about to go: whatever there is to send goes now. */
  look = () => {
    this.up.wake();
    if (!document.hidden) this.down.wake();
  };

  /** Sends all that is unsent, oldest first. */
  async flush() {
    while (!this.up.isShut) {
      const kept = await this.log.unsent(this.most);
      if (kept.length === 0) return;
      try {
        await this.send(kept);
        this.most = MOST_SCANS;
      } catch (error) {
        if (!(error instanceof Refused) || !NEVER.has(error.status)) throw error;
        await this.isolate(kept, error);
      }
    }
  }

  /**
   * @param {Kept[]} kept
   * @param {AbortSignal} [signal]
   */
  async send(kept, signal) {
    const [scans, { unsent }] = await Promise.all([
      Promise.all(kept.map((scan) => this.log.toSend(scan))),
      this.log.count(),
    ]);
    const body = { scans, unsent: Math.max(0, unsent - scans.length), clock: this.clock.best ?? undefined };
    const { scans: answers, acknowledged } = await this.api.sendScans(body, signal);
    if (answers?.length !== kept.length) throw new Unreachable("answers are missing");
    await this.settle(kept, answers);
    if (acknowledged !== undefined) await this.acknowledge(acknowledged);
    this.emit("change");
    this.countSoon();
  }

  /**
   * @param {Kept[]} kept
   * @param {Answer[]} answers
   */
  async settle(kept, answers) {
    const refused = kept.filter((_, index) => answers[index].state === "refused");
    for (const scan of refused) {
      const reason = answers[kept.indexOf(scan)].reason ?? "";
      await this.log.refuse(scan, { reason, final: true });
    }
    await this.log.answered(kept);
    for (const { seq } of kept) this.answeredSeqs.add(seq);
    kept.forEach((scan, index) => this.emit("answer", { scan, answer: answers[index] }));
  }

  /**
   * After the server took none of these: sends one by one, and puts aside the one that it is.
   *
   * @param {Kept[]} kept
   * @param {Refused} error
   */
  async isolate(kept, error) {
    if (kept.length > 1) {
      this.most = 1;
      return;
    }
    await this.log.refuse(kept[0], { reason: error.message, final: false });
    this.emit("answer", { scan: kept[0], answer: { id: kept[0].id, state: "refused" } });
    this.emit("change");
  }

  /**
   * Notes up to where the server has every scan; they are let go once the manifest has caught up.
   *
   * @param {number} acknowledged
   */
  async acknowledge(acknowledged) {
    // The server has fewer than it had, or than were answered before this page began.
    const isLess = acknowledged < this.acknowledged;
    if (isLess) this.answeredSeqs.clear();
    if (isLess || !this.isCertain) await this.log.doubt(acknowledged, this.answeredSeqs);
    this.isCertain = true;
    if (acknowledged !== this.acknowledged) this.acknowledgedAt = this.clock.now();
    this.acknowledged = acknowledged;
  }

  /**
   * Asks about one scan, beside whatever else is being sent.
   *
   * @param {Kept} scan
   * @param {number} patience  milliseconds
   * @returns {Promise<boolean>} whether there was an answer
   */
  async confirm(scan, patience) {
    try {
      await this.send([scan], AbortSignal.timeout(patience));
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    } finally {
      this.up.wake();
    }
  }

  /** Gets what has changed; then lets go of scans that came back with it. */
  async fetch() {
    const { acknowledged, acknowledgedAt } = this;
    let version = 0;
    await this.refresh(async (since) => {
      const manifest = await this.api.manifest(since);
      version = manifest.version;
      return manifest;
    });
    // A busy server may answer with a whole manifest that it had made some seconds before.
    if (acknowledged && version >= acknowledgedAt) await this.log.release(acknowledged);
    for (const seq of this.answeredSeqs) if (seq <= acknowledged) this.answeredSeqs.delete(seq);
    this.emit("manifest");
  }

  async count() {
    if (globalThis.document?.hidden) return;
    this.counted = { counts: await this.api.countPresence(), at: Date.now() };
    this.emit("counts");
  }

  countSoon() {
    clearTimeout(this.soon);
    this.soon = /** @type {any} */ (setTimeout(() => this.counting.wake(), SOON));
  }

  heard() {
    const isBack = !this.online;
    this.isWorthAsking = true;
    this.setOnline(true);
    if (!isBack) return;
    this.up.wake();
    if (!this.down.isRunning) this.down.wake();
  }

  /** @param {unknown} error */
  fail(error) {
    if (error instanceof Refused && !NEVER.has(error.status)) {
      this.stop();
      this.emit("shut", error);
      return;
    }
    if (error instanceof Unreachable || isAbort(error)) {
      this.isWorthAsking = error instanceof Unreachable && error.hasAnswered;
      this.setOnline(false);
    } else if (!(error instanceof Refused)) console.error("syncing has failed", error);
  }

  /** @param {boolean} online */
  setOnline(online) {
    if (this.online === online) return;
    this.online = online;
    this.emit("online", online);
  }

  /**
   * @param {string} type
   * @param {unknown} [detail]
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {unknown} error @returns {boolean} */
function isAbort(error) {
  return error instanceof DOMException && ["AbortError", "TimeoutError"].includes(error.name);
}
