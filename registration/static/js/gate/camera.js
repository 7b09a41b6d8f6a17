// The camera: shows its picture and calls back once for each code that comes into view.

import { findDecoder } from "./decoder.js";

/** For so long a code that was in view counts as the same showing. */
const SAME_SHOWING = 3000;
const BETWEEN_PICTURES = 80;

/** Which camera and whether with light: chosen once for each device. */
const CHOSEN = "einlass-camera-id";
const LIGHT = "einlass-light";

/** @typedef {"no-camera" | "no-decoder" | "denied"} Trouble */

export class Camera {
  /**
   * @param {HTMLVideoElement} video
   * @param {{onText: (text: string) => void, onEnd: () => void}} callbacks
   */
  constructor(video, { onText, onEnd }) {
    this.video = video;
    this.onText = onText;
    this.onEnd = onEnd;
    /** @type {Map<string, number>} when each text was last in view */
    this.seen = new Map();
    /** @type {MediaStream | undefined} */
    this.stream = undefined;
    /** @type {import("./decoder.js").Decode | undefined} */
    this.decode = undefined;
    /** Nothing is read while a panel covers the picture: nobody sees what would be scanned. */
    this.isBlind = false;
  }

  get isOn() {
    return this.stream !== undefined;
  }

  /**
   * Turns the camera on.
   *
   * @returns {Promise<Trouble | undefined>} why it cannot be
   */
  async start() {
    if (this.isOn) return undefined;
    this.decode ??= await findDecoder();
    if (!this.decode) return "no-decoder";
    if (!navigator.mediaDevices?.getUserMedia) return "no-camera";
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted() });
    } catch (error) {
      return /** @type {DOMException} */ (error).name === "NotAllowedError" ? "denied" : "no-camera";
    }
    this.stream.getVideoTracks()[0].addEventListener("ended", () => this.stop());
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => undefined); // the picture comes with the first touch then
    if (this.hasLight && localStorage.getItem(LIGHT) === "on") await this.setLight(true);
    void this.watch(this.stream);
    return undefined;
  }

  /** @returns {Promise<{id: string, name: string, isOn: boolean}[]>} named once one was allowed */
  async list() {
    const on = this.stream?.getVideoTracks()[0].getSettings().deviceId;
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return devices
      .filter((device) => device.kind === "videoinput" && device.deviceId)
      .map(({ deviceId: id, label: name }) => ({ id, name, isOn: id === on }));
  }

  /**
   * Takes another camera, now and from now on.
   *
   * @param {string} id
   * @returns {Promise<Trouble | undefined>}
   */
  choose(id) {
    localStorage.setItem(CHOSEN, id);
    this.end();
    return this.start();
  }

  stop() {
    if (!this.stream) return;
    this.end();
    this.onEnd();
  }

  end() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.video.srcObject = null;
  }

  /** Lets codes that are in view count anew: after the way has been switched. */
  forget() {
    this.seen.clear();
  }

  /** @param {MediaStream} stream */
  async watch(stream) {
    while (this.stream === stream) {
      const isLooking = !document.hidden && !this.isBlind;
      if (isLooking && this.video.readyState >= this.video.HAVE_CURRENT_DATA) {
        // An unreadable picture must not end the scanning.
        const text = await this.decode?.(this.video).catch(() => undefined);
        if (text) this.notice(text);
      }
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_PICTURES));
    }
  }

  /** @param {string} text */
  notice(text) {
    const now = performance.now();
    const before = this.seen.get(text) ?? -Infinity;
    this.seen.set(text, now);
    if (now - before < SAME_SHOWING) return;
    for (const [other, at] of this.seen) if (now - at > SAME_SHOWING) this.seen.delete(other);
    this.onText(text);
  }

  /** @returns {boolean} whether there is a light to switch */
  get hasLight() {
    const track = this.stream?.getVideoTracks()[0];
    return Boolean(/** @type {any} */ (track?.getCapabilities?.())?.torch);
  }

  get isLit() {
    const track = this.stream?.getVideoTracks()[0];
    return Boolean(/** @type {any} */ (track?.getSettings())?.torch);
  }

  /** @param {boolean} on */
  async setLight(on) {
    localStorage.setItem(LIGHT, on ? "on" : "off");
    const track = this.stream?.getVideoTracks()[0];
    await track?.applyConstraints(/** @type {any} */ ({ advanced: [{ torch: on }] }));
  }
}

/** @returns {MediaTrackConstraints} */
function wanted() {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  const id = localStorage.getItem(CHOSEN);
  // Ideal only: a camera that was unplugged must not keep the others from being used.
  return id ? { deviceId: { ideal: id }, ...size } : { facingMode: { ideal: "environment" }, ...size };
}
