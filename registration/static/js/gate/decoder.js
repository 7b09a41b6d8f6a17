// Reading codes in pictures: the browser's own detector where it knows QR, else zxing-wasm.

import { settings } from "./settings.js";

/**
 * @callback Decode
 * @param {HTMLVideoElement} video
 * @returns {Promise<string | undefined>} the text of the largest code in the present picture: that
 *   of the badge held up, not of one in the crowd behind
 */

const LONGEST_SIDE = 720;

/** @returns {Promise<Decode | undefined>} undefined where neither is to be had */
export async function findDecoder() {
  return (await findOwn()) ?? (await loadZxing());
}

/** @returns {Promise<Decode | undefined>} */
async function findOwn() {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  try {
    if (!(await Detector?.getSupportedFormats())?.includes("qr_code")) return undefined;
    const detector = new Detector({ formats: ["qr_code"] });
    return async (video) => {
      const codes = await detector.detect(video);
      return largest(codes, (code) => code.boundingBox.width * code.boundingBox.height)?.rawValue;
    };
  } catch {
    return undefined; // some browsers name it and cannot do it
  }
}

/** @returns {Promise<Decode | undefined>} */
async function loadZxing() {
  if (!settings.reader) return undefined;
  const address = new URL(settings.reader, location.href);
  try {
    const zxing = await import(address.href);
    await zxing.prepareZXingModule({
      // Its default would be a foreign server.
      overrides: { locateFile: (/** @type {string} */ name) => new URL(name, address).href },
      fireImmediately: true,
    });
    return withZxing(zxing);
  } catch (error) {
    console.warn("zxing-wasm cannot be loaded", error);
    return undefined;
  }
}

/**
 * @param {any} zxing
 * @returns {Decode}
 */
function withZxing(zxing) {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const options = { formats: ["QRCode"], tryInvert: false, maxNumberOfSymbols: 4 };
  return async (video) => {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!pen || canvas.width === 0) return undefined;
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    const codes = await zxing.readBarcodes(picture, options);
    const readable = codes.filter((/** @type {any} */ code) => code.isValid);
    return largest(readable, ({ position }) => {
      const { topLeft, bottomRight } = position;
      return Math.hypot(bottomRight.x - topLeft.x, bottomRight.y - topLeft.y);
    })?.text;
  };
}

/**
 * @param {any[]} codes
 * @param {(code: any) => number} size
 */
function largest(codes, size) {
  return codes.reduce((best, code) => (best && size(best) >= size(code) ? best : code), undefined);
}
