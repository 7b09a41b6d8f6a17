// The device: every scan that was told is kept until the server has it, whatever happens.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { Server, json, load, until } from "./stage.mjs";

const { openDevice } = await load("device.js");
const { Store, done } = await load("store.js");

const ADA = "00000000000000aa";
const BO = "00000000000000bb";
const ADAS_CODE = "AAAA2222";
let server;
let opened = [];

async function open() {
  const device = await openDevice();
  opened.push(device);
  return device;
}

/** Ends a page as a browser's end does: nothing more is sent, nothing is tidied up. */
function kill(device) {
  device.syncing?.stop();
  if (device.syncing) device.syncing.api.ask = () => new Promise(() => {});
  device.store.close();
}

async function enrolled({ loaded = true } = {}) {
  const device = await open();
  await device.enrol("CODE");
  if (loaded) await until(() => device.status().manifestAt !== null);
  return device;
}

function unplug() {
  server.trouble = () => { throw new TypeError("network"); };
}

function plug(device) {
  server.trouble = () => {};
  device.sync();
}

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  server = await Server.make();
  server.addBadge(ADA, "Ada Groß", ADAS_CODE);
  server.addBadge(BO, "Bo Ångström", "BBBB2222");
  globalThis.fetch = server.fetch;
  opened = [];
});

afterEach(() => opened.forEach(kill));

const seqs = (scans) => scans.map(({ seq }) => seq);

test("without a network a badge is let in once, and the server hears of both scans later", async () => {
  const device = await enrolled();
  unplug();
  const token = await server.token(ADA);
  const first = await device.scan(token, "entry");
  assert.deepEqual([first.verdict, first.person.name, first.person.roles[0].title], ["admitted", "Ada Groß", "Guest"]);
  const second = await device.scan(token, "entry");
  assert.equal(second.verdict, "duplicate");
  assert.deepEqual(second.first, { at: first.at, gate: "main", device: "this_device" });
  await until(() => device.status().unsent === 2);
  assert.equal(server.scans.size, 0);
  plug(device);
  await until(() => server.scans.size === 2);
  const sent = [...server.scans.values()];
  assert.deepEqual(seqs(sent), [1, 2]);
  assert.deepEqual(sent.map(({ told }) => told), ["admitted", "duplicate"]);
  assert.ok(sent.every(({ badge_id, unsent, sealed }) => badge_id === undefined && unsent === undefined && sealed === undefined));
});

test("a scan is on disk before its verdict is told", async () => {
  const device = await enrolled();
  unplug();
  const options = [];
  const { transaction } = device.store.database;
  device.store.database.transaction = function spy(...parts) {
    options.push(parts[2]?.durability);
    return transaction.apply(this, parts);
  };
  const outcome = await device.scan(await server.token(ADA), "entry");
  kill(device);
  const kept = await (await Store.open()).read("scans", (table) => table.getAll());
  assert.deepEqual(kept.map(({ id }) => id), [outcome.id]);
  assert.ok(options.includes("strict"));
});

test("what cannot be kept is not told, and does not count", async () => {
  const device = await enrolled();
  const { add } = device.log;
  device.log.add = async () => { throw new DOMException("full", "QuotaExceededError"); };
  const token = await server.token(ADA);
  await assert.rejects(device.scan(token, "entry"), { name: "QuotaExceededError" });
  device.log.add = add;
  assert.equal((await device.scan(token, "entry")).verdict, "admitted");
});

test("unsent scans and who is inside survive a killed browser", async () => {
  let device = await enrolled();
  unplug();
  const token = await server.token(ADA);
  await device.scan(token, "entry");
  kill(device);
  device = await open();
  assert.equal(device.status().unsent, 1);
  assert.equal(device.recent()[0].person.name, "Ada Groß");
  assert.equal((await device.scan(token, "entry")).verdict, "duplicate");
  assert.deepEqual(seqs(await device.log.all()), [1, 2]);
  plug(device);
  await until(() => server.scans.size === 2);
});

test("an acknowledged scan is let go once the manifest knows it", async () => {
  const device = await enrolled();
  const { id } = await device.scan(await server.token(ADA), "entry");
  await until(() => device.status().unsent === 0);
  server.rows = [[id, ADA, "entry", Date.now(), "main", null, null]];
  await until(async () => {
    device.sync();
    return (await device.log.all()).length === 0;
  });
  assert.equal(device.inside()[0].name, "Ada Groß");
});

test("a scan that is answered and not acknowledged is kept, and sent again after a restart", async () => {
  let device = await enrolled();
  Object.defineProperty(server, "acknowledged", { get: () => 0 });
  await device.scan(await server.token(ADA), "entry");
  await until(() => device.status().unsent === 0);
  device.sync();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await device.log.all()).length, 1);
  kill(device);
  server.scans.clear(); // its disk was lost, and an older one put in place
  device = await open();
  await device.scan(await server.token(BO), "entry");
  await until(() => server.scans.size === 2);
});

test("a scan whose number lies above a gap is never let go", async () => {
  const device = await enrolled();
  await device.log.release(0);
  await device.store.set("seq", 5); // as if five scans had been lost
  await device.scan(await server.token(ADA), "entry");
  await until(() => device.status().unsent === 0);
  device.sync();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(server.acknowledged, 0);
  assert.deepEqual(seqs(await device.log.all()), [6]);
});

test("twin: a device that takes an answer for an acknowledgement would have let it go", async () => {
  const device = await enrolled();
  await device.store.set("seq", 5);
  await device.scan(await server.token(ADA), "entry");
  await until(() => device.status().unsent === 0);
  await device.log.release(6);
  assert.deepEqual(await device.log.all(), []);
});

test("one scan that the server refuses blocks no other, and is kept for a file", async () => {
  const device = await enrolled();
  server.judge = ({ badge }) =>
    badge === "POISON" ? { state: "refused", verdict: null, reason: "no" } : { state: "stored", verdict: "admitted" };
  unplug();
  await device.scan("POISON", "entry");
  await device.scan(await server.token(ADA), "entry");
  plug(device);
  const amounts = () => [device.status().unsent, device.status().refused].join();
  await until(() => server.scans.size === 1 && amounts() === "0,1");
  const file = JSON.parse(await (await device.exportLog()).text());
  assert.deepEqual(file.refused.map(({ reason, scan }) => [reason, scan.badge, scan.seq]), [["no", "POISON", 1]]);
});

test("a request that is refused as a whole is taken apart", async () => {
  const device = await enrolled();
  unplug();
  for (const text of ["ONE", "POISON", "TWO"]) await device.scan(text, "entry");
  server.trouble = (path, body) =>
    body?.scans?.some(({ badge }) => badge === "POISON") ? json({ code: "malformed" }, 422) : undefined;
  device.sync();
  await until(() => server.scans.size === 2);
  await until(() => device.status().refused === 1);
  assert.equal(device.recent().find(({ text }) => text === "POISON").verdict, "refused");
});

test("a server that is busy or broken is asked again later", async () => {
  const device = await enrolled();
  let status = 503;
  server.trouble = (path) => (path.endsWith("/scans") ? json({ code: "busy" }, status) : undefined);
  await device.scan(await server.token(ADA), "entry");
  await until(() => server.requests.some(({ path }) => path.endsWith("/scans")));
  status = 429;
  device.sync();
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual([device.status().unsent, device.status().refused], [1, 0]);
  plug(device);
  await until(() => server.scans.size === 1);
});

test("sending does not wait for the manifest, nor the manifest for sending", async () => {
  const device = await enrolled();
  server.trouble = (path) => (path.includes("manifest") ? new Promise(() => {}) : undefined);
  device.sync();
  await device.scan(await server.token(ADA), "entry");
  await until(() => server.scans.size === 1);
});

test("revoked, replaced, forged, foreign and unknown badges are told apart", async () => {
  server.exceptions = { [BO]: 2 };
  const device = await enrolled();
  unplug();
  const verdict = async (text) => (await device.scan(text, "entry")).verdict;
  const good = await server.token(BO, { generation: 2 });
  const forged = `${good.slice(0, 60)}${good[60] === "A" ? "B" : "A"}${good.slice(61)}`;
  assert.equal(await verdict(await server.token(BO, { generation: 1 })), "revoked");
  assert.equal(await verdict(forged), "forged");
  assert.equal(await verdict(await server.token(BO, { tag: 9 })), "other_event");
  assert.equal(await verdict(await server.token(BO, { generation: 2, eventId: "f".repeat(32) })), "forged");
  assert.equal(await verdict("https://example.org"), "unknown");
  assert.equal(await verdict(good), "admitted");
  assert.equal(await verdict("bbbb 2222"), "duplicate");
});

test("a genuine badge that is not listed is let in only if the server says so in time", async () => {
  const device = await enrolled();
  const stranger = await server.token("00000000000000cc");
  server.judge = () => ({ state: "stored", verdict: "admitted", name: "Cy" });
  const online = await device.scan(stranger, "entry");
  assert.deepEqual([online.verdict, online.person.name], ["admitted", "Cy"]);
  unplug();
  const offline = await device.scan(await server.token("00000000000000dd"), "entry");
  assert.deepEqual([offline.verdict, offline.isNew, offline.told], ["unlisted", true, null]);
  assert.equal((await device.scan("DDDD3333", "entry")).verdict, "unlisted");
});

test("a copy of a badge that is not listed is still seen to be inside", async () => {
  const device = await enrolled();
  unplug();
  const stranger = await server.token("00000000000000dd");
  await device.scan(stranger, "entry");
  assert.equal((await device.scan(stranger, "entry")).verdict, "duplicate");
});

test("without a list nothing is told but what the server says", async () => {
  server.trouble = (path) => (path.includes("manifest") ? json({}, 503) : undefined);
  const device = await enrolled({ loaded: false });
  assert.equal((await device.scan(await server.token(ADA), "entry")).verdict, "admitted");
  unplug();
  assert.equal((await device.scan(await server.token(ADA), "entry")).verdict, "unchecked");
});

test("a server that decides worse raises a notice, one that decides better does not", async () => {
  const device = await enrolled();
  const notices = [];
  device.addEventListener("notice", ({ detail }) => notices.push(detail));
  server.judge = () => ({ state: "stored", verdict: "duplicate", first_at: "2026-11-22T08:00:00Z", first_gate: "side" });
  const before = "01990000-0000-7000-8000-000000000001";
  server.rows = [[before, ADA, "entry", Date.parse("2026-11-22T08:00:00Z"), "side", null, null]];
  const outcome = await device.scan(await server.token(ADA), "entry");
  assert.equal(outcome.verdict, "admitted");
  await until(() => notices.length === 1);
  assert.deepEqual([notices[0].id, notices[0].verdict, device.recent()[0].verdict], [outcome.id, "duplicate", "duplicate"]);
  server.judge = () => ({ state: "stored", verdict: "admitted" });
  await device.scan(await server.token(ADA), "entry"); // told as a duplicate
  await until(() => device.status().unsent === 0);
  assert.equal(notices.length, 1);
});

test("scans of other devices come with the manifest, and survive a restart", async () => {
  server.rows = [["01990000-0000-7000-8000-000000000001", ADA, "entry", Date.now() - 60_000, "side", null, null]];
  let device = await enrolled();
  kill(device);
  unplug();
  device = await open();
  const outcome = await device.scan(await server.token(ADA), "entry");
  assert.deepEqual([outcome.verdict, outcome.first.gate], ["duplicate", "side"]);
  assert.equal(device.status().badges, 2);
});

test("who is in already is shown with the device that let them in, as far as that is known", async () => {
  const entry = (number, badge, ...maker) =>
    [`01990000-0000-7000-8000-00000000000${number}`, badge, "entry", Date.now() - 60_000, "side", null, null, ...maker];
  server.devices = { "0000abcd": "Tablet 3" };
  server.rows = [entry(1, ADA, "0000abcd"), entry(2, BO)]; // of Bo an older server had told less
  let device = await enrolled();
  const makerOf = async (badge) => (await device.scan(await server.token(badge), "entry")).first.device;
  kill(device);
  unplug();
  device = await open();
  assert.deepEqual([await makerOf(ADA), await makerOf(BO)], ["Tablet 3", ""]);
  server.judge = () => ({ state: "stored", verdict: "duplicate", first_at: new Date(server.rows[1][3]).toISOString(),
    first_gate: "side", first_device: "Phone 2" });
  plug(device);
  await until(() => device.recent().every(({ sent }) => sent));
  assert.deepEqual(device.recent().map(({ first }) => first.device), ["Phone 2", "Tablet 3"]);
});

test("nobody is let in a second time, though another device's clock is ahead", async () => {
  const before = "01990000-0000-7000-8000-000000000001";
  server.rows = [[before, ADA, "entry", Date.now() + 60_000, "side", null, null]];
  const device = await enrolled();
  unplug();
  assert.equal((await device.scan(await server.token(ADA), "entry")).verdict, "duplicate");
});

test("scans of one device keep their order, though its clock is set back", async () => {
  const device = await enrolled();
  unplug();
  const token = await server.token(ADA);
  await device.scan(token, "entry");
  const { wall } = device.clock;
  device.clock.wall = () => wall() - 3_600_000;
  device.clock.noticeJump = () => {}; // as after a restart
  assert.equal((await device.scan(token, "exit")).verdict, "admitted");
  assert.equal((await device.scan(token, "entry")).verdict, "admitted");
});

test("deltas are kept, and asked for from where the last ended", async () => {
  let device = await enrolled();
  server.badges.clear();
  server.addBadge("00000000000000cc", "Cy New", "CCCC2222");
  device.sync();
  await until(() => device.status().badges === 3);
  assert.ok(server.since > 0);
  kill(device);
  unplug();
  device = await open();
  assert.equal(device.status().badges, 3);
  assert.equal(device.search("cy")[0], undefined);
  assert.equal(device.search("cyn")[0], undefined);
  assert.equal(device.search("new")[0].name, "Cy New");
});

test("people are found by three letters, with and without umlauts", async () => {
  const device = await enrolled();
  const found = (query) => device.search(query).map(({ name }) => name);
  assert.deepEqual(found("gr"), []);
  assert.deepEqual(found("GROSS"), ["Ada Groß"]);
  assert.deepEqual(found("angst"), ["Bo Ångström"]);
  assert.deepEqual(found("mr4b ada"), ["Ada Groß"]);
  assert.deepEqual(found("aaaa-2222"), ["Ada Groß"]);
});

test("a supervisor takes a scan back", async () => {
  const device = await enrolled();
  unplug();
  const outcome = await device.scan(ADAS_CODE, "entry");
  const undo = await device.undo(outcome.id);
  assert.deepEqual([undo.verdict, device.recent()[0].verdict, device.recent().length], ["admitted", "undone", 1]);
  assert.deepEqual(device.counts(), { expected: 2, arrived: 0, inside: 0, missing: 2 });
  assert.equal((await device.scan(ADAS_CODE, "entry")).verdict, "admitted");
  plug(device);
  await until(() => server.scans.size === 3);
  assert.equal([...server.scans.values()][1].target, outcome.id);
});

test("somebody without a registration is let in without a network, and their name is sealed", async () => {
  let device = await enrolled();
  unplug();
  const person = { given_name: "Zoë", family_name: "Zufall", alliance: "MR4B", role: "guest", consent: true };
  const outcome = await device.walkIn(person);
  assert.deepEqual([outcome.verdict, outcome.person.name, outcome.person.alliance.name], ["admitted", "Zoë Zufall", "MR4B"]);
  assert.deepEqual(device.counts(), { expected: 3, arrived: 1, inside: 1, missing: 2 });
  const rows = await device.log.all();
  assert.ok(!JSON.stringify(rows).includes("Zufall"));
  kill(device);
  device = await open();
  assert.deepEqual(device.inside().map(({ name }) => name), ["Zoë Zufall"]);
  const file = JSON.parse(await (await device.exportLog()).text());
  assert.deepEqual([file.format, file.scans[0].person.family_name], ["einlass-scans", "Zufall"]);
  plug(device);
  await until(() => server.scans.size === 1);
  const [sent] = server.scans.values();
  assert.deepEqual([sent.badge, sent.person], [`W1:${sent.id}`, person]);
});

test("in an evacuation people are ticked as safe", async () => {
  server.evacuationAt = new Date(Date.now() - 1000).toISOString();
  const device = await enrolled();
  unplug();
  await device.scan(ADAS_CODE, "entry");
  assert.deepEqual(device.inside().map(({ safe }) => safe), [false]);
  await device.markSafe(device.inside()[0].id);
  assert.deepEqual(device.inside().map(({ name, safe }) => [name, safe]), [["Ada Groß", true]]);
});

test("nothing on the disk says who is in the manifest", async () => {
  const device = await enrolled();
  const tables = await Promise.all(
    ["device", "scans", "refused", "manifest"].map((name) => device.store.read(name, (table) => table.getAll())),
  );
  const plain = JSON.stringify(tables, (_, value) =>
    value instanceof ArrayBuffer ? Buffer.from(value).toString("latin1") : value);
  assert.ok(tables[3].length > 60);
  for (const name of ["Groß", "ngstr", ADAS_CODE]) assert.ok(!plain.includes(name), name);
  assert.equal(device.seal.key.extractable, false);
});

test("a revoked device deletes what it knows of people, says so, and keeps what it could not send", async () => {
  const device = await enrolled();
  unplug();
  await device.scan(ADAS_CODE, "entry");
  server.trouble = (path) =>
    path.endsWith("wiped") ? undefined : json({ code: "device_revoked", title: "Revoked" }, 403);
  device.sync();
  await until(() => server.requests.some(({ path }) => path === "devices/wiped"));
  await until(() => device.status().revoked);
  assert.deepEqual([device.status().badges, device.status().unsent, device.search("ada").length], [0, 1, 0]);
  assert.deepEqual(await device.store.read("manifest", (table) => table.getAllKeys()), []);
  assert.equal(JSON.parse(await (await device.exportLog()).text()).scans.length, 1);
});

test("a revoked device with nothing unsent keeps nothing", async () => {
  let device = await enrolled();
  server.trouble = (path) =>
    path.endsWith("wiped") ? undefined : json({ code: "device_revoked", title: "Revoked" }, 403);
  device.sync();
  await until(() => server.requests.some(({ path }) => path === "devices/wiped"));
  await until(async () => (await device.store.get("enrolment")) === undefined);
  kill(device);
  device = await open();
  assert.equal(device.enrolment, null);
});

test("a revoked device that could not say so says it with the next start", async () => {
  let device = await enrolled();
  server.trouble = (path) => {
    if (path.endsWith("wiped")) throw new TypeError("network");
    return json({ code: "device_revoked", title: "Revoked" }, 403);
  };
  device.sync();
  await until(() => device.status().revoked);
  kill(device);
  server.trouble = () => {};
  device = await open();
  await until(async () => (await device.store.get("enrolment")) === undefined);
});

test("after the event everything is deleted, once the server has every scan", async () => {
  server.endsAt = "2020-01-01T18:00:00Z";
  server.trouble = (path) => (path.endsWith("/scans") ? json({}, 503) : undefined);
  const device = await enrolled();
  assert.equal(device.status().badges, 2); // it is needed a while longer: it was enrolled just now
  device.enrolment.enrolled_at = "2020-01-01T08:00:00Z";
  let wiped;
  device.addEventListener("wiped", ({ detail }) => (wiped = detail));
  await device.scan(ADAS_CODE, "entry");
  device.sync();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(wiped, undefined);
  plug(device);
  await until(() => server.scans.size === 1);
  await until(() => {
    device.sync();
    return wiped === "event_over";
  });
  assert.equal(await device.store.get("enrolment"), undefined);
});

test("a gap that stays keeps what was answered for a week after the event, and no names for ever", async () => {
  const DAY = 24 * 3_600_000;
  server.endsAt = new Date(Date.now() - 3 * DAY).toISOString();
  Object.defineProperty(server, "acknowledged", { value: 0 });
  const device = await enrolled();
  device.enrolment.enrolled_at = "2020-01-01T08:00:00Z";
  let wiped;
  device.addEventListener("wiped", ({ detail }) => (wiped = detail));
  await device.scan(ADAS_CODE, "entry");
  await until(() => server.scans.size === 1 && device.status().unsent === 0);
  const asked = server.requests.length;
  device.sync();
  await until(() => server.requests.slice(asked).some(({ path }) => path.includes("manifest")));
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual([wiped, (await device.log.count()).kept], [undefined, 1]);
  server.endsAt = new Date(Date.now() - 8 * DAY).toISOString();
  await until(() => {
    device.sync();
    return wiped === "event_over";
  });
});

test("a device that is enrolled anew keeps what the earlier enrolment had not sent", async () => {
  let device = await enrolled();
  unplug();
  await device.scan(ADAS_CODE, "entry");
  server.trouble = (path) => (path === "devices" ? undefined : (() => { throw new TypeError("network"); })());
  await device.enrol("CODE2");
  await device.scan("BBBB2222", "entry");
  assert.deepEqual(seqs(await device.log.all()), [1]);
  const [before] = await device.log.refused();
  assert.deepEqual([before.badge, before.device.id], [ADAS_CODE, "d1"]);
});

test("the store of the first version is taken over with every unsent scan", async () => {
  const request = indexedDB.open("einlass-gate", 1);
  request.onupgradeneeded = () => {
    const device = request.result.createObjectStore("device");
    const scans = request.result.createObjectStore("scans", { keyPath: "seq" });
    const parked = request.result.createObjectStore("parked", { keyPath: "seq" });
    device.put(server.enrolment(), "enrolment");
    device.put(9, "seq");
    const scan = (seq, badge) => ({ id: `01990000-0000-7000-8000-00000000000${seq}`, seq, badge, gate: "main", kind: "entry", wall_at: "2026-11-22T08:00:00.000Z" });
    scans.add(scan(8, ADAS_CODE));
    scans.add(scan(9, "BBBB2222"));
    parked.add(scan(7, "POISON"));
  };
  await new Promise((resolve) => (request.onsuccess = () => resolve(request.result.close())));
  unplug();
  const device = await open();
  assert.equal(device.status().unsent, 3);
  plug(device);
  await until(() => server.scans.size === 3);
  assert.deepEqual(seqs([...server.scans.values()]), [7, 8, 9]);
  assert.equal((await device.scan(ADAS_CODE, "exit")).seq, 10);
});

test("two scans of one badge at the same moment are not both let in", async () => {
  const device = await enrolled();
  unplug();
  const token = await server.token(ADA);
  const outcomes = await Promise.all([device.scan(token, "entry"), device.scan(token, "entry")]);
  assert.deepEqual(outcomes.map(({ verdict }) => verdict).sort(), ["admitted", "duplicate"]);
  assert.deepEqual(outcomes.map(({ seq }) => seq).sort(), [1, 2]);
});

test("the numbers of the status are of one moment, and count a scan that is made meanwhile", async () => {
  const device = await enrolled();
  unplug();
  const held = device.store.write(["refused"], async (tables) => {
    for (let turn = 0; turn < 50; turn += 1) await done(tables("refused").get("nothing"));
    tables("refused").put({ id: "r1" });
  });
  const counting = device.recount();
  await Promise.all([held, counting, device.scan(ADAS_CODE, "entry")]);
  assert.deepEqual(device.amounts, { unsent: 1, kept: 1, refused: 1 });
  assert.deepEqual(await device.log.count(), device.amounts);
});

test("many scans are sent in few requests, in order", async () => {
  const device = await enrolled();
  unplug();
  await Promise.all(Array.from({ length: 450 }, (_, number) => device.scan(`TEXT ${number}`, "entry")));
  const before = server.requests.length;
  plug(device);
  await until(() => server.scans.size === 450);
  const sizes = server.requests.slice(before).filter(({ path }) => path.endsWith("/scans")).map(({ body }) => body.scans.length);
  assert.deepEqual(sizes, [200, 200, 50]);
  assert.equal(server.acknowledged, 450);
});

test("the self-test says what would not work", async () => {
  const device = await enrolled();
  const results = Object.fromEntries((await device.selfTest()).map(({ name, ok }) => [name, ok]));
  assert.deepEqual(results, { signature: true, tampered: true, store: true, seal: true, manifest: true, worker: false });
});

test("a device learns with the manifest that it is a supervisor's no more, and keeps that", async () => {
  const device = await enrolled();
  assert.equal(device.enrolment.is_supervisor, true);
  server.standing = { "Einlass-Supervisor": "0" };
  device.sync();
  await until(() => device.enrolment.is_supervisor === false);
  await until(async () => (await device.store.get("enrolment")).is_supervisor === false);
  kill(device);
  unplug();
  assert.equal((await open()).enrolment.is_supervisor, false);
});
