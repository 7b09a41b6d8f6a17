// Badge tokens: the twin of services/badges/tokens.py, for decoding only, and as strict.
//
// A token is "E1:" and the base45 (RFC 9285) of 13 bytes of payload and 64 of signature. To each
// badge there is one text: exact length, canonical base45, known version.

export const PREFIX = "E1:";
const VERSION = 1;
const DOMAIN = new TextEncoder().encode("einlass/badge/v1\0");
const PAYLOAD_BYTES = 13;
const BYTES = PAYLOAD_BYTES + 64;
export const LENGTH = PREFIX.length + ((BYTES >> 1) * 3 + (BYTES % 2) * 2);

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, value]));
const BASE = ALPHABET.length;

/**
 * @typedef {object} Signed  what a token says; whether its signature holds is for others to say
 * @property {number} slot
 * @property {number} tag  of the event
 * @property {string} badge  16 small hexadecimal digits
 * @property {number} generation
 * @property {number} badgeClass
 * @property {Uint8Array<ArrayBuffer>} raw
 * @property {Uint8Array<ArrayBuffer>} signature
 */

/**
 * @param {string} text
 * @returns {Signed | null} null if it is not exactly such a text as a badge carries
 */
export function decode(text) {
  if (text.length !== LENGTH || !text.startsWith(PREFIX)) return null;
  const bytes = fromBase45(text.slice(PREFIX.length));
  if (bytes === null || bytes[0] >> 4 !== VERSION) return null;
  return {
    slot: bytes[0] & 0xf,
    tag: (bytes[1] << 8) | bytes[2],
    badge: toHex(bytes.subarray(3, 11)),
    generation: bytes[11],
    badgeClass: bytes[12],
    raw: bytes.slice(0, PAYLOAD_BYTES),
    signature: bytes.slice(PAYLOAD_BYTES),
  };
}

/**
 * Returns what was signed: a word for what it is for, the event's whole id, and the payload.
 *
 * @param {Signed} signed
 * @param {string} eventId  32 hexadecimal digits
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function signedBytes(signed, eventId) {
  const whole = new Uint8Array(DOMAIN.length + 16 + signed.raw.length);
  whole.set(DOMAIN);
  whole.set(fromHex(eventId.replaceAll("-", "")), DOMAIN.length);
  whole.set(signed.raw, DOMAIN.length + 16);
  return whole;
}

/**
 * Reads base45, and only the one text that stands for its bytes: a value too large for them, or a
 * letter outside the alphabet, is refused.
 *
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | null}
 */
export function fromBase45(text) {
  if (text.length % 3 === 1) return null;
  const bytes = [];
  for (let at = 0; at < text.length; at += 3) {
    const [low, high, top] = [0, 1, 2].map((offset) => VALUES.get(text[at + offset]));
    if (low === undefined || high === undefined) return null;
    if (at + 2 < text.length) {
      if (top === undefined) return null;
      const value = low + high * BASE + top * BASE * BASE;
      if (value > 0xffff) return null;
      bytes.push(value >> 8, value & 0xff);
    } else {
      const value = low + high * BASE;
      if (value > 0xff) return null;
      bytes.push(value);
    }
  }
  return Uint8Array.from(bytes);
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} digits */
export function fromHex(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
