// What the door is shown about a scan: one of four tones, a word, a reason, and who it is.

import { say, settings } from "./settings.js";

/**
 * @typedef {object} Outcome
 * @property {import("./sound.js").Tone | "waiting"} tone
 * @property {string} word
 * @property {string} [reason]
 * @property {string | null} [name]
 * @property {string | null} [alliance]
 * @property {string | null} [role]
 */

/** @typedef {import("./store.js").Scan} Scan */
/** @typedef {import("./api.js").Answer} Answer */
/** @typedef {import("./store.js").Enrolment} Enrolment */

/** @type {Record<string, import("./sound.js").Tone>} */
const TONES = {
  admitted: "in",
  duplicate: "already",
  revoked: "refused",
  forged: "refused",
  unknown: "attention",
  other_event: "attention",
  stray: "attention",
};

/** @returns {Outcome} */
export function waiting() {
  return { tone: "waiting", word: say("checking") };
}

/**
 * The outcome of a scan that is kept, but that nobody has checked.
 *
 * @param {"unchecked" | "shut"} why
 * @returns {Outcome}
 */
export function unchecked(why = "unchecked") {
  return { tone: "attention", word: say("unchecked"), reason: say(`${why}_reason`) };
}

/** @returns {Outcome} */
export function notKept() {
  return { tone: "attention", word: say("not_kept"), reason: say("not_kept_reason") };
}

/**
 * The outcome of a scan that the server has answered.
 *
 * @param {Scan} scan
 * @param {Answer} answer
 * @param {Enrolment} enrolment
 * @returns {Outcome}
 */
export function answered(scan, answer, enrolment) {
  const { verdict, name, alliance, role } = answer;
  if (answer.state === "refused" || !verdict || !(verdict in TONES)) {
    return { tone: "attention", word: say("unchecked"), reason: say("not_taken_reason") };
  }
  const out = verdict === "admitted" && scan.kind === "exit" ? "_exit" : "";
  return {
    tone: TONES[verdict],
    word: say(`${verdict}${out}`),
    reason: verdict === "admitted" ? "" : reasonOf(answer, enrolment),
    name,
    alliance,
    role,
  };
}

/**
 * @param {Answer} answer
 * @param {Enrolment} enrolment
 */
function reasonOf({ verdict, first_at: firstAt, first_gate: firstGate }, enrolment) {
  if (verdict !== "duplicate" || !firstAt) return say(`${verdict}_reason`);
  const gate = firstGate ? (enrolment.gates?.[firstGate] ?? firstGate) : "";
  return say("duplicate_reason", { time: timeOf(firstAt, enrolment.timezone), gate });
}

/**
 * Writes a moment as the time of day at the event, with the date if it is not today.
 *
 * @param {string} moment  ISO 8601
 * @param {string} timeZone
 * @returns {string}
 */
export function timeOf(moment, timeZone) {
  const at = new Date(moment);
  const day = new Intl.DateTimeFormat(settings.language, { timeZone, dateStyle: "medium" });
  const clock = new Intl.DateTimeFormat(settings.language, {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const isToday = day.format(at) === day.format(new Date());
  return isToday ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
}
