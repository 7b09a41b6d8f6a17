// Self check-in: guests see the camera and their own answer, nothing else.
//
// It is left by holding the lock and entering the number that was shown at the start. The number
// stays on the device, since it keeps guests out, not somebody who can read the browser's storage.

import { part, say } from "./settings.js";

const KIOSK = "einlass-kiosk";
const HOLD = 2000;
const MOST_TRIES = 5;
const REST = 30_000;

/** Lets no self check-in of an earlier enrolment go on, whose number nobody knows any more. */
export function forgetKiosk() {
  localStorage.removeItem(KIOSK);
}

export class Kiosk {
  /**
   * @param {object} callbacks
   * @param {(isOn: boolean) => void} callbacks.onChange
   */
  constructor({ onChange }) {
    this.onChange = onChange;
    this.tries = 0;
    this.restsUntil = 0;
    part("kiosk-button").addEventListener("click", () => this.ask());
    part("kiosk-leave-form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.leave();
    });
    part("kiosk-stay").addEventListener("click", () => part("kiosk-leave").close());
    this.setUpLock();
    addEventListener("popstate", () => this.stay());
    if (localStorage.getItem(KIOSK)) this.set(true); // a reload must not lead out
  }

  ask() {
    const number = String(crypto.getRandomValues(new Uint16Array(1))[0] % 10_000).padStart(4, "0");
    const dialog = part("kiosk-start");
    part("kiosk-number").textContent = number;
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "yes") return;
        localStorage.setItem(KIOSK, number);
        this.set(true);
        void document.documentElement.requestFullscreen?.().catch(() => undefined);
      },
      { once: true },
    );
  }

  /** @param {boolean} isOn */
  set(isOn) {
    if (isOn) document.body.dataset.kiosk = "on";
    else delete document.body.dataset.kiosk;
    part("kiosk-lock").hidden = !isOn;
    part("kiosk-hint").hidden = !isOn;
    this.onChange(isOn);
    this.stay();
  }

  /** The browser's way back leads nowhere. */
  stay() {
    if (document.body.dataset.kiosk) history.pushState({ kiosk: true }, "");
  }

  setUpLock() {
    const lock = part("kiosk-lock");
    let timer = 0;
    const hold = (/** @type {Event} */ event) => {
      if (event instanceof KeyboardEvent && (event.repeat || !/^( |Enter)$/.test(event.key))) return;
      clearTimeout(timer);
      timer = setTimeout(() => this.offer(), HOLD);
    };
    for (const type of ["pointerdown", "keydown"]) lock.addEventListener(type, hold);
    for (const type of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) {
      lock.addEventListener(type, () => clearTimeout(timer));
    }
    lock.addEventListener("contextmenu", (/** @type {Event} */ event) => event.preventDefault());
  }

  offer() {
    part("kiosk-entered").value = "";
    part("kiosk-wrong").hidden = true;
    part("kiosk-leave").showModal();
  }

  /** Leaves it without the number: there is nothing left to see, and staff must get on. */
  end() {
    if (!document.body.dataset.kiosk) return;
    forgetKiosk();
    part("kiosk-leave").close();
    this.set(false);
    if (document.fullscreenElement) void document.exitFullscreen();
  }

  leave() {
    const isResting = Date.now() < this.restsUntil;
    if (!isResting && part("kiosk-entered").value.trim() === localStorage.getItem(KIOSK)) {
      this.tries = 0;
      this.end();
      return;
    }
    if (!isResting) this.tries += 1;
    if (this.tries >= MOST_TRIES) {
      this.tries = 0;
      this.restsUntil = Date.now() + REST;
    }
    part("kiosk-wrong").textContent = say(Date.now() < this.restsUntil ? "kiosk_rest" : "kiosk_wrong");
    part("kiosk-wrong").hidden = false;
    part("kiosk-entered").value = "";
    part("kiosk-entered").focus();
  }
}
