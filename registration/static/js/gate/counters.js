// The counters: who is inside, has arrived, is expected, as far as this device knows.

import { part, settings } from "./settings.js";

const NAMES = /** @type {const} */ (["expected", "arrived", "inside"]);

/**
 * Keeps the counters up to date.
 *
 * @param {import("./device.js").Device} device
 * @param {import("./panels.js").Panels} panels
 */
export function keepCounting(device, panels) {
  const numbers = new Intl.NumberFormat(settings.language);
  function draw() {
    const counts = device.counts();
    for (const name of NAMES) {
      const count = counts?.[name];
      part(`count-${name}`).textContent = count === undefined ? "–" : numbers.format(count);
    }
    part("counters").classList.toggle("is-stale", !device.status().online);
  }
  panels.keep("recent", device, draw);
}
