// The counters: asked for every few seconds while the page is in view.

import { Refused } from "./api.js";
import { part, settings } from "./settings.js";

const EVERY = 5000;
const SOON = 600;
const NAMES = /** @type {const} */ (["expected", "arrived", "inside"]);

/**
 * Keeps the counters up to date.
 *
 * @param {() => Promise<import("./api.js").Counts>} ask
 * @param {(refused: Refused) => void} onRefused  told when the server turns the device away
 * @returns {() => void} asks for them soon, once, however often it is called
 */
export function keepCounting(ask, onRefused) {
  const numbers = new Intl.NumberFormat(settings.language);
  let timer = 0;
  let isDueSoon = false;

  async function count() {
    isDueSoon = false;
    try {
      if (!document.hidden) {
        const counts = await ask();
        for (const name of NAMES) part(`count-${name}`).textContent = numbers.format(counts[name]);
        part("counters").classList.remove("is-stale");
      }
    } catch (error) {
      part("counters").classList.add("is-stale");
      if (error instanceof Refused) onRefused(error);
    }
    if (!isDueSoon) timer = setTimeout(count, EVERY);
  }

  function soon() {
    if (isDueSoon) return;
    isDueSoon = true;
    clearTimeout(timer);
    timer = setTimeout(count, SOON);
  }

  void count();
  return soon;
}
