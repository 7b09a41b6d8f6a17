// A badge's code as a QR code, for the paper of whoever came without a badge: version 5, level M,
// mask 2, alphanumeric, as services/badges/codes.py makes it (ISO/IEC 18004).

const SIZE = 37;
const BLOCKS = 2;
const DATA = 43; // code words in each block
const CHECKS = 24;
const ALIGNMENT = 30;
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const FORMAT = 0b101111001111100; // level M, mask 2, with its BCH code and XOR (§7.9)
const QUIET_ZONE = 4;

/** Powers of 2 in GF(256) modulo x⁸ + x⁴ + x³ + x² + 1, and their logarithms. */
const POWERS = [1];
for (let index = 1; index < 255; index += 1) {
  const next = POWERS[index - 1] * 2;
  POWERS.push(next > 255 ? next ^ 0x11d : next);
}
const LOGS = new Map(POWERS.map((power, index) => [power, index]));

/** @param {number} one @param {number} other */
function times(one, other) {
  if (one === 0 || other === 0) return 0;
  return POWERS[((LOGS.get(one) ?? 0) + (LOGS.get(other) ?? 0)) % 255];
}

/** The generator of the check words, without its leading 1. */
const GENERATOR = POWERS.slice(0, CHECKS).reduce(
  (product, root) => {
    const shifted = [...product.slice(1), 0];
    return shifted.map((factor, index) => factor ^ times(root, product[index]));
  },
  /** @type {number[]} */ ([...Array(CHECKS).fill(0), 1]).slice(1),
);

/**
 * @param {string} text
 * @returns {number[]} code words of all data, padded
 */
function encode(text) {
  const bits = [];
  const add = (/** @type {number} */ value, /** @type {number} */ length) => {
    for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  add(0b0010, 4);
  add(text.length, 9);
  for (let index = 0; index < text.length; index += 2) {
    const [first, second] = [LETTERS.indexOf(text[index]), LETTERS.indexOf(text[index + 1] ?? "?")];
    if (index + 1 < text.length) add(first * 45 + second, 11);
    else add(first, 6);
  }
  if (bits.length > 8 * BLOCKS * DATA) throw new RangeError("too long for a badge's code");
  add(0, Math.min(4, 8 * BLOCKS * DATA - bits.length));
  while (bits.length % 8) bits.push(0);
  const words = [];
  for (let at = 0; at < bits.length; at += 8) words.push(parseInt(bits.slice(at, at + 8).join(""), 2));
  for (let pad = 0xec; words.length < BLOCKS * DATA; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** @param {number[]} data @returns {number[]} the check words of a block */
function checksOf(data) {
  let rest = Array(CHECKS).fill(0);
  for (const word of data) {
    const factor = word ^ rest[0];
    rest = [...rest.slice(1), 0].map((each, index) => each ^ times(GENERATOR[index], factor));
  }
  return rest;
}

/** @param {string} text @returns {number[]} bits in the order in which they are drawn */
function bitsOf(text) {
  const words = encode(text);
  const blocks = [words.slice(0, DATA), words.slice(DATA)];
  const checks = blocks.map(checksOf);
  const woven = [...Array(DATA).keys()].flatMap((index) => blocks.map((block) => block[index]));
  woven.push(...[...Array(CHECKS).keys()].flatMap((index) => checks.map((block) => block[index])));
  return woven.flatMap((word) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (word >> bit) & 1));
}

/** @returns {(boolean | undefined)[][]} what is the same in every code; undefined is free */
function frame() {
  const rows = Array.from({ length: SIZE }, () => Array(SIZE).fill(undefined));
  for (let at = 8; at < SIZE - 8; at += 1) rows[6][at] = rows[at][6] = at % 2 === 0;
  for (const [top, left] of [[3, 3], [3, SIZE - 4], [SIZE - 4, 3]]) rings(rows, { top, left, reach: 4 });
  rings(rows, { top: ALIGNMENT, left: ALIGNMENT, reach: 2 });
  for (let bit = 0; bit < 15; bit += 1) {
    const isDark = ((FORMAT >> bit) & 1) === 1;
    const [row, column] = [bit < 6 ? bit : bit < 8 ? bit + 1 : SIZE - 15 + bit, 8];
    rows[row][column] = isDark;
    rows[8][bit < 8 ? SIZE - 1 - bit : bit < 9 ? 15 - bit : 14 - bit] = isDark;
  }
  rows[SIZE - 8][8] = true;
  return rows;
}

/** @param {(boolean | undefined)[][]} rows @param {{top: number, left: number, reach: number}} about */
function rings(rows, { top, left, reach }) {
  for (let down = -reach; down <= reach; down += 1) {
    for (let across = -reach; across <= reach; across += 1) {
      const row = rows[top + down];
      if (!row || !(left + across in row)) continue;
      const ring = Math.max(Math.abs(down), Math.abs(across));
      row[left + across] = reach === 2 ? ring !== 1 : ring !== 2 && ring !== 4;
    }
  }
}

/**
 * Draws a badge's code.
 *
 * @param {string} text  of letters that QR codes pack in pairs; at most 122
 * @returns {boolean[][]} rows of modules, true is dark
 */
export function matrix(text) {
  const rows = frame();
  const bits = bitsOf(text);
  let next = 0;
  let isUp = true;
  for (let right = SIZE - 1; right > 0; right -= right === 8 ? 3 : 2) {
    for (let step = 0; step < SIZE; step += 1) {
      const row = rows[isUp ? SIZE - 1 - step : step];
      for (const column of [right, right - 1]) {
        if (row[column] !== undefined) continue;
        row[column] = (bits[next] ?? 0) === 1 ? column % 3 !== 0 : column % 3 === 0;
        next += 1;
      }
    }
    isUp = !isUp;
  }
  return /** @type {boolean[][]} */ (rows);
}

/**
 * @param {string} text
 * @returns {string} the path of a badge's code in an SVG, and its width in modules
 */
export function path(text) {
  return matrix(text)
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET_ZONE} ${y + QUIET_ZONE}h1v1h-1z` : "")))
    .join("");
}

/** The width of the code with its quiet zone, in modules. */
export const WIDTH = SIZE + 2 * QUIET_ZONE;
