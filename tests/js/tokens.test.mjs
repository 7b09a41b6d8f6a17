// Reading and verifying badges: as strictly as the server, whichever verifier the browser has.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EVENT_ID, Server, base45, load } from "./stage.mjs";

const { decode, signedBytes } = await load("tokens.js");
const { chooseVerifier, ownVerifier, passes, withNoble } = await load("verify.js");
const { fold } = await load("folding.js");
const noble = await import("@noble/ed25519");

const BADGE = "00112233445566ff";
const server = await Server.make();
const token = await server.token(BADGE, { generation: 3 });
const vectors = process.env.EINLASS_VECTORS
  ? JSON.parse(readFileSync(process.env.EINLASS_VECTORS, "utf8"))
  : null;

test("a token says what the server has signed", () => {
  const { slot, tag, badge, generation, badgeClass } = decode(token);
  assert.deepEqual([slot, tag, badge, generation, badgeClass], [0, 7, BADGE, 3, 1]);
});

test("a text that is not exactly a token is none", () => {
  const digits = token.slice(3);
  for (const other of [
    "", "E1:", token.slice(0, -1), `${token}0`, ` ${token}`, token.toLowerCase(), `E2:${digits}`,
    `E1:${digits.slice(0, -1)}ß`, `E1:${digits.slice(0, -2)}::`, `E1::::${digits.slice(3)}`,
  ]) {
    assert.equal(decode(other), null, other);
  }
});

test("a token of another version is none", async () => {
  assert.equal(decode(await server.token(BADGE, { version: 2 })), null);
});

test("both verifiers say the same of good and of tampered tokens", async () => {
  const checks = [ownVerifier().check, withNoble(noble)];
  const cases = [];
  for (let at = 3; at < token.length; at += 1) {
    const bent = `${token.slice(0, at)}${token[at] === "0" ? "1" : "0"}${token.slice(at + 1)}`;
    const signed = decode(bent);
    if (signed) cases.push([signed, EVENT_ID, false]);
  }
  assert.ok(cases.length > 50);
  cases.push([decode(token), EVENT_ID, true], [decode(token), EVENT_ID.replace("0", "1"), false]);
  for (const [signed, eventId, expected] of cases) {
    for (const check of checks) {
      const holds = await check(signed.signature, signedBytes(signed, eventId), server.publicKey);
      assert.equal(holds, expected);
    }
  }
});

test("a verifier that says yes to everything is not chosen, nor one that says no", async () => {
  assert.equal(await passes(async () => true), false);
  assert.equal(await passes(async () => false), false);
  assert.equal(await passes(async () => { throw new Error("not supported"); }), false);
  assert.equal(await passes(ownVerifier().check), true);
  assert.equal(await passes(withNoble(noble)), true);
});

test("the small verifier is chosen where the browser's own is missing or wrong", async () => {
  const { verify } = crypto.subtle;
  try {
    crypto.subtle.verify = async () => true;
    assert.equal((await chooseVerifier(async () => noble)).name, "javascript");
    assert.equal(await chooseVerifier(null), null);
    assert.equal(await chooseVerifier(async () => { throw new Error("not installed"); }), null);
  } finally {
    crypto.subtle.verify = verify;
  }
  assert.equal((await chooseVerifier(null)).name, "webcrypto");
});

test("the server's own tokens are read as the server reads them", { skip: !vectors }, async () => {
  const key = Uint8Array.from(Buffer.from(vectors.publicKey, "base64"));
  for (const { text, badge, generation, genuine } of vectors.tokens) {
    const signed = decode(text);
    assert.deepEqual([signed?.badge ?? null, signed?.generation ?? null], [badge, generation], text);
    if (!signed) continue;
    for (const check of [ownVerifier().check, withNoble(noble)]) {
      const holds = await check(signed.signature, signedBytes(signed, vectors.eventId), key);
      assert.equal(holds, genuine, text);
    }
  }
});

test("names are folded as the server folds them", { skip: !vectors }, () => {
  for (const [text, folded] of vectors.folded) assert.equal(fold(text), folded, text);
});

test("base45 of RFC 9285", () => {
  assert.equal(base45(new TextEncoder().encode("ietf!")), "QED8WEX0");
});
