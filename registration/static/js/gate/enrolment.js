// Enrolment: a one-time code, typed or in the link of a QR code, becomes the device's token.

import { Refused, enrol } from "./api.js";
import { part, say } from "./settings.js";

/**
 * Takes the code out of the page's address, where it is behind the # and so never in a log.
 *
 * @returns {string}
 */
export function takeCodeFromAddress() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
  if (code) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/**
 * Shows the form until the device is enrolled.
 *
 * @param {import("./store.js").Store} store
 * @param {string} code  from the address, or empty
 * @returns {Promise<import("./store.js").Enrolment>}
 */
export function enrolHere(store, code) {
  const form = part("enrol-form");
  const field = part("enrol-code");
  part("enrol").hidden = false;
  return new Promise((resolve) => {
    async function submit() {
      if (!field.value.trim()) return complain(say("enrol_empty"));
      part("enrol-button").disabled = true;
      try {
        const enrolment = await enrol(field.value);
        await store.enrol(enrolment);
        part("enrol").hidden = true;
        field.value = "";
        resolve(enrolment);
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

/** @param {string} text */
function complain(text) {
  const field = part("enrol-code");
  part("enrol-error-text").textContent = text;
  part("enrol-error").hidden = false;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

/**
 * Asks whether the enrolment shall go, and forgets it.
 *
 * @param {import("./store.js").Store} store
 */
export async function askToSignOff(store) {
  const dialog = part("sign-off");
  const unsent = await store.count();
  part("sign-off-unsent").hidden = unsent === 0;
  part("sign-off-unsent-text").textContent = say("sign_off_unsent", { count: unsent });
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener(
    "close",
    async () => {
      if (dialog.returnValue !== "yes") return;
      await store.forget();
      location.reload();
    },
    { once: true },
  );
}
