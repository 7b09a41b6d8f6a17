// The rest of the menu: the log as a file, and signing off.

import { part, say } from "./settings.js";

/** @param {import("./device.js").Device} device */
export function setUpMenu(device) {
  part("export-button").addEventListener("click", () => saveLog(device));
  part("sign-off-button").addEventListener("click", () => askToSignOff(device));
}

/** @param {import("./device.js").Device} device */
async function saveLog(device) {
  const { unsent, refused } = device.status();
  if (unsent + refused === 0) {
    part("export-note").textContent = say("export_none");
    return;
  }
  const file = await device.exportLog();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  part("export-note").textContent = say("export_done", { count: unsent + refused, file: file.name });
}

/**
 * Asks whether the enrolment shall go, and forgets all.
 *
 * @param {import("./device.js").Device} device
 */
function askToSignOff(device) {
  const dialog = part("sign-off");
  const { unsent, refused } = device.status();
  part("sign-off-unsent").hidden = unsent + refused === 0;
  part("sign-off-unsent-text").textContent = say("sign_off_unsent", { count: unsent + refused });
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener(
    "close",
    async () => {
      if (dialog.returnValue !== "yes") return;
      await device.signOff();
      location.reload();
    },
    { once: true },
  );
}
