// The server, as a device talks to it.

/** The server could not be reached, or could not answer now: try again later. */
export class Unreachable extends Error {}

/** The server has answered no; `code` is its stable word for why. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} advice
   */
  constructor(status, code, advice) {
    super(advice);
    this.status = status;
    this.code = code;
  }
}

const PATIENCE = 6000;
const LATER = new Set([408, 425, 429]);

/**
 * @typedef {object} Answer
 * @property {string | null} id
 * @property {"stored" | "already" | "refused"} state
 * @property {string | null} verdict
 * @property {string | null} first_at
 * @property {string | null} first_gate
 * @property {string | null} name
 * @property {string | null} alliance
 * @property {string | null} role
 */

/** @typedef {{badge: string, name: string, alliance: string | null, role: string, state: string, first_at: string | null}} Person */
/** @typedef {{expected: number, arrived: number, inside: number, missing: number}} Counts */

/**
 * @param {string} path
 * @param {{token?: string, body?: unknown, signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 * @throws {Unreachable | Refused}
 */
async function ask(path, { token, body, signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const patience = AbortSignal.timeout(PATIENCE);
  let response, answer;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin", // the cookie of the chosen language
      signal: signal && AbortSignal.any ? AbortSignal.any([signal, patience]) : (signal ?? patience),
    });
    answer = await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(String(error));
  }
  if (response.ok) return answer;
  const later = response.status >= 500 || LATER.has(response.status);
  if (later && path !== "devices") throw new Unreachable(`${response.status}`);
  const advice = [answer.title, answer.detail].filter(Boolean).join(". ");
  throw new Refused(response.status, answer.code ?? "error", advice);
}

/**
 * @param {string} code  as it was typed
 * @returns {Promise<import("./store.js").Enrolment>}
 */
export function enrol(code) {
  return ask("devices", { body: { code } });
}

/**
 * @param {import("./store.js").Enrolment} enrolment
 * @param {import("./store.js").Scan[]} scans
 * @returns {Promise<Answer[]>} one for each scan, in their order
 */
export async function sendScans(enrolment, scans) {
  const path = `events/${encodeURIComponent(enrolment.event)}/scans`;
  return (await ask(path, { token: enrolment.token, body: { scans } })).scans;
}

/**
 * @param {import("./store.js").Enrolment} enrolment
 * @param {string} query
 * @param {AbortSignal} signal
 * @returns {Promise<Person[]>}
 */
export async function findPeople(enrolment, query, signal) {
  const path = `events/${encodeURIComponent(enrolment.event)}/people?q=${encodeURIComponent(query)}`;
  return (await ask(path, { token: enrolment.token, signal })).people;
}

/**
 * @param {import("./store.js").Enrolment} enrolment
 * @returns {Promise<Counts>}
 */
export function countPresence(enrolment) {
  return ask(`events/${encodeURIComponent(enrolment.event)}/presence`, { token: enrolment.token });
}
