// The server, as a device talks to it.

/** The server could not be reached, or could not answer now: try again later. */
export class Unreachable extends Error {
  /**
   * @param {string} message
   * @param {{wait?: number, hasAnswered?: boolean}} [about]  wait: milliseconds that the server
   *   wants to be left alone; hasAnswered: there is one, if not in order
   */
  constructor(message, { wait = 0, hasAnswered = false } = {}) {
    super(message);
    this.wait = wait;
    this.hasAnswered = hasAnswered;
  }
}

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
const SUPERVISOR = "Einlass-Supervisor";
/** For a body that has begun to come: a hundred thousand badges over a poor connection. */
const LONG_PATIENCE = 120_000;
/** No answer of ours to a request of ours: a proxy in between, or a server that is being set up. */
const LATER = new Set([404, 408, 425, 429]);

/**
 * @typedef {object} Answer
 * @property {string | null} id
 * @property {"stored" | "already" | "refused"} state
 * @property {string | null} verdict
 * @property {string | null} first_at
 * @property {string | null} first_gate
 * @property {string | null} [first_device]  an older server says none
 * @property {string | null} name
 * @property {string | null} alliance
 * @property {string | null} role
 * @property {string} [badge]  of a walk-in: the token of their new badge
 * @property {string} [reason]
 */

/** @typedef {{badge: string, name: string, alliance: string | null, role: string, state: string, first_at: string | null}} Found */
/** @typedef {{expected: number, arrived: number, inside: number, missing: number}} Counts */
/** @typedef {{asked: number, heard: number, server: number, coarse: number}} Sample */
/** @typedef {{token?: string, body?: unknown, signal?: AbortSignal, patience?: number}} Options */

/**
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<{answer: any, sample: Sample}>}
 * @throws {Unreachable | Refused}
 */
async function ask(path, { token, body, signal, patience = PATIENCE } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const hurry = new AbortController();
  const stop = () => hurry.abort();
  signal?.addEventListener("abort", stop);
  let timer = setTimeout(stop, patience);
  const asked = Date.now();
  let response, answer, heard;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit", // the token says who asks, and the page's own language is to count
      signal: hurry.signal,
    });
    heard = Date.now();
    clearTimeout(timer);
    timer = setTimeout(stop, body === undefined ? LONG_PATIENCE : patience);
    answer = response.status === 204 ? {} : await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(String(error));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
  if (!response.ok) throw refusal(path, response, answer);
  const { headers: told } = response;
  return { answer, told, sample: sampleOf(response, answer, { asked, heard }) };
}

/**
 * @param {string} path
 * @param {Response} response
 * @param {any} answer
 */
function refusal(path, response, answer) {
  const { status } = response;
  if ((status >= 500 || LATER.has(status)) && path !== "devices") {
    const wait = Number(response.headers.get("Retry-After")) * 1000;
    const about = { wait: Number.isFinite(wait) ? wait : 0, hasAnswered: true };
    return new Unreachable(String(status), about);
  }
  const advice = [answer?.title, answer?.detail].filter(Boolean).join(". ");
  return new Refused(status, answer?.code ?? "error", advice);
}

/**
 * @param {Response} response
 * @param {any} answer
 * @param {{asked: number, heard: number}} times
 * @returns {Sample} what this answer says of the server's clock
 */
function sampleOf(response, answer, times) {
  if (typeof answer?.now === "string") return { ...times, server: Date.parse(answer.now), coarse: 0 };
  const date = response.headers.get("Date"); // cut off to seconds
  return { ...times, server: date ? Date.parse(date) : NaN, coarse: 1000 };
}

/**
 * @param {string} code  as it was typed
 * @returns {Promise<import("./store.js").Enrolment>}
 */
export async function enrol(code) {
  return (await ask("devices", { body: { code } })).answer;
}

/** Tells the server that a revoked device has deleted what it knew. @param {string} token */
export async function sayWiped(token) {
  await ask("devices/wiped", { token, body: {} });
}

/** What an enrolled device asks. */
export class Api {
  /** @param {import("./store.js").Enrolment} enrolment */
  constructor({ event, token }) {
    this.base = `events/${encodeURIComponent(event)}`;
    this.token = token;
    /** Told how long each answer took, and what the server's clock said. @type {(sample: Sample) => void} */
    this.onSample = () => {};
    /** Told whether this is a supervisor's device, as the server has it now. @type {(is: boolean) => void} */
    this.onStanding = () => {};
  }

  /**
   * @param {string} path
   * @param {Options} [options]
   */
  async ask(path, options) {
    const { answer, sample, told } = await ask(`${this.base}/${path}`, { token: this.token, ...options });
    this.onSample(sample);
    if (told.has(SUPERVISOR)) this.onStanding(told.get(SUPERVISOR) === "1");
    return answer;
  }

  /**
   * @param {{scans: import("./log.js").Scan[], unsent: number, clock?: import("./clock.js").Measured}} body
   * @param {AbortSignal} [signal]
   * @returns {Promise<{scans: Answer[], acknowledged?: number}>} an answer for each, in their order
   */
  sendScans(body, signal) {
    return this.ask("scans", { body, signal });
  }

  /** @param {number} since */
  manifest(since) {
    return this.ask(`manifest?since=${since}`, { patience: since ? PATIENCE : LONG_PATIENCE });
  }

  /**
   * @param {string} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<Found[]>}
   */
  async findPeople(query, signal) {
    return (await this.ask(`people?q=${encodeURIComponent(query)}`, { signal })).people;
  }

  /** @returns {Promise<Counts>} */
  countPresence() {
    return this.ask("presence");
  }
}
