// Outcomes: what came out of each scan, as far as is known by now. The last ones are kept in
// memory only, since they name people.

/** @typedef {import("./people.js").Person} Person */

/**
 * @typedef {object} Outcome
 * @property {string} id  of the scan
 * @property {number} seq
 * @property {string} verdict  as the server says; or `unlisted`, where the badge is genuine and not
 *   on this device's list; `unchecked`, where the device cannot check it; `refused`, where the
 *   server did not take the scan
 * @property {import("./log.js").Kind} kind
 * @property {number} at  corrected, in milliseconds
 * @property {string} gate  its code
 * @property {string} text  as it was scanned
 * @property {Person | null} person
 * @property {import("./people.js").First | null} first  when and where they were first let in
 * @property {boolean} isNew  whether the badge is not on this device's list
 * @property {boolean} sent  whether the server has answered
 * @property {string | null} told  the verdict that this device had decided by itself
 * @property {string | null} token  of a walk-in: what the code on their badge says, once there is one
 */

/**
 * @typedef {object} Entry
 * @property {import("./log.js").Kept} scan
 * @property {number} at
 * @property {string | null} badge
 * @property {string | null} verdict
 * @property {"unlisted" | "unchecked" | null} doubt
 * @property {import("./api.js").Answer} [answer]
 * @property {boolean} [isOverruled]  whether the verdict is not what merging alone would say
 * @property {boolean} [settled]  whether the manifest has caught up with the answer
 */

const MOST = 20;
/** What a person must look at, the gravest highest; all else is good. @type {Record<string, number>} */
const GRAVITY = {
  stray: 1, unknown: 1, other_event: 1, no_reentry: 2, duplicate: 2, revoked: 3, forged: 3, refused: 3,
};
/** What is decided when a scan is stored, by no other scan. */
const BY_BADGE = new Set(["revoked", "forged", "unknown", "other_event"]);
const LISTED_KINDS = new Set(["entry", "exit", "walk_in"]);

export class Recent {
  /**
   * @param {{passages: import("./passages.js").Passages, people: import("./people.js").People}} parts
   */
  constructor({ passages, people }) {
    this.passages = passages;
    this.people = people;
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
  }

  clear() {
    this.entries.clear();
  }

  /** @param {Entry} entry */
  put(entry) {
    this.entries.set(entry.scan.id, entry);
    // Undos and ticks are not listed, so more are kept than are shown.
    if (this.entries.size > 5 * MOST) this.entries.delete([...this.entries.keys()][0]);
  }

  /** @param {string} id */
  find(id) {
    return this.entries.get(id);
  }

  /** @returns {Outcome[]} the newest first, at most twenty */
  list() {
    return [...this.entries.values()]
      .filter(({ scan }) => LISTED_KINDS.has(scan.kind))
      .slice(-MOST)
      .reverse()
      .map((entry) => this.outcomeOf(entry));
  }

  /**
   * Takes the server's answer to a scan.
   *
   * @param {import("./log.js").Kept} scan
   * @param {import("./api.js").Answer} answer
   * @returns {Outcome | null} if it is worse than what was told
   */
  answer(scan, answer) {
    const { verdict } = answer;
    const pass = this.passages.find(scan.id);
    const badge = this.passages.badgeOf.get(scan.id);
    if (pass && badge) {
      const refused = verdict && BY_BADGE.has(verdict) ? verdict : null;
      this.passages.add(badge, { ...pass, refused });
    }
    const entry = this.entries.get(scan.id);
    if (!entry) return null;
    entry.answer = answer;
    entry.settled = false;
    const now = answer.state === "refused" ? "refused" : (verdict ?? "");
    const isWorse = (GRAVITY[now] ?? 0) > (GRAVITY[scan.told ?? now] ?? 0);
    return isWorse ? this.outcomeOf(entry) : null;
  }

  /** The manifest has caught up: from here on the scans of all devices decide. */
  settle() {
    for (const entry of this.entries.values()) entry.settled = entry.answer !== undefined;
  }

  /** @param {Entry} entry @returns {Outcome} */
  outcomeOf(entry) {
    const { scan, at, answer } = entry;
    const badge = this.passages.badgeOf.get(scan.id) ?? entry.badge;
    const person = this.people.find(badge) ?? (answer?.name ? stranger(answer) : null);
    const verdict = this.#verdictOf(entry);
    return {
      id: scan.id,
      seq: scan.seq,
      verdict,
      kind: scan.kind,
      at,
      gate: scan.gate,
      text: scan.badge,
      person,
      first: this.#firstOf(badge, entry),
      isNew: entry.doubt !== null,
      sent: answer !== undefined,
      told: scan.told ?? null,
      token: answer?.badge ?? null,
    };
  }

  /**
   * The server may know of an earlier entry, or with which device it was, until the manifest brings
   * that, too.
   *
   * @param {string | null} badge
   * @param {Entry} entry
   */
  #firstOf(badge, { answer, settled }) {
    const known = badge ? this.people.firstOf(badge) : null;
    const told = firstOf(answer);
    if (!known || !told || settled) return known ?? told;
    const knowsMore = told.at < known.at || (told.at === known.at && !known.device);
    return knowsMore ? told : known;
  }

  /** @param {Entry} entry */
  #verdictOf({ scan, verdict, doubt, answer, settled, isOverruled }) {
    const merged = this.passages.verdictOf(scan.id);
    if (merged === "undone") return merged;
    if (answer?.state === "refused") return "refused";
    if (answer?.verdict && !(settled && merged)) return answer.verdict;
    if (doubt && !answer) return doubt;
    if (isOverruled && !settled) return verdict ?? "unchecked";
    return merged ?? verdict ?? "unchecked";
  }
}

/**
 * @param {import("./api.js").Answer} answer
 * @returns {Person} whom the server knows, and this device's list does not
 */
function stranger(answer) {
  const { name, alliance, role } = answer;
  const first = firstOf(answer);
  return {
    id: "",
    code: "",
    name: name ?? "",
    alliance: alliance ? { code: "", name: alliance, colour: "" } : null,
    roles: role ? [{ code: "", title: role, colour: "" }] : [],
    theme: "",
    note: "",
    state: first ? "inside" : "expected",
    first,
    safe: false,
  };
}

/** @param {import("./api.js").Answer} [answer] */
function firstOf(answer) {
  if (!answer?.first_at) return null;
  const { first_at: at, first_gate: gate, first_device: device } = answer;
  return { at: Date.parse(at), gate: gate ?? "", device: device ?? "" };
}
