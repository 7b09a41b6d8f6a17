// The device: everything the scanner's screen needs, with or without a network.
//
// A scan is always decided here first, written down so that it cannot be lost, and only then told;
// the server hears of it behind that.

import { Api, enrol } from "./api.js";
import { keepApp } from "./app.js";
import { Clock } from "./clock.js";
import { Seal } from "./crypto.js";
import { Farewell } from "./farewell.js";
import { makeFile } from "./files.js";
import { Judge } from "./judge.js";
import { Keeper } from "./keeper.js";
import { Log } from "./log.js";
import { Manifest } from "./manifest.js";
import { Recent } from "./outcome.js";
import { Passages } from "./passages.js";
import { People } from "./people.js";
import { testDevice } from "./self-test.js";
import { say, settings } from "./settings.js";
import { Shelf } from "./shelf.js";
import { MANIFEST, Store } from "./store.js";
import { Sync } from "./sync.js";
import { uuid7 } from "./uuid7.js";
import { chooseVerifier } from "./verify.js";

/** How long the door waits for the server where only that can decide, in milliseconds. */
const PATIENCE = 1500;
const MOST_TEXT = 1000;
/** Counts of the server that are older are not as good as our own. */
const FRESH = 15_000;
const NOBLE = new URL("../../vendor/noble-ed25519/index.js", import.meta.url).href;

/** @typedef {import("./people.js").Person} Person */
/** @typedef {import("./outcome.js").Outcome} Outcome */
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
  const [verifier, known] = await Promise.all([
    chooseVerifier(() => import(NOBLE)),
    store.get("clock"),
  ]);
  const device = new Device({ store, verifier, seal: await sealOf(store), clock: new Clock({ known }) });
  await device.load();
  return device;
}

/** @param {Store} store */
async function sealOf(store) {
  const kept = await store.get("key");
  if (kept) return new Seal(kept);
  const key = await Seal.makeKey();
  await store.set("key", key);
  return new Seal(key);
}

/** Events: `change` whenever anything shown may differ; `notice` (detail: Outcome) when the server
 * has decided worse than was told; `wiped` (detail: "event_over" or "device_revoked"). */
export class Device extends EventTarget {
  /** @type {Enrolment | null} */
  enrolment = null;
  /** @type {Sync | null} */
  syncing = null;
  amounts = { unsent: 0, kept: 0, refused: 0 };
  /** @type {boolean | null} */
  persisted = null;
  /** @type {import("./self-test.js").Result[] | null} */
  tested = null;
  scannedAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  telling = undefined;

  /** @param {{store: Store, seal: Seal, clock: Clock, verifier: import("./verify.js").Verifier | null}} parts */
  constructor({ store, seal, clock, verifier }) {
    super();
    const { language } = settings;
    const now = () => clock.now();
    const log = new Log(store, seal);
    const manifest = new Manifest();
    const passages = new Passages((id) => manifest.rulesOf(id));
    const deviceOf = (/** @type {string} */ scan) => this.nameMaker(scan);
    const people = new People({ manifest, passages, now, deviceOf, language });
    this.store = store;
    this.seal = seal;
    this.clock = clock;
    this.verifier = verifier;
    this.language = language;
    this.log = log;
    this.manifest = manifest;
    this.passages = passages;
    this.people = people;
    this.judge = new Judge({ log, clock, manifest, passages, people, verifier });
    this.keeper = new Keeper({ manifest, passages, shelf: new Shelf(store, seal), now });
    this.latest = new Recent({ passages, people });
    this.farewell = new Farewell({ store, log, seal });
  }

  /** Reads what was kept, and goes on. */
  async load() {
    this.enrolment = (await this.store.get("enrolment")) ?? null;
    this.persisted = (await navigator.storage?.persisted?.().catch(() => null)) ?? null;
    if (!this.enrolment) return;
    await this.keeper.load();
    void this.people.warm();
    await this.log.retry();
    for (const scan of await this.log.all()) this.latest.put(await this.judge.recall(scan));
    await this.recount();
    await this.start();
  }

  /**
   * Enrols this device.
   *
   * @param {string} code  one-time, as it was typed
   * @throws {import("./api.js").Refused | import("./api.js").Unreachable}
   */
  async enrol(code) {
    const enrolment = { ...(await enrol(code)), enrolled_at: new Date().toISOString() };
    this.syncing?.stop();
    await this.store.clear([MANIFEST]);
    await this.log.begin(enrolment);
    this.forget();
    this.enrolment = enrolment;
    // Else a browser that runs out of space may throw unsent scans away.
    this.persisted = (await navigator.storage?.persist?.().catch(() => false)) ?? null;
    await this.recount();
    await this.start();
  }

  async start() {
    if (!this.enrolment) return;
    if (this.enrolment.shut) {
      this.enrolment = await this.farewell.confirm(this.enrolment);
      return;
    }
    const { log, clock } = this;
    const refresh = (/** @type {any} */ fetch) => this.keeper.refresh(fetch);
    const sync = new Sync({ api: new Api(this.enrolment), log, clock, refresh });
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ listener) =>
      sync.addEventListener(type, (event) => listener(/** @type {any} */ (event).detail));
    on("answer", ({ scan, answer }) => this.#answered(scan, answer));
    on("manifest", () => void this.#refreshed());
    on("standing", (isSupervisor) => void this.#stand(isSupervisor));
    on("shut", (refused) => void this.shut(refused));
    on("change", () => void this.recount());
    for (const type of ["counts", "online"]) on(type, () => this.change());
    this.syncing = sync;
    sync.start();
  }

  /** @param {boolean} isSupervisor  as the server has it now */
  async #stand(isSupervisor) {
    if (!this.enrolment || Boolean(this.enrolment.is_supervisor) === isSupervisor) return;
    this.enrolment = { ...this.enrolment, is_supervisor: isSupervisor };
    await this.store.set("enrolment", this.enrolment);
    this.change();
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
    const reading = await this.judge.read(badge);
    const entry = await this.#keep({ text: badge, kind, reading });
    if (entry.doubt && this.syncing?.isWorthAsking) await this.syncing.confirm(entry.scan, PATIENCE);
    else this.syncing?.up.wake();
    return this.latest.outcomeOf(entry);
  }

  /**
   * Takes a scan back.
   *
   * @param {string} target  the scan's id
   * @returns {Promise<Outcome>} of the undo
   */
  undo(target) {
    const entry = this.latest.find(target);
    const badge = this.passages.badgeOf.get(target) ?? entry?.badge ?? null;
    const text = entry?.scan.badge || this.people.find(badge)?.code || `W1:${target}`;
    return this.#note({ text, kind: "undo", target }, badge);
  }

  /**
   * Lets somebody in who has no registration.
   *
   * @param {import("./log.js").Person} person
   * @returns {Promise<Outcome>}
   */
  walkIn(person) {
    const id = uuid7();
    const badge = this.judge.admit(person, id);
    return this.#note({ id, text: badge, kind: "walk_in", person }, badge);
  }

  /**
   * Notes that somebody was seen safe outside.
   *
   * @param {string} id  of their badge
   * @returns {Promise<Outcome>}
   */
  markSafe(id) {
    const code = this.people.find(id)?.code;
    return this.#note({ text: code || id, kind: "safe" }, id);
  }

  /**
   * @param {Omit<import("./judge.js").Case, "gate" | "reading">} what
   * @param {string | null} badge
   */
  async #note(what, badge) {
    const entry = await this.#keep({ ...what, reading: { badge, verdict: null, doubt: null } });
    this.syncing?.up.wake();
    return this.latest.outcomeOf(entry);
  }

  /** @param {Omit<import("./judge.js").Case, "gate">} it */
  async #keep(it) {
    if (!this.enrolment) throw new Error("the device is not enrolled");
    const entry = await this.judge.decide({ ...it, gate: this.enrolment.gate });
    this.scannedAt = Date.now();
    this.latest.put(entry);
    this.amounts.unsent += 1;
    this.amounts.kept += 1;
    this.change();
    return entry;
  }

  /**
   * @param {import("./log.js").Kept} scan
   * @param {import("./api.js").Answer} answer
   */
  #answered(scan, answer) {
    const worse = this.latest.answer(scan, answer);
    // The server knows of scans that we do not.
    if (answer.verdict && scan.told && answer.verdict !== scan.told) this.syncing?.down.wake();
    if (worse) this.dispatchEvent(new CustomEvent("notice", { detail: worse }));
    this.change();
  }

  async #refreshed() {
    this.people.dropWalkIns();
    this.latest.settle();
    void this.people.warm();
    await this.store.set("clock", this.clock.best ?? undefined);
    await this.recount();
    const endsAt = this.manifest.head?.event.ends_at ?? this.enrolment?.ends_at;
    const moments = [endsAt, this.enrolment?.enrolled_at].map((at) => Date.parse(at ?? ""));
    if (await this.farewell.isDue(moments, this.clock.now())) await this.#leave();
  }

  async #leave() {
    await this.signOff();
    this.dispatchEvent(new CustomEvent("wiped", { detail: "event_over" }));
    globalThis.location?.reload?.();
  }

  /**
   * The server turns this device away.
   *
   * @param {import("./api.js").Refused} refused
   */
  async shut(refused) {
    this.syncing?.stop();
    if (!this.enrolment) return;
    const { enrolment, isWiped } = await this.farewell.turnAway(this.enrolment, refused);
    this.enrolment = enrolment;
    if (isWiped) {
      this.forget();
      this.dispatchEvent(new CustomEvent("wiped", { detail: "device_revoked" }));
      this.enrolment = await this.farewell.confirm(enrolment);
    }
    await this.recount();
  }

  /** Deletes everything, scans that were not sent included. */
  async signOff() {
    this.syncing?.stop();
    await this.farewell.deleteAll();
    this.enrolment = null;
    this.amounts = { unsent: 0, kept: 0, refused: 0 };
    this.forget();
  }

  /** Forgets the people in memory. */
  forget() {
    this.keeper.clear();
    this.people.clear();
    this.latest.clear();
    this.change();
  }

  /** @param {string} scan  its id @returns {string} what the device that made it is called, or empty */
  nameMaker(scan) {
    const key = this.keeper.deviceOf(scan);
    const isOwn = this.judge.own.has(scan) || (key && this.enrolment?.id.endsWith(key));
    return isOwn ? say("this_device") : this.manifest.deviceName(key);
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

  alliances() {
    return this.manifest.alliances();
  }

  roles() {
    return this.manifest.roles(this.language);
  }

  /** @returns {Status} */
  status() {
    return {
      badges: this.manifest.badges.size,
      manifestAt: this.manifest.checkedAt || null,
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
    this.tested = await testDevice(this);
    this.change();
    return this.tested;
  }

  /** @returns {Promise<File>} everything that the server does not have */
  async exportLog() {
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
