// What the scanner's modules find in a browser, for Node: a page, a database, and a server.

import { webcrypto } from "node:crypto";
import "fake-indexeddb/auto";

globalThis.crypto ??= webcrypto; // Node 18 has it under another name
globalThis.document = Object.assign(new EventTarget(), {
  documentElement: { lang: "en" },
  hidden: false,
  getElementById: () => ({ textContent: JSON.stringify({ language: "en", texts: {} }) }),
});
if (!globalThis.navigator) globalThis.navigator = {};

export const MODULES = new URL("../../registration/static/js/gate/", import.meta.url);

/** @param {string} name  of one of the scanner's modules */
export function load(name) {
  return import(new URL(name, MODULES).href);
}

export const EVENT_ID = "0123456789abcdef0123456789abcdef";
const DOMAIN = new TextEncoder().encode("einlass/badge/v1\0");
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** @param {Uint8Array} bytes */
export function base45(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const isPair = at + 1 < bytes.length;
    let value = isPair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let digit = 0; digit < (isPair ? 3 : 2); digit += 1) {
      text += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}

/** A server as the protocol has it: stores each scan once, acknowledges what is contiguous. */
export class Server {
  static async make() {
    const server = new Server();
    server.pair = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
    server.publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", server.pair.publicKey));
    return server;
  }

  constructor() {
    this.scans = new Map();
    this.seqs = new Set();
    this.badges = new Map();
    this.exceptions = {};
    this.requests = [];
    this.version = 1;
    this.evacuationAt = null;
    this.endsAt = "2030-01-01T18:00:00Z";
    /** @type {(path: string, body: any) => Response | Promise<Response> | void} */
    this.trouble = () => {};
    /** @type {(scan: any) => object} */
    this.judge = () => ({ state: "stored", verdict: "admitted" });
  }

  /** @param {string} id @param {string} name @param {string} code */
  addBadge(id, name, code) {
    this.badges.set(id, [id, name, 0, [0], code, null, ""]);
  }

  /** Returns the text of a badge as the server signs it. */
  async token(id, { generation = 0, tag = 7, version = 1, eventId = EVENT_ID } = {}) {
    const raw = Uint8Array.from([
      (version << 4) | 0, tag >> 8, tag & 255,
      ...id.match(/../g).map((pair) => Number.parseInt(pair, 16)), generation, 1,
    ]);
    const event = eventId.match(/../g).map((pair) => Number.parseInt(pair, 16));
    const message = Uint8Array.from([...DOMAIN, ...event, ...raw]);
    const signature = new Uint8Array(
      await crypto.subtle.sign({ name: "Ed25519" }, this.pair.privateKey, message),
    );
    return `E1:${base45(Uint8Array.from([...raw, ...signature]))}`;
  }

  /** Takes the place of the browser's fetch. */
  fetch = async (address, { body, signal } = {}) => {
    const path = address.replace("/api/v1/", "");
    const read = body && JSON.parse(body);
    this.requests.push({ path, body: read });
    const trouble = await this.trouble(path, read, signal);
    if (trouble) return trouble;
    if (path === "devices") return json(this.enrolment(), 201);
    if (path === "devices/wiped") return new Response(null, { status: 204 });
    if (path.endsWith("/scans")) return json(this.store(read.scans));
    if (path.includes("/manifest")) return json(this.manifest(Number(path.split("since=")[1])), 200, this.standing);
    if (path.endsWith("/presence")) return json({ expected: 0, arrived: 0, inside: 0, missing: 0 });
    return json({ code: "not_found" }, 404);
  };

  enrolment() {
    return {
      id: "d1", token: "secret", event: "fair", event_title: "Fair", ends_at: this.endsAt,
      timezone: "Europe/Berlin", gate: "main", gates: { main: "Main" }, name: "Phone",
      is_supervisor: true,
    };
  }

  store(scans) {
    const answers = scans.map((scan) => {
      this.seqs.add(scan.seq);
      const state = this.scans.has(scan.id) ? "already" : "stored";
      const answer = { id: scan.id, first_at: null, first_gate: null, name: null, alliance: null,
        role: null, ...this.judge(scan), ...(state === "already" && { state }) };
      if (answer.state !== "refused") this.scans.set(scan.id, scan);
      return answer;
    });
    return { scans: answers, acknowledged: this.acknowledged, now: new Date().toISOString() };
  }

  get acknowledged() {
    let last = 0;
    while (this.seqs.has(last + 1)) last += 1;
    return last;
  }

  manifest(since) {
    this.since = since;
    return {
      version: Math.max(Date.now() + 50, this.version),
      event: { id: EVENT_ID, tag: 7, slug: "fair", title: { en: "Fair" }, ends_at: this.endsAt,
        timezone: "Europe/Berlin", evacuation_at: this.evacuationAt },
      keys: { 0: Buffer.from(this.publicKey).toString("base64") },
      gates: { main: { name: "Main", zone: "" } },
      alliances: this.alliances ?? [["MR4B", "MR4B", "#112233"]],
      roles: [["guest", { de: "Gast", en: "Guest" }, "#445566", 1, "free"]],
      themes: [],
      rules: { day_ends: [] },
      devices: this.devices,
      badges: [...this.badges.values()],
      exceptions: this.exceptions,
      scans: this.rows ?? [],
    };
  }
}

/** @param {unknown} value @param {number} [status] @param {Record<string, string>} [headers] */
export function json(value, status = 200, headers = {}) {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

/** Waits until something holds. @param {() => unknown} claim */
export async function until(claim, { within = 20000 } = {}) {
  const end = Date.now() + within;
  while (!(await claim())) {
    if (Date.now() > end) throw new Error(`never: ${claim}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
