// The counters: who is inside, has arrived, is expected, as far as this device knows.

import { part, settings } from "./settings.js";

const NAMES = /** @type {const} */ (["expected", "arrived", "inside"]);

/**
 * Keeps the counters up to date.
 *
 * @param {import("./device.js").Device} device
 */
export function keepCounting(device) {
  const numbers = new Intl.NumberFormat(settings.language);
  async function draw() {
    const counts = await device.counts();
    for (const name of NAMES) {
      const count = counts?.[name];
      part(`count-${name}`).textContent = count === undefined ? "–" : numbers.format(count);
    }
    part("counters").classList.toggle("is-stale", !device.status().online);
  }
  device.addEventListener("change", draw);
  void draw();
}
