// Moments and ages, as the door reads them.

import { say, settings } from "./settings.js";

const MINUTE = 60_000;

/** @type {[unit: string, milliseconds: number][]} */
const UNITS = [["day", 1440 * MINUTE], ["hour", 60 * MINUTE], ["minute", MINUTE], ["second", 1000]];

/**
 * Writes a moment as the time of day at the event, with the date if it is not today.
 *
 * @param {number | string} moment  milliseconds since 1970, or ISO 8601
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

/**
 * Writes a span of time in its largest unit: "3 minutes".
 *
 * @param {number} milliseconds
 * @returns {string}
 */
export function spanOf(milliseconds) {
  const whole = Math.abs(milliseconds);
  const [unit, length] = UNITS.find(([, size]) => whole >= size) ?? UNITS[3];
  return new Intl.NumberFormat(settings.language, {
    style: "unit",
    unit,
    unitDisplay: "long",
    maximumFractionDigits: 0,
  }).format(Math.floor(whole / length));
}

/**
 * Says how old the list of badges is.
 *
 * @param {number} at  milliseconds since 1970
 * @returns {string}
 */
export function ageOf(at) {
  const age = Date.now() - at;
  return age < MINUTE ? say("age_now") : say("age", { span: spanOf(age) });
}
