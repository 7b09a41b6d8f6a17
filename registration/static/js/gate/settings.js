// What the server says to the page: its texts in the reader's language, and where files are.

/**
 * @typedef {object} Settings
 * @property {string} language
 * @property {string | null} reader  the address of zxing-wasm, if it is installed
 * @property {Record<string, string>} texts
 */

/** @type {Settings} */
export const settings = JSON.parse(document.getElementById("settings")?.textContent ?? "{}");

const numbers = new Intl.NumberFormat(settings.language);

/**
 * Returns a text of the page, with the {names} in it replaced.
 *
 * Where `count` is 1 and the page has a text for one, it is that.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  const one = values.count === 1 ? settings.texts[`${key}_one`] : undefined;
  const text = one ?? settings.texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return typeof value === "number" ? numbers.format(value) : (value ?? whole);
  });
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

/**
 * Returns a new copy of the one element in a template.
 *
 * @param {string} id  of the template
 * @returns {any}
 */
export function copyOf(id) {
  return part(id).content.cloneNode(true).firstElementChild;
}
