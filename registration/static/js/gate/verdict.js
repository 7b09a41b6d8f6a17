// The verdict: the whole screen is the answer.

import { part } from "./settings.js";

/** After so long a good answer clears itself, so that it is not taken for the next person's. */
const CLEARS_AFTER = 4000;

/** Sizes of the name, in px. */
const SMALLEST = 28;
const LARGEST = 180;

export class Verdict {
  constructor() {
    this.screen = part("verdict");
    this.name = part("verdict-name");
    this.person = part("verdict-person");
    this.behind = part("scan");
    this.timer = 0;
    /** @type {string | undefined} which scan it is about */
    this.about = undefined;
    /** @type {HTMLElement | null} */
    this.focused = null;
    part("verdict-next").addEventListener("click", () => this.hide());
    addEventListener("resize", () => this.fit());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    });
  }

  /**
   * Shows an outcome at once, in place of whatever was shown.
   *
   * @param {import("./outcome.js").Outcome} outcome
   * @param {string} [about]  the scan's id
   */
  show(outcome, about) {
    clearTimeout(this.timer);
    this.about = about;
    if (this.screen.hidden) this.focused = /** @type {HTMLElement | null} */ (document.activeElement);
    this.screen.dataset.tone = outcome.tone;
    for (const key of /** @type {const} */ (["word", "reason", "name", "alliance", "role"])) {
      const line = part(`verdict-${key}`);
      line.textContent = outcome[key] ?? "";
      line.hidden = !outcome[key];
    }
    this.screen.hidden = false;
    this.behind.inert = true;
    document.body.dataset.verdict = outcome.tone;
    this.fit();
    part("verdict-next").focus({ preventScroll: true });
    if (outcome.tone !== "waiting") announce(outcome);
    if (outcome.tone === "in") this.timer = setTimeout(() => this.hide(), CLEARS_AFTER);
  }

  hide() {
    clearTimeout(this.timer);
    if (this.screen.hidden) return;
    this.about = undefined;
    this.screen.hidden = true;
    this.behind.inert = false;
    delete document.body.dataset.verdict;
    // Not back into a field: a phone would open its keyboard, and a keyboard scanner type into it.
    if (this.focused?.matches("button, a")) this.focused.focus({ preventScroll: true });
    else /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
  }

  /** Makes the name as large as fits beside what else there is to say. */
  fit() {
    if (this.screen.hidden || this.name.hidden) return;
    let [small, large] = [SMALLEST, LARGEST];
    this.name.classList.remove("is-long");
    while (large - small > 1) {
      const size = (small + large) / 2;
      this.name.style.fontSize = `${size}px`;
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = this.person;
      const fits = scrollWidth <= clientWidth && scrollHeight <= clientHeight;
      if (fits) small = size;
      else large = size;
    }
    this.name.style.fontSize = `${small}px`;
    this.name.classList.toggle("is-long", this.person.scrollWidth > this.person.clientWidth);
  }
}

/** @param {import("./outcome.js").Outcome} outcome */
function announce({ word, name, alliance, role, reason }) {
  const said = [word, name, alliance, role, reason].filter(Boolean).join(". ");
  part("announcement").textContent = said;
}
