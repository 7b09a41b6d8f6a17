// Merging: what all scans of one badge together mean, the same on every replica.
//
// The twin of services/gates/merging.py, bit for bit, which tests compare: a pure function of the
// set, in whole numbers and texts only. Scans are ordered by their corrected time, then by id.

/**
 * @typedef {object} Pass  one scan of a badge, as far as merging goes
 * @property {number} at  corrected, in milliseconds since 1970
 * @property {string} id  in its canonical form: 36 small hexadecimal digits and hyphens
 * @property {string} kind
 * @property {string} gate
 * @property {string | null} [target]
 * @property {string | null} [refused]  the verdict of a badge that did not count: revoked, forged …
 */

/**
 * @typedef {object} Rules
 * @property {number[]} day_ends  moments in order, at each of which everybody counts as gone
 * @property {Record<string, string>} zones  the zone behind each gate; others lead into the house
 * @property {string} reentry  free or once
 */

/** @typedef {[at: number, gate: string]} First */

/**
 * @typedef {object} Standing
 * @property {Record<string, string>} zones  "<day>+" for inside since that day, "<day>-" for left
 * @property {First | null} first  when and where somebody was first let in
 */

/** @typedef {Standing & {verdicts: Record<string, string>}} Merged */

const PASSES = new Set(["entry", "exit", "walk_in"]);
export const HOUSE = "";

/** @type {Standing} */
export const OUTSIDE = Object.freeze({ zones: Object.freeze({}), first: null });

/**
 * Returns the number of the day in which a moment lies: how many days have ended by then.
 *
 * @param {number[]} dayEnds
 * @param {number} at
 * @returns {number}
 */
export function dayOf(dayEnds, at) {
  let [low, high] = [0, dayEnds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at < dayEnds[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Returns the verdict of every scan, by id, and where the person stands after them.
 *
 * The order in which the scans are given, and how often each is, makes no difference.
 *
 * @param {Iterable<Pass>} scans
 * @param {Rules} rules
 * @returns {Merged}
 */
export function merge(scans, rules) {
  const ordered = inOrder(scans);
  const passes = new Set();
  for (const { id, kind } of ordered) if (PASSES.has(kind)) passes.add(id);
  const undone = new Set();
  for (const { kind, target } of ordered) if (kind === "undo") undone.add(target);
  /** @type {Record<string, string>} */
  const verdicts = {};
  let standing = OUTSIDE;
  for (const scan of ordered) {
    if (scan.kind === "undo") {
      verdicts[scan.id] = passes.has(scan.target) ? "admitted" : "stray";
    } else if (undone.has(scan.id) && passes.has(scan.id)) {
      verdicts[scan.id] = "undone";
    } else {
      const [verdict, next] = step(standing, scan, rules);
      verdicts[scan.id] = verdict;
      standing = next;
    }
  }
  return { verdicts, ...standing };
}

/**
 * @param {Iterable<Pass>} scans
 * @returns {Pass[]} each once
 */
function inOrder(scans) {
  const byId = new Map();
  for (const scan of scans) byId.set(scan.id, scan);
  return [...byId.values()].sort((one, other) => {
    if (one.at !== other.at) return one.at - other.at;
    return one.id < other.id ? -1 : 1;
  });
}

/**
 * Returns the verdict of a scan later than all before it, and the standing after it.
 *
 * @param {Standing} standing
 * @param {Pass} scan  no undo: for that, see `merge`
 * @param {Rules} rules
 * @returns {[verdict: string, standing: Standing]}
 */
function step(standing, scan, rules) {
  if (scan.refused != null) return [scan.refused, standing];
  if (scan.kind === "safe") return ["admitted", standing];
  const zone = Object.hasOwn(rules.zones, scan.gate) ? rules.zones[scan.gate] : HOUSE;
  const day = dayOf(rules.day_ends, scan.at);
  const refusal = refusalOf(standing, scan, { zone, day, rules });
  if (refusal) return [refusal, standing];
  const leaves = scan.kind === "exit";
  const zones = { ...standing.zones, [zone]: `${day}${leaves ? "-" : "+"}` };
  /** @type {First | null} */
  const first = standing.first ?? (leaves ? null : [scan.at, scan.gate]);
  return ["admitted", { zones, first }];
}

/**
 * @param {Standing} standing
 * @param {Pass} scan
 * @param {{zone: string, day: number, rules: Rules}} where
 * @returns {string | null}
 */
function refusalOf(standing, scan, { zone, day, rules }) {
  const state = Object.hasOwn(standing.zones, zone) ? standing.zones[zone] : undefined;
  const inside = state === `${day}+`;
  if (scan.kind === "exit") return inside ? null : "stray";
  if (inside) return "duplicate";
  return rules.reentry === "once" && state === `${day}-` ? "no_reentry" : null;
}
