// The clock: how far the device's own is off the server's, measured with each answer.
//
// As in NTP (RFC 5905 §8): offset = the server's time − the midpoint between asking and hearing,
// and that is off by at most half of the time in between. The best of the last eight counts.

const KEPT = 8;
/** A wall clock that falls behind the steady one by so much was set back by somebody. */
const JUMP = 1000;

/** @typedef {{offset_ms: number, error_ms: number}} Measured */

export class Clock {
  /**
   * @param {{wall?: () => number, steady?: () => number, known?: Measured | null}} [sources]
   *   known: what was measured before a restart
   */
  constructor({ wall = Date.now, steady = () => performance.now(), known = null } = {}) {
    this.wall = wall;
    this.steady = steady;
    /** @type {Measured | null} */
    this.best = known;
    /** @type {Measured[]} */
    this.last = [];
    this.drift = wall() - steady();
  }

  /**
   * Takes a measurement.
   *
   * @param {{asked: number, heard: number, server: number, coarse?: number}} sample  by the wall
   *   clock, in milliseconds; coarse: how far the server's time may be cut off
   */
  measure({ asked, heard, server, coarse = 0 }) {
    this.noticeJump();
    if (!Number.isFinite(server) || heard < asked) return;
    const offset = Math.round(server + coarse / 2 - (asked + heard) / 2);
    const error = Math.ceil((heard - asked + coarse) / 2);
    this.last = [...this.last, { offset_ms: offset, error_ms: error }].slice(-KEPT);
    this.best = this.last.reduce((best, each) => (each.error_ms < best.error_ms ? each : best));
  }

  /** Corrects what was measured if somebody has set the wall clock back since. */
  noticeJump() {
    const drift = this.wall() - this.steady();
    // Forward it also seems to jump when the device has slept, and then it is right.
    if (drift < this.drift - JUMP) {
      const back = Math.round(this.drift - drift);
      const corrected = (/** @type {Measured} */ each) => ({ ...each, offset_ms: each.offset_ms + back });
      this.last = this.last.map(corrected);
      if (this.best) this.best = corrected(this.best);
    }
    this.drift = drift;
  }

  /** @returns {{at: number, wall_at: string} & Partial<Measured>} now; `at` is corrected */
  read() {
    this.noticeJump();
    const wall = this.wall();
    return { at: wall + (this.best?.offset_ms ?? 0), wall_at: new Date(wall).toISOString(), ...this.best };
  }

  /** @returns {number} now, corrected, in milliseconds since 1970 */
  now() {
    return this.read().at;
  }
}
