// Dark hall, bright sun, or as the device has it: remembered.

import { part } from "./settings.js";

const LOOK = "einlass-look";

/** Applies the look that was chosen, and lets another be chosen. */
export function setUpLook() {
  const chosen = localStorage.getItem(LOOK) ?? "auto";
  apply(chosen);
  for (const look of ["auto", "dark", "sun"]) {
    const choice = part(`look-${look}`);
    choice.checked = look === chosen;
    choice.addEventListener("change", () => {
      localStorage.setItem(LOOK, look);
      apply(look);
    });
  }
}

/** @param {string} look */
function apply(look) {
  document.documentElement.dataset.look = look;
}
