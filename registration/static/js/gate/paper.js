// A badge on paper for whoever came without one: name, alliance, role, and what scanners read.

import { path } from "./qr.js";
import { part } from "./settings.js";

/**
 * Opens the browser's printing with one badge.
 *
 * @param {object} badge
 * @param {import("./device.js").Person} badge.person
 * @param {string | null} badge.token  what its code says; without it the short code must do
 * @param {string} badge.event
 */
export function printBadge({ person, token, event }) {
  const [given, ...rest] = person.name.split(" ");
  const titles = person.roles.map((role) => role.title);
  part("paper-given").textContent = given;
  part("paper-family").textContent = rest.join(" ");
  part("paper-about").textContent = [person.alliance?.name, ...titles].filter(Boolean).join(" · ");
  part("paper-code").textContent = person.code.replace(/^(.{4})(.{4})$/, "$1 $2");
  part("paper-event").textContent = event;
  part("paper-qr-path").setAttribute("d", token ? path(token) : "");
  part("paper-qr").toggleAttribute("hidden", !token);
  part("paper").hidden = false;
  print();
  part("paper").hidden = true;
}
