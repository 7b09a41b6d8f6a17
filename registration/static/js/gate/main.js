// The scanner's page: enrols the device, then checks people in, with or without a network.

import { keepCounting } from "./counters.js";
import { openDevice } from "./device.js";
import { Door } from "./door.js";
import { enrolHere, setUpEnrolAnew, takeCodeFromAddress } from "./enrolment.js";
import { Evacuation } from "./evacuation.js";
import { leaveKeysAlone, listenToKeys } from "./keyboard.js";
import { forgetKiosk, Kiosk } from "./kiosk.js";
import { setUpCamera } from "./lens.js";
import { setUpLook } from "./look.js";
import { setUpMenu } from "./menu.js";
import { Panels } from "./panels.js";
import { setUpReady } from "./ready.js";
import { keepNotices, keepRecent } from "./recent.js";
import { Search } from "./search.js";
import { part } from "./settings.js";
import { isMuted, play, setMuted, unlock } from "./sound.js";
import { keepStatus } from "./status.js";
import { timeOf } from "./times.js";
import { Verdict } from "./verdict.js";
import { stayAwake } from "./wake.js";
import { fillWalkIn, setUpWalkIn } from "./walk-in.js";

/** @typedef {import("./device.js").Device} Device */

async function start() {
  setUpLook();
  part("starting").hidden = false;
  let device;
  try {
    device = await openDevice();
  } catch (error) {
    console.error("the device cannot be opened", error);
    leaveKeysAlone();
    part("starting").hidden = true;
    part("no-store").hidden = false;
    return;
  }
  let code = takeCodeFromAddress();
  part("starting").hidden = true;
  if (!device.enrolment) {
    leaveKeysAlone();
    forgetKiosk();
    await enrolHere(device, code);
    code = ""; // it has been used
  }
  scanAt(device);
  setUpEnrolAnew(device, code);
}

/** @param {Device} device */
function scanAt(device) {
  const { enrolment } = device;
  const clock = (/** @type {number} */ moment) => timeOf(moment, enrolment.timezone);
  part("gate-name").textContent = enrolment.gates?.[enrolment.gate] ?? enrolment.gate;
  part("event-title").textContent = enrolment.event_title;
  part("scan").hidden = false;
  const panels = new Panels();
  const verdict = new Verdict();
  const door = new Door(device, verdict);
  const camera = setUpCamera(door.check);
  part("way").addEventListener("change", () => camera.forget());
  keepStatus(device);
  keepCounting(device, panels);
  keepRecent(device, panels, clock);
  keepNotices({ device, door }, {
    timeOf: clock,
    isShown: (scan) => verdict.about === scan,
    open: () => panels.open("recent"),
  });
  setUpMenu(device);
  setUpSound();
  setUpPanels({ device, panels, door, camera, clock });
  setUpKiosk({ device, panels, verdict });
  stayAwake();
  listenToKeys(door.check); // last, since some may wait to be answered
}

/** @param {{device: Device, panels: Panels, door: Door, camera: import("./camera.js").Camera, clock: (moment: number) => string}} parts */
function setUpPanels({ device, panels, door, camera, clock }) {
  const search = new Search({
    find: (query) => device.search(query),
    onChosen: (badge) => {
      panels.close();
      void door.check(badge);
    },
    timeOf: clock,
  });
  const test = setUpReady(device, camera);
  setUpWalkIn(device, (work) => door.answer(work), () => panels.close());
  part("status").addEventListener("click", () => panels.open("ready"));
  panels.addEventListener("open", (event) => {
    camera.isBlind = !panels.isClear;
    const { detail: name } = /** @type {CustomEvent} */ (event);
    if (name === "ready") void test();
    if (name === "walk-in") fillWalkIn(device);
  });
  panels.addEventListener("close", () => {
    camera.isBlind = false;
    search.clear();
  });
  new Evacuation(device, panels, clock);
}

/** @param {{device: Device, panels: Panels, verdict: Verdict}} parts */
function setUpKiosk({ device, panels, verdict }) {
  const kiosk = new Kiosk({
    onChange: (isOn) => {
      panels.close();
      verdict.hide();
      verdict.clearsAll = isOn;
    },
  });
  const endIfWiped = () => {
    const { revoked, badges } = device.status();
    if (revoked && badges === 0) kiosk.end();
  };
  device.addEventListener("change", endIfWiped);
  endIfWiped();
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
