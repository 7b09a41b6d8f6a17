// The door: turns what was scanned into answers; the newest scan has the screen. An answer that is
// not simply good, and that nobody can have read because another scan followed, is told beside it.

import { part } from "./settings.js";
import { play } from "./sound.js";
import { ageOf } from "./times.js";
import { forGuest, forStaff, notKept, waiting, wordOf } from "./wording.js";

/** So long the store may take before the screen says that it is at work. */
const PATIENCE = 150;
/** So long an answer must have had the screen to count as read, in milliseconds. */
const GLANCE = 1000;
/** Older than this, an answer says what it rests on. */
const OLD = 600_000;

/** @typedef {import("./device.js").Outcome} Outcome */

/** Events: `overtaken` (detail: Outcome, or null if it was not kept) for an answer that had the
 * screen for less than a glance. */
export class Door extends EventTarget {
  /**
   * @param {import("./device.js").Device} device
   * @param {import("./verdict.js").Verdict} verdict
   */
  constructor(device, verdict) {
    super();
    this.device = device;
    this.verdict = verdict;
    this.turn = 0;
    this.timer = 0;
    /** @type {string | undefined} what the screen says of the scan that it is about */
    this.said = undefined;
    /** @type {{outcome: Outcome | undefined, at: number} | undefined} what the screen was given last */
    this.given = undefined;
    device.addEventListener("change", () => this.correct());
  }

  /** @param {string} text  what was scanned, or a short code */
  check = (text) => {
    const kind = part("way-exit").checked ? "exit" : "entry";
    return this.answer(() => this.device.scan(text, kind));
  };

  /**
   * Shows what comes out of a scan, unless another has come meanwhile.
   *
   * @param {() => Promise<Outcome>} work
   * @returns {Promise<Outcome | undefined>} undefined if it could not be kept
   */
  async answer(work) {
    const turn = (this.turn += 1);
    clearTimeout(this.timer);
    this.leaveBehind();
    const wait = () => this.verdict.show(waiting());
    if (this.verdict.screen.hidden) this.timer = setTimeout(wait, PATIENCE);
    else wait();
    let outcome;
    try {
      outcome = await work();
    } catch (error) {
      console.error("a scan was not kept", error);
    }
    if (turn !== this.turn) {
      this.tellBeside(outcome);
      return outcome;
    }
    clearTimeout(this.timer);
    this.show(outcome);
    return outcome;
  }

  /** @param {Outcome | undefined} outcome */
  show(outcome) {
    const shown = outcome ? this.word(outcome) : notKept();
    this.said = outcome?.verdict;
    this.given = { outcome, at: Date.now() };
    this.verdict.show(shown, outcome?.id);
    if (shown.tone !== "waiting") play(shown.tone, Boolean(shown.note));
  }

  /** Tells what the screen still says, if it has hardly been there. */
  leaveBehind() {
    const { given } = this;
    this.given = undefined;
    if (!given || this.verdict.screen.hidden || Date.now() - given.at >= GLANCE) return;
    this.tellBeside(given.outcome);
  }

  /** @param {Outcome | undefined} outcome  of a scan that another has overtaken */
  tellBeside(outcome) {
    if (outcome && wordOf(outcome).tone === "in" && !outcome.person?.note) return;
    this.dispatchEvent(new CustomEvent("overtaken", { detail: outcome }));
  }

  /** @param {Outcome} outcome */
  word(outcome) {
    if (document.body.dataset.kiosk) return forGuest(outcome);
    const { gates, timezone } = this.device.enrolment;
    const { revoked: isShut } = this.device.status();
    return forStaff(outcome, { gates, timezone, isShut, aside: this.aside() });
  }

  /** What an answer rests on, where the network is away and the list is not fresh. */
  aside() {
    const { online, manifestAt } = this.device.status();
    if (online || !manifestAt || Date.now() - manifestAt < OLD) return "";
    return ageOf(manifestAt);
  }

  /** Says so if the scans of all devices together decide otherwise while the answer is shown. */
  correct() {
    const { about } = this.verdict;
    const now = about && this.device.recent().find((outcome) => outcome.id === about);
    if (now && now.verdict !== this.said) this.show(now);
  }
}
