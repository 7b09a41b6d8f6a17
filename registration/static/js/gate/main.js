// The scanner's page: enrols the device, then checks people in.

import { countPresence, findPeople, sendScans } from "./api.js";
import { Camera } from "./camera.js";
import { keepCounting } from "./counters.js";
import { askToSignOff, enrolHere, takeCodeFromAddress } from "./enrolment.js";
import { listenToKeys } from "./keyboard.js";
import { answered, notKept, timeOf, unchecked, waiting } from "./outcome.js";
import { Queue } from "./queue.js";
import { Recent } from "./recent.js";
import { Search } from "./search.js";
import { part, say } from "./settings.js";
import { isMuted, play, setMuted, unlock } from "./sound.js";
import { Store } from "./store.js";
import { Verdict } from "./verdict.js";
import { stayAwake } from "./wake.js";

/** @typedef {import("./store.js").Enrolment} Enrolment */

const PATIENCE = 3000;
const CAMERA = "einlass-camera";

async function start() {
  let store;
  try {
    store = await Store.open();
  } catch {
    part("starting").hidden = true;
    part("no-store").hidden = false;
    return;
  }
  const code = takeCodeFromAddress();
  const known = await store.enrolment();
  part("starting").hidden = true;
  scanAt(store, known ?? (await enrolHere(store, code)));
}

/**
 * @param {Store} store
 * @param {Enrolment} enrolment
 */
function scanAt(store, enrolment) {
  part("scan").hidden = false;
  part("gate-name").textContent = enrolment.gates?.[enrolment.gate] ?? enrolment.gate;
  part("event-title").textContent = enrolment.event_title;
  const queue = new Queue(store, (scans) => sendScans(enrolment, scans));
  const check = new Door(queue, enrolment).check;
  const camera = setUpCamera(check);
  listenToKeys(check);
  new Search({
    find: (query, signal) => findPeople(enrolment, query, signal),
    onChosen: check,
    timeOf: (moment) => timeOf(moment, enrolment.timezone),
  });
  part("way").addEventListener("change", () => camera.forget());
  part("sign-off-button").addEventListener("click", () => askToSignOff(store));
  setUpSound();
  stayAwake();
}

/** Turns what was scanned into verdicts: the newest scan has the screen. */
class Door {
  /**
   * @param {Queue} queue
   * @param {Enrolment} enrolment
   */
  constructor(queue, enrolment) {
    this.queue = queue;
    this.enrolment = enrolment;
    this.verdict = new Verdict();
    this.recent = new Recent((moment) => timeOf(moment, enrolment.timezone));
    this.countSoon = keepCounting(
      () => countPresence(enrolment),
      (refused) => queue.fail(refused),
    );
    /** @type {import("./store.js").Scan | undefined} the newest scan, while it waits */
    this.open = undefined;
    this.timer = 0;
    this.turn = 0;
    queue.addEventListener("answer", (event) => this.answer(/** @type {any} */ (event).detail));
    queue.addEventListener("unreachable", () => this.giveUp());
    queue.addEventListener("shut", (event) => this.shut(/** @type {any} */ (event).detail));
    queue.addEventListener("change", (event) => showUnsent(/** @type {any} */ (event).detail));
    addEventListener("online", () => queue.wake());
    void queue.tell();
    queue.wake();
  }

  /** @param {string} badge */
  check = async (badge) => {
    const turn = (this.turn += 1);
    clearTimeout(this.timer);
    this.open = undefined;
    this.verdict.show(waiting());
    const kind = part("way-exit").checked ? "exit" : "entry";
    let scan;
    try {
      scan = await this.queue.add({ badge, gate: this.enrolment.gate, kind });
    } catch {
      this.verdict.show(notKept());
      play("attention");
      return;
    }
    this.recent.put(scan, waiting());
    if (turn !== this.turn) return; // another was scanned meanwhile: the screen is its own
    this.open = scan;
    this.verdict.about = scan.id;
    this.timer = setTimeout(() => this.giveUp(), PATIENCE);
    if (this.queue.isShut) this.giveUp();
  };

  /** @param {{scan: import("./store.js").Scan, answer: import("./api.js").Answer}} told */
  answer({ scan, answer }) {
    const outcome = answered(scan, answer, this.enrolment);
    this.recent.put(scan, outcome);
    part("network").hidden = true;
    this.countSoon();
    if (scan.id !== this.open?.id && scan.id !== this.verdict.about) return;
    this.settle(outcome, scan.id);
  }

  /** Says of the newest scan that nobody has checked it, if that is so. */
  giveUp() {
    if (!this.queue.isShut) showTrouble(say("offline"));
    if (!this.open) return;
    const outcome = unchecked(this.queue.isShut ? "shut" : "unchecked");
    this.recent.put(this.open, outcome);
    this.settle(outcome, this.open.id);
  }

  /** @param {import("./api.js").Refused} refused */
  shut(refused) {
    showTrouble(refused.message);
    this.giveUp();
  }

  /**
   * @param {import("./outcome.js").Outcome} outcome
   * @param {string} about
   */
  settle(outcome, about) {
    clearTimeout(this.timer);
    this.open = undefined;
    this.verdict.show(outcome, about);
    if (outcome.tone !== "waiting") play(outcome.tone);
  }
}

/** @param {string} text */
function showTrouble(text) {
  part("network-text").textContent = text;
  part("network").hidden = false;
}

/** @param {number} count */
function showUnsent(count) {
  part("unsent").hidden = count === 0;
  part("unsent").textContent = say("unsent", { count });
}

/**
 * @param {(text: string) => void} onText
 * @returns {Camera}
 */
function setUpCamera(onText) {
  const viewfinder = part("viewfinder");
  const light = part("light");
  const camera = new Camera(part("video"), {
    onText,
    onEnd: () => {
      viewfinder.dataset.camera = "off";
      light.hidden = true;
    },
  });
  async function turnOn() {
    viewfinder.dataset.camera = "starting";
    const trouble = await camera.start();
    viewfinder.dataset.camera = trouble ? "off" : "on";
    part("camera-note").textContent = trouble ? say(`camera_${trouble}`) : "";
    localStorage.setItem(CAMERA, trouble ? "off" : "on");
    light.hidden = !camera.hasLight;
  }
  part("camera-button").addEventListener("click", turnOn);
  part("camera-off").addEventListener("click", () => {
    localStorage.setItem(CAMERA, "off");
    camera.stop();
  });
  light.addEventListener("click", async () => {
    const on = light.getAttribute("aria-pressed") !== "true";
    await camera.setLight(on);
    light.setAttribute("aria-pressed", String(on));
  });
  if (localStorage.getItem(CAMERA) === "on") void turnOn();
  return camera;
}

function setUpSound() {
  const button = part("sound");
  button.setAttribute("aria-pressed", String(!isMuted()));
  button.addEventListener("click", () => {
    setMuted(!isMuted());
    button.setAttribute("aria-pressed", String(!isMuted()));
    if (!isMuted()) play("in");
  });
  // Later, since starting the audio takes longer than a scanner's pause between two keys.
  const unlockLater = () => setTimeout(unlock);
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, unlockLater, { capture: true });
}

void start();
