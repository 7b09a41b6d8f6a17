// Admitting somebody without a registration: on a supervisor's device, also without a network.

import { part, say } from "./settings.js";

const FIELDS = ["given-name", "family-name", "role", "email", "consent"];

/**
 * Lets the form admit people.
 *
 * @param {import("./device.js").Device} device
 * @param {(work: () => Promise<import("./device.js").Outcome>) => Promise<unknown>} answer
 * @param {() => void} onDone
 */
export function setUpWalkIn(device, answer, onDone) {
  const offer = () => {
    part("menu-walk-in").hidden = !device.enrolment?.is_supervisor;
  };
  offer();
  device.addEventListener("change", offer);
  part("walk-in-form").addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!isComplete()) return;
    const person = read();
    if (await answer(() => device.walkIn(person))) {
      part("walk-in-form").reset();
      onDone();
    }
  });
}

/**
 * Offers what there is to choose: when the form is opened, since the list may have come since.
 *
 * @param {import("./device.js").Device} device
 */
export function fillWalkIn(device) {
  const role = part("walk-in-role");
  const alliance = part("walk-in-alliance");
  const [roleWas, allianceWas] = [role.value, alliance.value];
  role.replaceChildren(
    new Option(say("choose"), ""),
    ...device.roles().map(({ code, title }) => new Option(title, code)),
  );
  alliance.replaceChildren(
    new Option(say("no_alliance"), ""),
    ...device.alliances().map(({ code, name }) => new Option(name, code)),
  );
  role.value = roleWas;
  alliance.value = allianceWas;
  complain("");
}

function read() {
  const text = (/** @type {string} */ name) => part(`walk-in-${name}`).value.trim();
  const email = text("email");
  return {
    given_name: text("given-name"),
    family_name: text("family-name"),
    alliance: text("alliance") || null,
    role: text("role"),
    ...(email && { email }),
    consent: /** @type {const} */ (true),
  };
}

/** @returns {boolean} false after the first field that lacks something has the focus */
function isComplete() {
  for (const name of ["given-name", "family-name"]) {
    part(`walk-in-${name}`).value = part(`walk-in-${name}`).value.trim();
  }
  const wrong = FIELDS.filter((name) => !part(`walk-in-${name}`).checkValidity());
  for (const name of FIELDS) {
    const field = part(`walk-in-${name}`);
    if (wrong.includes(name)) {
      field.setAttribute("aria-invalid", "true");
    } else {
      field.removeAttribute("aria-invalid");
    }
    field.removeAttribute("aria-describedby");
  }
  complain(wrong.length ? say(`walk_in_${wrong[0].replace("-", "_")}`) : "");
  if (wrong.length === 0) return true;
  const first = part(`walk-in-${wrong[0]}`);
  first.setAttribute("aria-describedby", "walk-in-trouble");
  first.focus();
  return false;
}

/** @param {string} text */
function complain(text) {
  part("walk-in-trouble").textContent = text;
  part("walk-in-trouble").hidden = !text;
}
