// The verdict: the whole screen is the answer.

import { part } from "./settings.js";

/** After so long a good answer clears itself, so that it is not taken for the next person's. */
const CLEARS_AFTER = 4000;

/** Sizes of the name, in px. */
const SMALLEST = 28;
const LARGEST = 180;
const LINES = /** @type {const} */ ([
  "word", "reason", "name", "alliance", "role", "theme", "note", "aside",
]);

export class Verdict {
  constructor() {
    this.screen = part("verdict");
    this.name = part("verdict-name");
    this.person = part("verdict-person");
    this.behind = part("scan");
    this.timer = 0;
    /** Clears every answer, not only good ones: where no staff taps. */
    this.clearsAll = false;
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
   * Shows an answer at once, in place of whatever was shown.
   *
   * @param {import("./wording.js").Shown} shown
   * @param {string | null} [about]  the scan's id
   */
  show(shown, about) {
    clearTimeout(this.timer);
    this.about = about ?? undefined;
    for (const dialog of document.querySelectorAll("dialog[open]")) {
      /** @type {HTMLDialogElement} */ (dialog).close("no");
    }
    if (this.screen.hidden) this.focused = /** @type {HTMLElement | null} */ (document.activeElement);
    this.fill(shown);
    this.screen.hidden = false;
    this.behind.inert = true;
    document.body.dataset.verdict = shown.tone;
    this.fit();
    part("verdict-next").focus({ preventScroll: true });
    if (shown.tone !== "waiting") announce(shown);
    const clears = this.clearsAll ? shown.tone !== "waiting" : shown.tone === "in" && !shown.note;
    if (clears) this.timer = setTimeout(() => this.hide(), CLEARS_AFTER);
  }

  /** @param {import("./wording.js").Shown} shown */
  fill(shown) {
    this.screen.dataset.tone = shown.tone;
    this.screen.toggleAttribute("data-note", Boolean(shown.note));
    for (const key of LINES) {
      const line = part(`verdict-${key}`);
      line.textContent = shown[key] ?? "";
      line.hidden = !shown[key];
    }
    // Anew for each answer, so that two of one colour are seen to be two.
    for (const drawing of this.screen.getAnimations({ subtree: true })) {
      drawing.cancel();
      drawing.play();
    }
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

/** @param {import("./wording.js").Shown} shown */
function announce({ word, name, alliance, role, reason, note }) {
  const said = [word, name, note, alliance, role, reason].filter(Boolean).join(". ");
  part("announcement").textContent = said;
}
