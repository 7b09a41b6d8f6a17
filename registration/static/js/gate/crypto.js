// Sealing: what names people is kept on the device only encrypted (AES-GCM, NIST SP 800-38D).
//
// The key cannot be taken out of the browser, and goes when the device is wiped: then whatever a
// disk still holds of the sealed data says nothing.

/** @typedef {{iv: Uint8Array<ArrayBuffer>, data: ArrayBuffer}} Sealed */

const IV_BYTES = 12;

export class Seal {
  /** @param {CryptoKey} key */
  constructor(key) {
    this.key = key;
  }

  /** @returns {Promise<CryptoKey>} a new key, not extractable */
  static makeKey() {
    return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
  }

  /**
   * @param {unknown} value  what JSON can say
   * @param {string} place  where it is kept: it can be opened for no other
   * @returns {Promise<Sealed>}
   */
  async close(value, place) {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const plain = new TextEncoder().encode(JSON.stringify(value));
    return { iv, data: await crypto.subtle.encrypt(settings(iv, place), this.key, plain) };
  }

  /**
   * @param {Sealed} sealed
   * @param {string} place
   * @returns {Promise<any>} rejected if it was changed, moved, or sealed under another key
   */
  async open({ iv, data }, place) {
    const plain = await crypto.subtle.decrypt(settings(iv, place), this.key, data);
    return JSON.parse(new TextDecoder().decode(plain));
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} iv
 * @param {string} place
 * @returns {AesGcmParams}
 */
function settings(iv, place) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) };
}
