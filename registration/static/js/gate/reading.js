// Reading: what a scanned or typed text names, as far as this device can tell by itself.

import { PREFIX, decode, signedBytes } from "./tokens.js";

/**
 * @typedef {object} Reading
 * @property {string | null} badge  the id of the badge that it names
 * @property {string | null} verdict  where that is settled: forged, revoked, unknown, other_event
 * @property {"unlisted" | "unchecked" | null} doubt  what only the server can settle: a badge
 *   that is not on this device's list; anything, where it has no list or cannot verify
 */

/** @typedef {import("./manifest.js").Manifest} Manifest */
/** @typedef {import("./verify.js").Verifier} Verifier */

const WALK_IN = "W1:";
/** As services/registrations draws short codes: no 0, 1, I, L, O or U. */
const SHORT_CODE = /^[2-9A-HJKMNP-TV-Z]{8}$/;

/** @type {Reading} */
const NOTHING = { badge: null, verdict: null, doubt: null };

/**
 * @param {string} text
 * @param {{manifest: Manifest, verifier: Verifier | null}} by
 * @returns {Promise<Reading>}
 */
export async function read(text, { manifest, verifier }) {
  if (text.startsWith(WALK_IN)) return { ...NOTHING, badge: text };
  if (text.startsWith(PREFIX)) return readToken(text, manifest, verifier);
  const code = text.replace(/[\s-]/g, "").toUpperCase();
  if (!SHORT_CODE.test(code)) return { ...NOTHING, verdict: "unknown" };
  if (!manifest.isLoaded) return { ...NOTHING, doubt: "unchecked" };
  const badge = manifest.codes.get(code) ?? null;
  if (badge === null) return { ...NOTHING, doubt: "unlisted" };
  return { ...NOTHING, badge, verdict: manifest.isExpected(badge) ? null : "revoked" };
}

/**
 * @param {string} text
 * @param {Manifest} manifest
 * @param {Verifier | null} verifier
 * @returns {Promise<Reading>}
 */
async function readToken(text, manifest, verifier) {
  const signed = decode(text);
  if (!signed) return { ...NOTHING, verdict: "forged" };
  if (!manifest.head) return { ...NOTHING, doubt: "unchecked" };
  const { event } = manifest.head;
  // Whether it is genuine there, only the server knows.
  if (signed.tag !== event.tag) return { ...NOTHING, verdict: "other_event" };
  const key = manifest.keys.get(signed.slot);
  if (!key || !verifier) return { ...NOTHING, doubt: "unchecked" };
  const holds = await verifier.check(signed.signature, signedBytes(signed, event.id), key);
  if (!holds) return { ...NOTHING, verdict: "forged" };
  const { badge } = signed;
  if (signed.generation < manifest.leastOf(badge)) return { ...NOTHING, badge, verdict: "revoked" };
  return { ...NOTHING, badge, doubt: manifest.badges.has(badge) ? null : "unlisted" };
}
