// Enrolment: a one-time code, typed or in the link of a QR code, becomes the device's token.

import { offerAnotherCode } from "./another-code.js";
import { Refused } from "./api.js";
import { leaveKeysAlone } from "./keyboard.js";
import { part, say } from "./settings.js";

/**
 * Takes the code out of the page's address, where it is behind the # and so never in a log.
 *
 * @returns {string}
 */
export function takeCodeFromAddress() {
  const code = codeInAddress();
  if (code) history.replaceState(null, "", location.pathname + location.search);
  // A link that is opened in this window changes the address only.
  addEventListener("hashchange", () => codeInAddress() && location.reload());
  return code;
}

function codeInAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
}

/**
 * Shows the form until the device is enrolled.
 *
 * @param {import("./device.js").Device} device
 * @param {string} code  from the address, or empty
 * @returns {Promise<void>}
 */
export function enrolHere(device, code) {
  const form = part("enrol-form");
  const field = part("enrol-code");
  part("enrol").hidden = false;
  return new Promise((resolve) => {
    async function submit() {
      if (!field.value.trim()) return complain(say("enrol_empty"));
      part("enrol-button").disabled = true;
      try {
        await device.enrol(field.value);
        part("enrol").hidden = true;
        field.value = "";
        resolve();
      } catch (error) {
        complain(error instanceof Refused ? error.message : say("enrol_unreachable"));
      } finally {
        part("enrol-button").disabled = false;
      }
    }
    form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      void submit();
    });
    field.value = code;
    if (code) void submit();
  });
}

/**
 * Lets a device be enrolled anew that the server turns away: what it could not send stays on it.
 * Any other is asked first.
 *
 * @param {import("./device.js").Device} device
 * @param {string} code  from the address, or empty
 */
export function setUpEnrolAnew(device, code) {
  const draw = () => {
    part("menu-enrol").hidden = !device.status().revoked;
  };
  /** @param {string} known */
  async function enrolAnew(known) {
    leaveKeysAlone();
    part("scan").hidden = true;
    await enrolHere(device, known);
    location.reload();
  }
  device.addEventListener("change", draw);
  draw();
  part("enrol-anew-button").addEventListener("click", () => void enrolAnew(""));
  if (!code) return;
  if (device.status().revoked) void enrolAnew(code);
  else offerAnotherCode(device, code, enrolAnew);
}

/** @param {string} text */
function complain(text) {
  const field = part("enrol-code");
  part("enrol-error-text").textContent = text;
  part("enrol-error").hidden = false;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}
