// UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, 12 of a counter, then random bits.

let last = 0;
let counter = 0;

/**
 * Returns an id that sorts after all that this page has made before (RFC 9562 §6.2, method 1), so
 * that two scans within one millisecond keep their order.
 *
 * @param {number} [milliseconds]  since 1970
 * @returns {string}
 */
export function uuid7(milliseconds = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  if (milliseconds > last) {
    last = milliseconds;
    counter = ((bytes[6] & 0x07) << 8) | bytes[7]; // its top bit is free for counting up
  } else {
    counter += 1;
    if (counter > 0xfff) [last, counter] = [last + 1, 0];
  }
  for (let index = 0; index < 6; index += 1) {
    bytes[index] = Math.floor(last / 256 ** (5 - index)) % 256;
  }
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
