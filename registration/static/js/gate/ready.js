// "Ready without network?": tests what the day depends on, and says what to do.

import { copyOf, part, say } from "./settings.js";
import { isAudible, isMuted } from "./sound.js";
import { FAR_OFF } from "./status.js";
import { ageOf, spanOf } from "./times.js";

/**
 * @typedef {object} Test
 * @property {string} name
 * @property {"good" | "advice" | "bad"} state
 * @property {string} [advice]
 */

/** A list that is older lacks who was confirmed since. */
const OLD = 3_600_000;
/** Without these nobody is checked, or a scan may be lost. */
const NEEDED = new Set(["signature", "tampered", "store", "seal", "manifest", "worker"]);

/** @type {any} the browser's own offer to install the page */
let offer;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  part("install-button").hidden = false;
});

/**
 * @param {import("./device.js").Device} device
 * @param {import("./camera.js").Camera} camera
 */
export function setUpReady(device, camera) {
  let turn = 0;
  async function test() {
    const mine = (turn += 1);
    draw(undefined);
    const tests = [
      ...(await device.selfTest()).map(judged),
      ageTest(device.status()),
      clockTest(device.status()),
      keptTest(device.status()),
      await cameraTest(camera),
      soundTest(),
    ];
    if (mine === turn) draw(tests);
  }
  part("test-again").addEventListener("click", test);
  part("install-button").addEventListener("click", async () => {
    await offer?.prompt();
    part("install-button").hidden = true;
  });
  part("install").hidden = isInstalled();
  return test;
}

function isInstalled() {
  const isOnHomeScreen = /** @type {any} */ (navigator).standalone === true;
  return isOnHomeScreen || matchMedia("(display-mode: standalone), (display-mode: fullscreen)").matches;
}

/**
 * @param {{name: string, ok: boolean}} result
 * @returns {Test}
 */
function judged({ name, ok }) {
  if (ok) return { name, state: "good" };
  return { name, state: NEEDED.has(name) ? "bad" : "advice", advice: say(`test_${name}_advice`) };
}

/**
 * @param {import("./device.js").Status} status
 * @returns {Test}
 */
function ageTest({ manifestAt, badges }) {
  if (!manifestAt) return { name: "manifest", state: "bad", advice: say("test_manifest_advice") };
  const advice = say("test_manifest_age", { count: badges, age: ageOf(manifestAt) });
  return { name: "manifest", state: Date.now() - manifestAt > OLD ? "advice" : "good", advice };
}

/**
 * @param {import("./device.js").Status} status
 * @returns {Test}
 */
function clockTest({ clock }) {
  if (!clock) return { name: "clock", state: "advice", advice: say("test_clock_unknown") };
  if (Math.abs(clock.offset_ms) <= FAR_OFF) return { name: "clock", state: "good" };
  const span = spanOf(clock.offset_ms);
  return { name: "clock", state: "advice", advice: say("test_clock_advice", { span }) };
}

/**
 * @param {import("./device.js").Status} status
 * @returns {Test}
 */
function keptTest({ persisted }) {
  if (persisted) return { name: "persisted", state: "good" };
  return { name: "persisted", state: "advice", advice: say("test_persisted_advice") };
}

/**
 * @param {import("./camera.js").Camera} camera
 * @returns {Promise<Test>}
 */
async function cameraTest(camera) {
  if (camera.isOn) return { name: "camera", state: "good" };
  const cameras = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  const hasOne = cameras.some((each) => each.kind === "videoinput");
  return { name: "camera", state: "advice", advice: say(hasOne ? "test_camera_off" : "camera_no-camera") };
}

/** @returns {Test} */
function soundTest() {
  if (isAudible()) return { name: "sound", state: "good" };
  return { name: "sound", state: "advice", advice: say(isMuted() ? "test_sound_muted" : "test_sound_locked") };
}

/** @param {Test[] | undefined} tests  undefined while they run */
function draw(tests) {
  const isBad = tests?.some(({ state }) => state === "bad");
  part("ready-title").dataset.state = tests ? (isBad ? "bad" : "good") : "wait";
  part("ready-text").textContent = say(tests ? (isBad ? "ready_no" : "ready_yes") : "testing");
  const seen = new Map((tests ?? []).map((test) => [test.name, test]));
  part("tests").replaceChildren(...[...seen.values()].map(rowOf));
}

/** @param {Test} test */
function rowOf({ name, state, advice }) {
  const row = copyOf("test-row");
  row.dataset.state = state;
  row.querySelector(".test-name").textContent = say(`test_${name}`);
  row.querySelector(".test-advice").textContent = advice ?? "";
  row.querySelector(".test-advice").hidden = !advice;
  return row;
}
