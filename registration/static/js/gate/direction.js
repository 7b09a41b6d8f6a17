// One direction of syncing: repeats its work, waits longer after each failure, and can be woken.

import { Unreachable } from "./api.js";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

export class Direction {
  /**
   * @param {() => Promise<void>} work
   * @param {{every: number, onFailure: (error: unknown) => void}} options  milliseconds
   */
  constructor(work, { every, onFailure }) {
    this.work = work;
    this.every = every;
    this.onFailure = onFailure;
    this.pause = FIRST_PAUSE;
    this.notBefore = 0;
    this.isRunning = false;
    this.isDue = false;
    this.isShut = true;
    this.timer = /** @type {any} */ (0);
  }

  start() {
    this.isShut = false;
    this.wake();
  }

  stop() {
    this.isShut = true;
    clearTimeout(this.timer);
  }

  /** Works now, or once more if it is at work already. */
  wake() {
    if (this.isShut || Date.now() < this.notBefore) return;
    if (this.isRunning) this.isDue = true;
    else void this.run();
  }

  async run() {
    clearTimeout(this.timer);
    this.isRunning = true;
    let wait = this.every;
    try {
      do {
        this.isDue = false;
        await this.work();
      } while (this.isDue && !this.isShut);
      this.pause = FIRST_PAUSE;
    } catch (error) {
      // Jitter, so that twenty phones do not come back all at once.
      wait = Math.min(this.pause, this.every) * (0.5 + Math.random());
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
      if (error instanceof Unreachable && error.wait) {
        wait = Math.min(error.wait, LONGEST_PAUSE);
        this.notBefore = Date.now() + wait;
      }
      // Whoever woke it meanwhile may have known better: it tries once more, soon.
      if (this.isDue) wait = Math.min(wait, FIRST_PAUSE / 2);
      this.onFailure(error);
    } finally {
      this.isRunning = false;
      if (!this.isShut) this.timer = setTimeout(() => this.run(), wait);
    }
  }
}
