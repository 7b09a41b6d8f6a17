// Verifying Ed25519 signatures (RFC 8032): by the browser's own WebCrypto where that does it
// right, else by a small verifier in plain JavaScript. A self-test with a good and a tampered
// signature chooses; some browsers name the algorithm and do not have it.

import { fromHex } from "./tokens.js";

/**
 * @callback Check
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {Uint8Array<ArrayBuffer>} message
 * @param {Uint8Array<ArrayBuffer>} publicKey
 * @returns {Promise<boolean>}
 */

/** @typedef {{name: "webcrypto" | "javascript", check: Check}} Verifier */

/** RFC 8032 §7.1, test 2. */
const TRIAL = {
  publicKey: fromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
  message: fromHex("72"),
  signature: fromHex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ),
};

/** @type {Map<string, Promise<CryptoKey>>} */
const keys = new Map();

/** @type {Check} */
async function byWebCrypto(signature, message, publicKey) {
  const name = String(publicKey);
  let key = keys.get(name);
  if (!key) {
    key = crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
    keys.set(name, key);
  }
  return crypto.subtle.verify({ name: "Ed25519" }, await key, signature, message);
}

/**
 * @param {any} noble  the module of @noble/ed25519
 * @returns {Check}
 */
export function withNoble(noble) {
  return async (signature, message, publicKey) => {
    try {
      // zip215 would take encodings that RFC 8032 and the server refuse.
      return await noble.verifyAsync(signature, message, publicKey, { zip215: false });
    } catch {
      return false; // it throws on what is no signature at all
    }
  };
}

/** @returns {Verifier} */
export function ownVerifier() {
  return { name: "webcrypto", check: byWebCrypto };
}

/**
 * Tries a verifier with a good signature, and with ones that were tampered with.
 *
 * @param {Check} [check]
 * @returns {Promise<{good: boolean, tampered: boolean}>} whether it judges each right
 */
export async function trial(check) {
  const { signature, message, publicKey } = TRIAL;
  const bent = signature.slice();
  bent[40] ^= 1;
  try {
    const good = (await check?.(signature, message, publicKey)) === true;
    const first = (await check?.(bent, message, publicKey)) === false;
    const second = (await check?.(signature, fromHex("73"), publicKey)) === false;
    return { good, tampered: first && second };
  } catch {
    return { good: false, tampered: false };
  }
}

/**
 * Returns whether a verifier says yes to a good signature, and no to ones that were tampered with.
 *
 * @param {Check} check
 * @returns {Promise<boolean>}
 */
export async function passes(check) {
  const { good, tampered } = await trial(check);
  return good && tampered;
}

/**
 * Returns the first verifier that passes the self-test.
 *
 * @param {(() => Promise<any>) | null} loadNoble  null where it is not installed
 * @returns {Promise<Verifier | null>} null: signatures can only be checked by the server
 */
export async function chooseVerifier(loadNoble) {
  if (await passes(byWebCrypto)) return ownVerifier();
  if (!loadNoble) return null;
  try {
    const check = withNoble(await loadNoble());
    return (await passes(check)) ? { name: "javascript", check } : null;
  } catch {
    return null;
  }
}
