// Another code: the link of an enrolment code, opened on a device that is enrolled already.

import { Refused } from "./api.js";
import { part, say } from "./settings.js";

/**
 * Says where the device is enrolled. It changes over only if a person says so and every scan has
 * been sent; and only once the server has taken the code, so that a used one costs nothing.
 *
 * @param {import("./device.js").Device} device
 * @param {string} code  from the address
 * @param {(code: string) => void} enrolAnew  for a device that turns out to be revoked meanwhile
 */
export function offerAnotherCode(device, code, enrolAnew) {
  const dialog = part("another-code");
  const { enrolment } = device;
  const gate = enrolment.gates?.[enrolment.gate] ?? enrolment.gate;
  part("another-code-where").textContent = `${enrolment.event_title} · ${gate}`;

  function draw() {
    if (device.status().revoked) {
      dialog.close("no");
      enrolAnew(code);
      return;
    }
    const reason = reasonToStay(device);
    part("another-code-question").hidden = reason !== "";
    part("another-code-button").hidden = reason !== "";
    tell("another-code-reason", reason);
  }

  async function changeOver() {
    part("another-code-button").disabled = true;
    try {
      await device.enrol(code);
      location.reload();
    } catch (error) {
      tell("another-code-error", error instanceof Refused ? error.message : say("enrol_unreachable"));
      part("another-code-button").disabled = false;
    }
  }

  part("another-code-form").addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    if (event.submitter !== part("another-code-button")) return;
    event.preventDefault();
    if (!reasonToStay(device)) void changeOver();
  });
  dialog.addEventListener("close", () => device.removeEventListener("change", draw), { once: true });
  device.addEventListener("change", draw);
  dialog.showModal();
  draw();
}

/** @param {import("./device.js").Device} device */
function reasonToStay(device) {
  const { unsent, refused } = device.status();
  if (document.body.dataset.kiosk) return say("another_code_kiosk");
  return unsent + refused > 0 ? say("another_code_unsent", { count: unsent + refused }) : "";
}

/** @param {string} id @param {string} text */
function tell(id, text) {
  const line = part(id);
  if (line.textContent !== text) line.textContent = text;
  line.hidden = text === "";
}
