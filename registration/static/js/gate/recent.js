// The last scans of this device, newest first; a supervisor's device can take one back.

import { printBadge } from "./paper.js";
import { copyOf, part, say } from "./settings.js";
import { wordOf } from "./wording.js";

/** @typedef {import("./device.js").Outcome} Outcome */

const UNDOABLE = new Set(["entry", "exit", "walk_in"]);

/**
 * Keeps the list up to date.
 *
 * @param {import("./device.js").Device} device
 * @param {import("./panels.js").Panels} panels
 * @param {(moment: number) => string} timeOf
 */
export function keepRecent(device, panels, timeOf) {
  function draw() {
    const outcomes = device.recent();
    const canUndo = device.enrolment.is_supervisor;
    const rows = outcomes.map((outcome) => rowOf(outcome, { device, timeOf, canUndo }));
    const focused = focusedScan();
    part("recent").replaceChildren(...rows);
    if (focused) part("recent").querySelector(`[data-scan="${focused}"] button:not([hidden])`)?.focus();
    part("recent-empty").hidden = outcomes.length > 0;
    const { unsent } = device.status();
    part("unsent").hidden = unsent === 0;
    part("unsent").textContent = say("unsent", { count: unsent });
  }
  panels.keep("recent", device, draw);
}

function focusedScan() {
  const row = document.activeElement?.closest(".recent-row");
  return /** @type {HTMLElement | null} */ (row)?.dataset.scan;
}

/**
 * @param {Outcome} outcome
 * @param {{device: import("./device.js").Device, timeOf: (moment: number) => string, canUndo: boolean}} about
 */
function rowOf(outcome, { device, timeOf, canUndo }) {
  const row = copyOf("recent-row");
  const { tone, word } = wordOf(outcome);
  const { verdict, kind, person } = outcome;
  row.dataset.scan = outcome.id;
  row.dataset.tone = verdict === "undone" ? "undone" : tone;
  row.querySelector(".recent-name").textContent = person?.name ?? shortened(outcome.text);
  row.querySelector(".recent-time").textContent = timeOf(outcome.at);
  row.querySelector(".recent-word").textContent = word;
  const undo = row.querySelector(".recent-undo");
  undo.hidden = !canUndo || verdict !== "admitted" || !UNDOABLE.has(kind);
  undo.addEventListener("click", () => askToUndo(outcome, device, word));
  const print = row.querySelector(".recent-print");
  const { token } = outcome;
  print.hidden = kind !== "walk_in" || verdict !== "admitted" || !(token || person?.code);
  print.addEventListener("click", () => {
    printBadge({ person, token, event: device.enrolment.event_title });
  });
  return row;
}

/**
 * Shows what the server has decided worse than this device had told, and what went past the screen
 * because another scan followed, until somebody has looked.
 *
 * @param {{device: import("./device.js").Device, door: import("./door.js").Door}} sources
 * @param {{timeOf: (moment: number) => string, isShown: (scan: string) => boolean, open: () => void}} about
 */
export function keepNotices({ device, door }, { timeOf, isShown, open }) {
  /** @param {string} text */
  function show(text) {
    part("notice-text").textContent = text;
    part("notice").hidden = false;
  }

  /** @param {Outcome} outcome */
  function facts(outcome) {
    const name = outcome.person?.name ?? shortened(outcome.text);
    return { time: timeOf(outcome.at), name, word: wordOf(outcome).word };
  }

  device.addEventListener("notice", (event) => {
    const { detail: outcome } = /** @type {CustomEvent<Outcome>} */ (event);
    if (!isShown(outcome.id)) show(say("notice", facts(outcome)));
  });
  door.addEventListener("overtaken", (event) => {
    const { detail: outcome } = /** @type {CustomEvent<Outcome | null>} */ (event);
    show(outcome ? say("overtaken", facts(outcome)) : say("overtaken_lost"));
  });
  part("notice").addEventListener("click", () => {
    part("notice").hidden = true;
    open();
  });
}

/** @param {string} text */
function shortened(text) {
  if (text.startsWith("E1:")) return say("a_badge");
  return text.length > 16 ? `${text.slice(0, 15)}…` : text;
}

/**
 * Asks once, and takes the scan back.
 *
 * @param {Outcome} outcome
 * @param {import("./device.js").Device} device
 * @param {string} word
 */
function askToUndo(outcome, device, word) {
  const dialog = part("undo");
  part("undo-about").textContent = `${word}: ${outcome.person?.name ?? shortened(outcome.text)}`;
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener(
    "close",
    async () => {
      if (dialog.returnValue !== "yes" || !outcome.id) return;
      const done = await device.undo(outcome.id).then(() => true, () => false);
      part("announcement").textContent = say(done ? "undone" : "not_kept");
    },
    { once: true },
  );
}
