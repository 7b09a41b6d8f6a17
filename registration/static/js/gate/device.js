// The device: everything the scanner's screen needs, with or without a network.
//
// A scan is always decided here first, written down so that it cannot be lost, and only then told;
// the server hears of it behind that.

import { Api, enrol, sayWiped } from "./api.js";
import { keepApp } from "./app.js";
import { Clock } from "./clock.js";
import { Seal } from "./crypto.js";
import { makeFile } from "./files.js";
import { Keeper } from "./keeper.js";
import { Log } from "./log.js";
import { Manifest } from "./manifest.js";
import { Passages } from "./passages.js";
import { People } from "./people.js";
import { read } from "./reading.js";
import { Recent } from "./outcome.js";
import { testDevice } from "./self-test.js";
import { settings } from "./settings.js";
import { Shelf } from "./shelf.js";
import { MANIFEST, Store } from "./store.js";
import { Sync } from "./sync.js";
import { uuid7 } from "./uuid7.js";
import { chooseVerifier } from "./verify.js";

const PATIENCE = 1500;
const MOST_TEXT = 1000;
const STAYS_AFTER = 12 * 3_600_000;
const FRESH = 15_000;
const NOBLE = new URL("../../vendor/noble-ed25519/index.js", import.meta.url).href;

/** @typedef {import("./people.js").Person} Person */
/** @typedef {import("./outcome.js").Outcome} Outcome */
/** @typedef {import("./log.js").Kept} Kept */
/** @typedef {import("./log.js").Kind} Kind */
/** @typedef {import("./store.js").Enrolment} Enrolment */

/**
 * @typedef {object} Status
 * @property {number} badges  in the list of who may come in
 * @property {number | null} manifestAt  when the server was last asked for it, in milliseconds
 * @property {number} unsent
 * @property {number} refused  scans that the server does not take
 * @property {boolean} online
 * @property {"webcrypto" | "javascript" | null} verifier
 * @property {import("./self-test.js").Result[] | null} selfTest
 * @property {boolean | null} persisted
 * @property {import("./clock.js").Measured | null} clock
 * @property {boolean} revoked  whether the server turns the device away
 * @property {string} advice  what it says then
 * @property {number | null} evacuationAt
 */

/**
 * Opens this device, as it was left.
 *
 * @returns {Promise<Device>} rejected where the browser keeps nothing or cannot encrypt
 */
export async function openDevice() {
  await keepApp();
  const store = await Store.open();
  const seal = new Seal((await store.get("key")) ?? (await newKey(store)));
  const verifier = await chooseVerifier(() => import(NOBLE));
  const device = new Device({ store, seal, verifier });
  await device.load();
  return device;
}

/** @param {Store} store */
async function newKey(store) {
  const key = await Seal.makeKey();
  await store.set("key", key);
  return key;
}

/** Events: `change` whenever anything shown may differ; `notice` (detail: Outcome) when the server
 * has decided worse than was told; `wiped` (detail: why). */
export class Device extends EventTarget {
  /** @param {{store: Store, seal: Seal, verifier: import("./verify.js").Verifier | null}} parts */
  constructor({ store, seal, verifier }) {
    super();
    this.store = store;
    this.verifier = verifier;
    this.language = settings.language;
    this.log = new Log(store, seal);
    this.clock = new Clock();
    this.manifest = new Manifest();
    this.passages = new Passages((id) => this.manifest.rulesOf(id));
    const now = () => this.clock.now();
    this.people = new People({
      manifest: this.manifest,
      passages: this.passages,
      now,
      language: this.language,
    });
    const shelf = new Shelf(store, seal);
    this.keeper = new Keeper({ manifest: this.manifest, passages: this.passages, shelf, now });
    this.latest = new Recent({ passages: this.passages, people: this.people });
    /** @type {Enrolment | null} */
    this.enrolment = null;
    /** @type {Sync | null} */
    this.syncing = null;
    this.amounts = { unsent: 0, kept: 0, refused: 0 };
    /** @type {boolean | null} */
    this.persisted = null;
    /** @type {import("./self-test.js").Result[] | null} */
    this.tested = null;
    this.scannedAt = 0;
  }

  /** Reads what was kept, and goes on. */
  async load() {
    this.enrolment = (await this.store.get("enrolment")) ?? null;
    this.clock = new Clock({ known: await this.store.get("clock") });
    this.persisted = (await navigator.storage?.persisted?.().catch(() => null)) ?? null;
    if (!this.enrolment) return;
    await this.keeper.load();
    await this.log.retry();
    const kept = await this.log.all();
    for (const scan of kept) await this.#remember(scan);
    await this.recount();
    this.start();
  }

  /** @param {Kept} scan  from before a restart */
  async #remember(scan) {
    const at = Date.parse(scan.wall_at) + (scan.offset_ms ?? 0);
    // Version 1 had not noted whose badge it was.
    const badge = scan.badge_id === undefined ? (await this.#read(scan.badge)).badge : scan.badge_id;
    if (scan.sealed) this.#admit((await this.log.toSend(scan)).person, scan.id);
    if (!this.passages.find(scan.id)) this.passages.add(badge, passOf(scan, at));
    this.latest.put({ scan, at, badge, verdict: scan.told ?? null, doubt: null });
  }

  /** @param {string} text */
  #read(text) {
    return read(text, { manifest: this.manifest, verifier: this.verifier });
  }

  /**
   * Enrols this device.
   *
   * @param {string} code  one-time, as it was typed
   * @throws {import("./api.js").Refused | import("./api.js").Unreachable}
   */
  async enrol(code) {
    const enrolment = await enrol(code);
    await this.log.begin(enrolment);
    await this.store.clear([MANIFEST]);
    await this.store.set("manifest", undefined);
    this.forget();
    this.enrolment = enrolment;
    // Else a browser that runs out of space may throw unsent scans away.
    this.persisted = (await navigator.storage?.persist?.().catch(() => false)) ?? null;
    await this.recount();
    this.start();
  }

  start() {
    if (!this.enrolment) return;
    if (this.enrolment.shut) return void this.#tellWiped();
    const api = new Api(this.enrolment);
    const refresh = (/** @type {any} */ fetch) => this.keeper.refresh(fetch);
    this.syncing = new Sync({ api, log: this.log, clock: this.clock, refresh });
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ listener) =>
      this.syncing?.addEventListener(type, (event) => listener(/** @type {any} */ (event).detail));
    on("answer", ({ scan, answer }) => this.#answered(scan, answer));
    on("manifest", () => void this.#refreshed());
    on("shut", (refused) => void this.shut(refused));
    on("change", () => void this.recount());
    for (const type of ["counts", "online"]) on(type, () => this.change());
    this.syncing.start();
  }

  /** Asks the server now for all that is due. */
  sync() {
    this.syncing?.wake();
  }

  /**
   * Decides a scan, writes it down, and says what came out.
   *
   * @param {string} text  as it was scanned or typed: a badge's code, or a short code
   * @param {"entry" | "exit"} kind
   * @returns {Promise<Outcome>} once it is on disk; for a badge that is not listed, once the server
   *   has answered, or after a second and a half
   * @throws if it could not be kept
   */
  async scan(text, kind) {
    const badge = text.trim().slice(0, MOST_TEXT);
    const reading = await this.#read(badge);
    const entry = await this.#keep({ text: badge, kind, reading });
    const isInDoubt = reading.doubt !== null && !entry.scan.told;
    if (isInDoubt && this.syncing?.online) await this.syncing.confirm(entry.scan, PATIENCE);
    else this.syncing?.up.wake();
    return this.latest.outcomeOf(entry);
  }

  /**
   * Takes a scan back.
   *
   * @param {string} id  of the scan
   * @returns {Promise<Outcome>} of the undo
   */
  async undo(id) {
    const entry = this.latest.find(id);
    const badge = this.passages.badgeOf.get(id) ?? entry?.badge ?? null;
    const text = entry?.scan.badge ?? this.people.find(badge)?.code ?? `W1:${id}`;
    return this.#note({ text, kind: "undo", badge, target: id });
  }

  /**
   * Lets somebody in who has no registration.
   *
   * @param {import("./log.js").Person} person
   * @returns {Promise<Outcome>}
   */
  async walkIn(person) {
    const id = uuid7();
    const badge = this.#admit(person, id);
    return this.#note({ id, text: badge, kind: "walk_in", badge, person });
  }

  /**
   * Notes that somebody was seen safe outside.
   *
   * @param {string} id  of their badge
   * @returns {Promise<Outcome>}
   */
  markSafe(id) {
    const text = this.people.find(id)?.code || (id.startsWith("W1:") ? id : `B1:${id}`);
    return this.#note({ text, kind: "safe", badge: id });
  }

  /** @param {{id?: string, text: string, kind: Kind, badge: string | null, target?: string, person?: import("./log.js").Person}} what */
  async #note({ badge, ...what }) {
    const entry = await this.#keep({ ...what, reading: { badge, verdict: null, doubt: null } });
    this.syncing?.up.wake();
    return this.latest.outcomeOf(entry);
  }

  /**
   * Decides a scan and writes it down. It counts from the moment that it is decided, so that of two
   * scans at once the second knows of the first.
   *
   * @param {{id?: string, text: string, kind: Kind, reading: import("./reading.js").Reading, target?: string, person?: import("./log.js").Person}} what
   */
  async #keep({ id = uuid7(), text, kind, reading, target, person }) {
    if (!this.enrolment) throw new Error("the device is not enrolled");
    const { at, ...time } = this.clock.read();
    const { badge, doubt } = reading;
    /** @type {any} */
    const scan = { id, badge: text, gate: this.enrolment.gate, kind, ...time, target, person };
    this.passages.add(badge, { ...passOf(scan, at), refused: reading.verdict });
    const merged = reading.verdict ?? this.passages.verdictOf(id) ?? (kind === "undo" ? "admitted" : null);
    // What only the server can settle is told by nobody here, a copy of whoever is inside excepted.
    const told = doubt === null || merged === "duplicate" ? merged : null;
    let kept;
    try {
      kept = await this.log.add({ ...scan, badge_id: badge, ...(told && { told }) });
    } catch (error) {
      this.passages.remove(id);
      throw error;
    }
    this.scannedAt = Date.now();
    const entry = { scan: kept, at, badge, verdict: told, doubt: told ? null : doubt };
    this.latest.put(entry);
    void this.recount();
    return entry;
  }

  /**
   * @param {import("./log.js").Person | undefined} person
   * @param {string} id  of the scan
   * @returns {string} what stands for their badge until there is one
   */
  #admit(person, id) {
    const badge = `W1:${id}`;
    if (!person) return badge;
    const alliance = this.alliances().find(({ code }) => code === person.alliance) ?? null;
    const role = this.roles().find(({ code }) => code === person.role);
    const name = `${person.given_name} ${person.family_name}`;
    const roles = role ? [role] : [];
    this.people.walkIns.set(badge, { id: badge, name, code: "", alliance, roles, theme: "", note: "" });
    return badge;
  }

  /**
   * @param {Kept} scan
   * @param {import("./api.js").Answer} answer
   */
  #answered(scan, answer) {
    const worse = this.latest.answer(scan, answer);
    if (answer.verdict && scan.told && answer.verdict !== scan.told) this.syncing?.down.wake();
    if (worse) this.dispatchEvent(new CustomEvent("notice", { detail: worse }));
    this.change();
  }

  async #refreshed() {
    for (const badge of this.people.walkIns.keys()) {
      if (!this.passages.byBadge.has(badge)) this.people.walkIns.delete(badge);
    }
    this.latest.settle();
    await this.store.set("clock", this.clock.best ?? undefined);
    await this.recount();
    await this.#wipeIfOver();
  }

  /** @returns {Promise<void>} */
  async #wipeIfOver() {
    const ends = Date.parse(this.manifest.head?.event.ends_at ?? this.enrolment?.ends_at ?? "");
    if (!(this.clock.now() > ends + STAYS_AFTER)) return;
    const pending = (await this.log.refused()).some(({ final }) => !final);
    const { kept } = await this.log.count();
    if (kept === 0 && !pending) await this.wipe("event_over");
  }

  /**
   * The server turns this device away. A revoked one deletes what it knows of people; the scans
   * that it could not send stay, as they exist nowhere else, until they are exported or signed off.
   *
   * @param {import("./api.js").Refused} refused
   */
  async shut({ code, message }) {
    this.syncing?.stop();
    if (!this.enrolment) return;
    this.enrolment = { ...this.enrolment, shut: { code, message } };
    if (code === "device_revoked") {
      await this.store.set("enrolment", this.enrolment);
      await this.wipe("device_revoked");
      await this.#tellWiped();
    }
    this.change();
  }

  async #tellWiped() {
    const { token, shut } = this.enrolment ?? {};
    if (!token || shut?.code !== "device_revoked") return;
    try {
      await sayWiped(token);
    } catch {
      return; // with the next start
    }
    this.enrolment = { .../** @type {Enrolment} */ (this.enrolment), token: "" };
    const { unsent, refused } = this.amounts;
    if (unsent + refused > 0) await this.store.set("enrolment", this.enrolment);
    else await this.store.clear();
  }

  /**
   * Deletes all that this device knows of people, and all else that is not needed to save scans.
   *
   * @param {"event_over" | "device_revoked"} why
   */
  async wipe(why) {
    this.syncing?.stop();
    await this.recount();
    const { unsent, refused } = this.amounts;
    await this.store.clear([MANIFEST]);
    await this.store.set("manifest", undefined);
    if (why === "event_over" || unsent + refused === 0) await this.store.clear();
    if (why === "device_revoked") await this.store.set("enrolment", this.enrolment);
    this.forget();
    this.dispatchEvent(new CustomEvent("wiped", { detail: why }));
    if (why === "event_over") globalThis.location?.reload?.();
  }

  /** Forgets the people in memory. */
  forget() {
    this.keeper.clear();
    this.people.clear();
    this.latest.clear();
    this.change();
  }

  /** Deletes everything, scans that were not sent included. */
  async signOff() {
    this.syncing?.stop();
    await this.store.clear();
    this.enrolment = null;
    this.forget();
  }

  /** @param {string} query @returns {Person[]} */
  search(query) {
    return this.people.search(query);
  }

  /** @returns {Person[]} */
  inside() {
    return this.people.inside();
  }

  /** @returns {import("./people.js").Counts | undefined} undefined as long as nobody knows */
  counts() {
    const counted = this.syncing?.counted;
    const isFresh = counted && counted.at > this.scannedAt && Date.now() - counted.at < FRESH;
    if (counted && isFresh && this.amounts.unsent === 0) return counted.counts;
    return this.manifest.isLoaded ? this.people.counts() : counted?.counts;
  }

  /** @returns {Outcome[]} newest first, at most twenty */
  recent() {
    return this.latest.list();
  }

  /** @returns {import("./manifest.js").Alliance[]} */
  alliances() {
    const { manifest } = this;
    return (manifest.head?.alliances ?? []).flatMap((_, number) => manifest.alliance(number) ?? []);
  }

  /** @returns {import("./manifest.js").Role[]} */
  roles() {
    const { manifest, language } = this;
    return (manifest.head?.roles ?? []).flatMap((_, number) => manifest.role(number, language) ?? []);
  }

  /** @returns {Status} */
  status() {
    return {
      badges: this.manifest.badges.size,
      manifestAt: this.manifest.isLoaded ? this.manifest.checkedAt : null,
      unsent: this.amounts.unsent,
      refused: this.amounts.refused,
      online: this.syncing?.online ?? false,
      verifier: this.verifier?.name ?? null,
      selfTest: this.tested,
      persisted: this.persisted,
      clock: this.clock.best,
      revoked: Boolean(this.enrolment?.shut),
      advice: this.enrolment?.shut?.message ?? "",
      evacuationAt: this.people.evacuationAt,
    };
  }

  /** @returns {Promise<import("./self-test.js").Result[]>} */
  async selfTest() {
    const { store, log, verifier, manifest } = this;
    this.tested = await testDevice({ store, seal: log.seal, verifier, manifest });
    this.change();
    return this.tested;
  }

  /** @returns {Promise<File>} everything that the server does not have */
  exportLog() {
    if (!this.enrolment) throw new Error("the device is not enrolled");
    return makeFile({ log: this.log, enrolment: this.enrolment, clock: this.clock.best });
  }

  async recount() {
    this.amounts = await this.log.count();
    this.change();
  }

  /** Tells, at most once every few milliseconds, that what is shown may differ. */
  change() {
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      this.dispatchEvent(new Event("change"));
    }, 20);
  }
}

/**
 * @param {{id: string, kind: string, gate: string, target?: string}} scan
 * @param {number} at
 * @returns {import("./merging.js").Pass}
 */
function passOf({ id, kind, gate, target }, at) {
  return { id, kind, gate, at, target: target ?? null, refused: null };
}
