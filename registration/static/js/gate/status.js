// The quiet line: whether the device is ready without a network, what waits, what needs a person.

import { part, say } from "./settings.js";
import { ageOf, spanOf } from "./times.js";

/** More than this, and the order of scans of two devices may be wrong. */
export const FAR_OFF = 120_000;
const EVERY = 10_000;

/** @typedef {{state: "ready" | "offline" | "person" | "wait", text: string}} Line */

/**
 * Keeps the line up to date.
 *
 * @param {import("./device.js").Device} device
 */
export function keepStatus(device) {
  function draw() {
    const { state, text } = lineOf(device.status());
    part("status").dataset.state = state;
    if (part("status-text").textContent !== text) part("status-text").textContent = text;
  }
  device.addEventListener("change", draw);
  setInterval(draw, EVERY); // the list grows older
  draw();
}

/**
 * Says how the device stands, the gravest first.
 *
 * @param {import("./device.js").Status} status
 * @returns {Line}
 */
export function lineOf(status) {
  const { badges, manifestAt, unsent, refused, online, persisted, clock } = status;
  const age = manifestAt ? ageOf(manifestAt) : "";
  if (status.revoked) return { state: "person", text: say("status_revoked") };
  if (refused > 0) return { state: "person", text: say("status_refused", { count: refused }) };
  if (!manifestAt) {
    return online
      ? { state: "wait", text: say("status_loading") }
      : { state: "person", text: say("status_no_list") };
  }
  if (clock && Math.abs(clock.offset_ms) > FAR_OFF) {
    return { state: "person", text: say("status_clock", { span: spanOf(clock.offset_ms) }) };
  }
  if (!online && unsent > 0) {
    return { state: "offline", text: say("status_unsent", { count: unsent }) };
  }
  if (!online) return { state: "offline", text: say("status_offline", { count: badges, age }) };
  if (persisted === false) return { state: "person", text: say("status_install", { count: badges, age }) };
  return { state: "ready", text: say("status_ready", { count: badges, age }) };
}
