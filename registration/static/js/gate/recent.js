// The last scans of this device, newest first; in memory only, since they name people.

import { part, say } from "./settings.js";

const MOST = 20;

/** @typedef {import("./store.js").Scan} Scan */

export class Recent {
  /** @param {(moment: string) => string} timeOf */
  constructor(timeOf) {
    this.timeOf = timeOf;
    this.list = part("recent");
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
  }

  /**
   * Adds a scan, or changes what is said of it.
   *
   * @param {Scan} scan
   * @param {import("./outcome.js").Outcome} outcome
   */
  put(scan, outcome) {
    const row = this.rows.get(scan.id) ?? this.add(scan.id);
    row.dataset.tone = outcome.tone;
    row.replaceChildren(
      line("recent-name", outcome.name ?? shortened(scan.badge)),
      line("recent-time", this.timeOf(scan.wall_at)),
      line("recent-word", outcome.word),
    );
    part("recent-empty").hidden = true;
  }

  /** @param {string} id */
  add(id) {
    const row = document.createElement("li");
    row.className = "recent-row";
    this.list.prepend(row);
    this.rows.set(id, row);
    if (this.rows.size > MOST) {
      const [oldest, last] = [...this.rows][0];
      last.remove();
      this.rows.delete(oldest);
    }
    return row;
  }
}

/**
 * @param {string} className
 * @param {string} text
 */
function line(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

/** @param {string} badge */
function shortened(badge) {
  if (badge.startsWith("E1:")) return say("a_badge");
  return badge.length > 16 ? `${badge.slice(0, 15)}…` : badge;
}
