// The self-test: whether this device can do without a network what the day depends on.

import { Seal } from "./crypto.js";
import { trial } from "./verify.js";

/** @typedef {{name: "signature" | "tampered" | "store" | "seal" | "manifest" | "worker", ok: boolean, detail?: string}} Result */

/**
 * @param {object} parts
 * @param {import("./store.js").Store} parts.store
 * @param {Seal} parts.seal
 * @param {import("./verify.js").Verifier | null} parts.verifier
 * @param {import("./manifest.js").Manifest} parts.manifest
 * @returns {Promise<Result[]>}
 */
export async function testDevice({ store, seal, verifier, manifest }) {
  const { good, tampered } = await trial(verifier?.check);
  return [
    { name: "signature", ok: good, detail: verifier?.name ?? "" },
    { name: "tampered", ok: tampered },
    { name: "store", ok: await holds(() => canWrite(store)) },
    { name: "seal", ok: await holds(() => canSeal(seal)) },
    { name: "manifest", ok: manifest.isLoaded },
    { name: "worker", ok: await holds(hasWorker) },
  ];
}

/** @param {() => Promise<boolean>} test */
function holds(test) {
  return test().catch(() => false);
}

/** @param {import("./store.js").Store} store */
async function canWrite(store) {
  const mark = Math.random();
  await store.set("self-test", mark);
  const found = await store.get("self-test");
  await store.set("self-test", undefined);
  return found === mark;
}

/** @param {Seal} seal */
async function canSeal(seal) {
  const sealed = await seal.close({ test: "ä" }, "self-test");
  const opened = await seal.open(sealed, "self-test");
  const elsewhere = await seal.open(sealed, "another place").catch(() => null);
  return opened.test === "ä" && elsewhere === null && !seal.key.extractable;
}

/** Whether the page would start without the server. */
async function hasWorker() {
  const registration = await navigator.serviceWorker?.getRegistration("/gate/");
  return Boolean(registration?.active);
}
