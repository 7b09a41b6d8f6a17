// A badge on paper for whoever came without one: name, alliance, role and the short code.
//
// Its QR code needs the organisers' key, which no device has; the short code is enough at a gate.

import { part } from "./settings.js";

/**
 * Opens the browser's printing with one badge.
 *
 * @param {import("./device.js").Person} person
 * @param {string} event
 */
export function printBadge(person, event) {
  const [given, ...rest] = person.name.split(" ");
  const family = rest.join(" ");
  const titles = person.roles.map((role) => role.title);
  part("paper-given").textContent = given;
  part("paper-family").textContent = family;
  part("paper-about").textContent = [person.alliance?.name, ...titles].filter(Boolean).join(" · ");
  part("paper-code").textContent = person.code.replace(/^(.{4})(.{4})$/, "$1 $2");
  part("paper-event").textContent = event;
  part("paper").hidden = false;
  print();
  part("paper").hidden = true;
}
