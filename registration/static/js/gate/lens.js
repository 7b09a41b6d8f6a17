// The camera's buttons: on, off, light, which one; what was chosen is remembered.

import { Camera } from "./camera.js";
import { part, say } from "./settings.js";

const CAMERA = "einlass-camera";

/**
 * @param {(text: string) => void} onText
 * @returns {Camera}
 */
export function setUpCamera(onText) {
  const camera = new Camera(part("video"), { onText, onEnd: () => draw(camera) });
  async function turnOn(/** @type {string | undefined} */ id) {
    part("viewfinder").dataset.camera = "starting";
    const trouble = await (id ? camera.choose(id) : camera.start());
    localStorage.setItem(CAMERA, trouble ? "off" : "on");
    part("camera-note").textContent = trouble ? say(`camera_${trouble}`) : "";
    await draw(camera);
  }
  part("camera-button").addEventListener("click", () => turnOn(undefined));
  part("camera-off").addEventListener("click", () => {
    localStorage.setItem(CAMERA, "off");
    camera.stop();
  });
  part("camera-next").addEventListener("click", async () => {
    const all = await camera.list();
    const next = all[(all.findIndex(({ isOn }) => isOn) + 1) % all.length];
    if (next) await turnOn(next.id);
  });
  part("camera-choice").addEventListener("change", () => turnOn(part("camera-choice").value));
  part("light").addEventListener("click", async () => {
    await camera.setLight(!camera.isLit).catch(() => undefined); // some cameras name a light and have none
    await draw(camera);
  });
  if (localStorage.getItem(CAMERA) === "on") void turnOn(undefined);
  return camera;
}

/** @param {Camera} camera */
async function draw(camera) {
  part("viewfinder").dataset.camera = camera.isOn ? "on" : "off";
  part("light").hidden = !camera.hasLight;
  part("light").setAttribute("aria-pressed", String(camera.isLit));
  const all = camera.isOn ? await camera.list() : [];
  part("camera-next").hidden = all.length < 2;
  part("camera-choice-field").hidden = all.length < 2;
  part("camera-choice").replaceChildren(
    ...all.map(({ id, name, isOn }, index) => {
      return new Option(name || say("camera_number", { number: index + 1 }), id, isOn, isOn);
    }),
  );
}
