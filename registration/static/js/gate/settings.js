// What the server says to the page: its texts in the reader's language, and where files are.

/**
 * @typedef {object} Settings
 * @property {string} language
 * @property {string | null} reader  the address of zxing-wasm, if it is installed
 * @property {Record<string, string>} texts
 */

/** @type {Settings} */
export const settings = JSON.parse(document.getElementById("settings")?.textContent ?? "{}");

/**
 * Returns a text of the page, with the {names} in it replaced.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  const text = settings.texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * Returns the element with this id; the page has every one that is asked for.
 *
 * @param {string} id
 * @returns {any}
 */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}
