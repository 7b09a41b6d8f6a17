// What the screen says of an outcome: one of four tones, a word, a reason, and who it is.

import { say } from "./settings.js";
import { timeOf } from "./times.js";

/** @typedef {import("./sound.js").Tone} Tone */

/**
 * @typedef {object} Shown
 * @property {Tone | "waiting"} tone
 * @property {string} word
 * @property {string} [reason]
 * @property {string} [note]  must be read, though the person is let in
 * @property {string} [aside]
 * @property {string} [name]
 * @property {string} [alliance]
 * @property {string} [role]
 * @property {string} [theme]
 */

/**
 * @typedef {object} Door  what the words depend on besides the outcome
 * @property {Record<string, string>} gates  names by code
 * @property {string} timezone
 * @property {string} [aside]
 * @property {boolean} [isShut]  whether the server turns this device away
 */

/** @type {Record<string, Tone>} */
const TONES = {
  admitted: "in",
  duplicate: "already",
  revoked: "refused",
  forged: "refused",
  no_reentry: "refused",
  unknown: "attention",
  other_event: "attention",
  stray: "attention",
  undone: "attention",
  unlisted: "attention",
  unchecked: "attention",
  refused: "attention",
};

/** Let in or seen out in another way than by an entry: with words of their own. */
const KINDS_WITH_WORDS = new Set(["exit", "walk_in", "safe"]);

/** @returns {Shown} */
export function waiting() {
  return { tone: "waiting", word: say("checking") };
}

/** @returns {Shown} */
export function notKept() {
  return { tone: "attention", word: say("not_kept"), reason: say("not_kept_reason") };
}

/**
 * The word for an outcome, as in the list of the last scans.
 *
 * @param {import("./device.js").Outcome} outcome
 * @returns {{tone: Tone, word: string}}
 */
export function wordOf({ verdict, kind }) {
  const known = verdict in TONES ? verdict : "refused";
  const way = known === "admitted" && KINDS_WITH_WORDS.has(kind) ? `_${kind}` : "";
  return { tone: TONES[known], word: say(`${known}${way}`) };
}

/**
 * What the staff at the door is shown.
 *
 * @param {import("./device.js").Outcome} outcome
 * @param {Door} door
 * @returns {Shown}
 */
export function forStaff(outcome, door) {
  const { tone, word } = wordOf(outcome);
  const note = tone === "in" && outcome.kind !== "exit" ? outcome.person?.note : "";
  return {
    tone,
    word: note ? say("admitted_note") : word,
    reason: reasonOf(outcome, door),
    note,
    aside: door.aside,
    ...personOf(outcome),
  };
}

/**
 * What a guest is shown who checks in without staff: friendly, and no note that is not for them.
 *
 * @param {import("./device.js").Outcome} outcome
 * @returns {Shown}
 */
export function forGuest(outcome) {
  const { tone } = wordOf(outcome);
  if (tone === "in" && outcome.person?.note) {
    return { tone, word: say("guest_in"), reason: say("guest_desk_first"), ...personOf(outcome) };
  }
  if (tone === "in") {
    const word = say(outcome.kind === "exit" ? "guest_out" : "guest_in");
    return { tone, word, ...personOf(outcome) };
  }
  if (tone === "already") return { tone, word: say("guest_already"), reason: say("guest_already_reason") };
  return { tone: "attention", word: say("guest_desk"), reason: say("guest_desk_reason") };
}

/**
 * @param {import("./device.js").Outcome} outcome
 * @param {Door} door
 */
function reasonOf({ verdict, kind, first, text }, { gates, timezone, isShut }) {
  if (verdict === "admitted") return kind === "walk_in" ? say("walk_in_reason") : "";
  if (verdict === "unchecked" && isShut) return say("shut_reason");
  if (verdict === "unlisted" && !text.startsWith("E1:")) return say("unlisted_code_reason");
  const dated = ["duplicate", "no_reentry"].includes(verdict) && first;
  if (!dated) return say(verdict in TONES ? `${verdict}_reason` : "refused_reason");
  const place = [gates[first.gate] ?? first.gate, first.device].filter(Boolean).join(", ");
  return say(`${verdict}_first_reason`, { time: timeOf(first.at, timezone), gate: place });
}

/** @param {import("./device.js").Outcome} outcome */
function personOf({ person }) {
  if (!person) return {};
  return {
    name: person.name,
    alliance: person.alliance?.name ?? "",
    role: person.roles.map((role) => role.title).join(" · "),
    theme: person.theme,
  };
}
