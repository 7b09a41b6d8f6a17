// Panels: one at a time; on a phone over the camera, on a wide screen beside it.

import { part } from "./settings.js";

const WIDE = matchMedia("(width >= 60rem), (orientation: landscape) and (width >= 44rem)");
const NAMES = ["search", "recent", "menu", "ready", "walk-in", "evacuation"];
/** Beside the camera of a wide screen while nothing else is open. */
const AT_REST = ["search", "recent"];

/** Events: `open` and `close` (detail: the panel's name); `draw` when what is shown may differ. */
export class Panels extends EventTarget {
  constructor() {
    super();
    /** @type {string | undefined} */
    this.current = undefined;
    /** @type {HTMLElement | undefined} */
    this.opener = undefined;
    for (const button of document.querySelectorAll("[data-open]")) {
      const name = /** @type {HTMLElement} */ (button).dataset.open ?? "";
      button.addEventListener("click", () => this.open(name));
    }
    for (const button of document.querySelectorAll("[data-close]")) {
      button.addEventListener("click", () => this.close());
    }
    WIDE.addEventListener("change", () => this.draw());
    history.replaceState(null, "");
    addEventListener("popstate", () => this.shut()); // the phone's own way back
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !document.body.dataset.verdict) this.close();
    });
    this.draw();
  }

  /** Whether the camera's picture is in view. */
  get isClear() {
    return WIDE.matches || !this.current;
  }

  /** @param {string} name */
  open(name) {
    if (document.body.dataset.kiosk) return;
    const isSame = this.current === name;
    if (!this.current) {
      this.opener = /** @type {HTMLElement} */ (document.activeElement);
      history.pushState({ panel: name }, "");
    }
    this.current = name;
    this.draw();
    part("side").scrollTop = 0;
    this.focus(name);
    if (!isSame) this.dispatchEvent(new CustomEvent("open", { detail: name }));
  }

  close() {
    if (!this.current) return;
    this.shut();
    if (history.state?.panel) history.back();
  }

  shut() {
    const name = this.current;
    if (!name) return;
    this.current = undefined;
    this.draw();
    this.opener?.focus({ preventScroll: true });
    this.dispatchEvent(new CustomEvent("close", { detail: name }));
  }

  /** @param {string} name */
  focus(name) {
    const panel = part(`panel-${name}`);
    const first = name === "search" ? part("search-field") : panel.querySelector("[tabindex='-1']");
    first?.focus({ preventScroll: true });
  }

  draw() {
    const rests = WIDE.matches && (!this.current || AT_REST.includes(this.current));
    for (const name of NAMES) {
      const isShown = rests ? AT_REST.includes(name) : name === this.current;
      part(`panel-${name}`).hidden = !isShown;
    }
    part("scan").dataset.panel = this.current ?? "";
    for (const id of ["bar", "viewfinder", "thumb"]) part(id).inert = !this.isClear;
    for (const tab of document.querySelectorAll(".tab")) {
      const name = /** @type {HTMLElement} */ (tab).dataset.open;
      tab.setAttribute("aria-expanded", String(name === this.current));
    }
    this.dispatchEvent(new Event("draw"));
  }

  /**
   * Draws a panel now and whenever it changes, but only while somebody sees it: on a phone that is
   * checking people in, counting and listing for nobody would cost the next answer its time.
   *
   * @param {string} name
   * @param {EventTarget} device
   * @param {() => void} draw
   */
  keep(name, device, draw) {
    const drawIfSeen = () => part(`panel-${name}`).hidden || draw();
    device.addEventListener("change", drawIfSeen);
    this.addEventListener("draw", drawIfSeen);
    drawIfSeen();
  }
}
