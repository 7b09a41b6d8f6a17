// Clocks, ids and the scans of all devices together.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./stage.mjs";

const { Clock } = await load("clock.js");
const { Passages } = await load("passages.js");
const { Manifest, headOf } = await load("manifest.js");
const { uuid7 } = await load("uuid7.js");
const { intoBuckets, bucketOf } = await load("shelf.js");

const rules = () => ({ day_ends: [], zones: {}, reentry: "free" });
const pass = (id, at, kind = "entry", more = {}) => ({ id, at, kind, gate: "main", ...more });

test("ids of one page sort in the order in which they were made", () => {
  const ids = Array.from({ length: 6000 }, () => uuid7(1_700_000_000_000));
  ids.push(uuid7(1_600_000_000_000)); // the clock was set back
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("the best of the last eight measurements counts", () => {
  const clock = new Clock({ wall: () => 1000, steady: () => 0 });
  clock.measure({ asked: 0, heard: 200, server: 5100 });
  assert.deepEqual(clock.best, { offset_ms: 5000, error_ms: 100 });
  clock.measure({ asked: 0, heard: 20, server: 5020 });
  clock.measure({ asked: 0, heard: 900, server: 9000 });
  assert.deepEqual(clock.best, { offset_ms: 5010, error_ms: 10 });
  assert.equal(clock.now(), 6010);
  for (let time = 0; time < 8; time += 1) clock.measure({ asked: 0, heard: 100, server: 4050 });
  assert.deepEqual(clock.best, { offset_ms: 4000, error_ms: 50 });
});

test("a clock that somebody sets back stays right until the next measurement", () => {
  let [wall, steady] = [1_000_000, 0];
  const clock = new Clock({ wall: () => wall, steady: () => steady });
  clock.measure({ asked: wall, heard: wall, server: 1_000_500 });
  [wall, steady] = [1_010_000 - 3_600_000, 10_000];
  assert.equal(clock.now(), 1_010_500);
});

test("a sleep is no jump of the clock", () => {
  let [wall, steady] = [1_000_000, 0];
  const clock = new Clock({ wall: () => wall, steady: () => steady });
  clock.measure({ asked: wall, heard: wall, server: 1_000_500 });
  [wall, steady] = [4_600_000, 10];
  assert.equal(clock.now(), 4_600_500);
});

test("what the server has of a scan takes the place of what was known, and counts once", () => {
  const passages = new Passages(rules);
  assert.equal(passages.add("b", pass("1", 10)), true);
  assert.equal(passages.add("b", pass("1", 12)), true);
  assert.equal(passages.add("b", pass("1", 12)), false);
  assert.equal(passages.of("b").length, 1);
  assert.deepEqual(passages.standing("b").first, [12, "main"]);
});

test("a scan moves to the badge that it turned out to be of", () => {
  const passages = new Passages(rules);
  passages.add("W1:1", pass("1", 10, "walk_in"));
  passages.add("b", pass("1", 10, "walk_in"));
  assert.equal(passages.stateOf("W1:1", 20), "expected");
  assert.equal(passages.stateOf("b", 20), "inside");
});

test("an undo that comes before what it takes back waits for it", () => {
  const passages = new Passages(rules);
  passages.add(null, pass("2", 20, "undo", { target: "1" }));
  passages.add("b", pass("1", 10));
  assert.equal(passages.verdictOf("1"), "undone");
  assert.equal(passages.stateOf("b", 30), "expected");
});

const HEAD = {
  event: {}, keys: {}, gates: {}, themes: [], rules: { day_ends: [] },
  alliances: [["A", "Alpha", ""], ["B", "Beta", ""]],
  roles: [["guest", { en: "Guest" }, "", 1, "free"], ["crew", { en: "Crew" }, "", 2, "once"]],
};

test("rows follow when the lists of alliances and roles change their order", () => {
  const manifest = new Manifest();
  manifest.setHead(headOf(HEAD));
  manifest.take([["00aa", "Ada", 1, [1], "AAAA2222", null, ""]], {});
  const roles = [["crew", { en: "Crew" }, "", 2, "once"], ["guest", { en: "Guest" }, "", 1, "free"]];
  const alliances = [["Z", "Zeta", ""], ["B", "Beta", ""], ["A", "Alpha", ""]];
  assert.equal(manifest.setHead(headOf({ ...HEAD, roles, alliances: [alliances[2], ...alliances.slice(0, 2)] })), true);
  const { alliance, roles: held } = manifest.describe("00aa", "en");
  assert.deepEqual([alliance.name, held[0].title, manifest.rulesOf("00aa").reentry], ["Beta", "Crew", "once"]);
});

test("what is told of a badge replaces all that was known of it", () => {
  const manifest = new Manifest();
  manifest.setHead(headOf(HEAD));
  const row = ["00aa", "Ada", null, [0], "AAAA2222", null, ""];
  assert.deepEqual(manifest.take([row], { "00aa": 2 }), ["00aa"]);
  assert.equal(manifest.leastOf("00aa"), 2);
  assert.deepEqual(manifest.take([row], { "00aa": 2 }), []);
  assert.deepEqual(manifest.take([], { "00aa": 256 }), ["00aa"]);
  assert.equal(manifest.isExpected("00aa"), false);
  assert.deepEqual(manifest.take([row], {}), ["00aa"]);
  assert.equal(manifest.leastOf("00aa"), 0);
  assert.deepEqual(manifest.take([["00aa", "Ada", null, [0], "BBBB2222", null, ""]], {}), ["00aa"]);
  assert.deepEqual([...manifest.codes], [["BBBB2222", "00aa"]]);
});

test("each badge lies in one bucket, with its exceptions and scans", () => {
  const manifest = new Manifest();
  manifest.setHead(headOf(HEAD));
  manifest.take([["41aa", "Ada", null, [0], "AAAA2222", null, ""]], { "41aa": 1 });
  const rows = [["1", "41aa", "entry", 1, "main", null, null], ["2", null, "undo", 2, "main", "1", null]];
  const parts = intoBuckets(new Set(Array(64).keys()), manifest, rows);
  assert.equal(bucketOf("41aa"), 1);
  assert.deepEqual(parts.get(1).exceptions, { "41aa": 1 });
  assert.deepEqual([parts.get(1).badges.length, parts.get(1).scans.length, parts.get(0).scans.length], [1, 1, 1]);
});
