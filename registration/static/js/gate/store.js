// What the device keeps: its enrolment, and each scan until the server has it (IndexedDB).

/**
 * @typedef {object} Enrolment
 * @property {string} id
 * @property {string} token
 * @property {string} event
 * @property {string} event_title
 * @property {string} ends_at
 * @property {string} timezone
 * @property {string} gate
 * @property {Record<string, string>} gates  names by code
 * @property {string} name
 */

/**
 * @typedef {object} Scan
 * @property {string} id
 * @property {number} seq
 * @property {string} badge
 * @property {string} gate
 * @property {"entry" | "exit"} kind
 * @property {string} wall_at
 */

const NAME = "einlass-gate";
const VERSION = 1;
const DEVICE = "device";
const SCANS = "scans";
const PARKED = "parked";

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Store {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  /**
   * Opens the device's store.
   *
   * @returns {Promise<Store>} rejected where the browser keeps nothing
   */
  static async open() {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(DEVICE);
      request.result.createObjectStore(SCANS, { keyPath: "seq" });
      request.result.createObjectStore(PARKED, { keyPath: "seq" });
    };
    return new Store(await done(request));
  }

  /**
   * Runs one durable transaction.
   *
   * @template T
   * @param {(tables: (name: string) => IDBObjectStore) => Promise<T>} work
   * @returns {Promise<T>} resolved once it is on disk
   */
  async write(work) {
    const transaction = this.database.transaction([DEVICE, SCANS, PARKED], "readwrite", {
      durability: "strict",
    });
    const committed = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([
      work((name) => transaction.objectStore(name)),
      committed,
    ]);
    return result;
  }

  /** @param {string} name */
  read(name) {
    return this.database.transaction(name).objectStore(name);
  }

  /** @returns {Promise<Enrolment | undefined>} */
  enrolment() {
    return done(this.read(DEVICE).get("enrolment"));
  }

  /**
   * Keeps a new enrolment; the count of scans starts again, as it belongs to the device.
   *
   * @param {Enrolment} enrolment
   */
  async enrol(enrolment) {
    await this.write(async (tables) => {
      tables(DEVICE).put(enrolment, "enrolment");
      tables(DEVICE).put(0, "seq");
    });
    // Else a browser that runs out of space may throw unsent scans away.
    void navigator.storage?.persist?.().catch(() => false);
  }

  /** Forgets the enrolment and all scans, sent or not. */
  forget() {
    return this.write(async (tables) => {
      for (const name of [DEVICE, SCANS, PARKED]) tables(name).clear();
    });
  }

  /**
   * Keeps a scan under the device's next number; number and scan are kept together or not at all.
   *
   * @param {Omit<Scan, "seq">} scan
   * @returns {Promise<Scan>}
   */
  add(scan) {
    return this.write(async (tables) => {
      const numbered = { ...scan, seq: (await done(tables(DEVICE).get("seq"))) + 1 };
      tables(DEVICE).put(numbered.seq, "seq");
      tables(SCANS).add(numbered);
      return numbered;
    });
  }

  /**
   * @param {number} most
   * @returns {Promise<Scan[]>} the oldest scans that the server does not have
   */
  unsent(most) {
    return done(this.read(SCANS).getAll(null, most));
  }

  /** @returns {Promise<number>} */
  async count() {
    const [unsent, parked] = await Promise.all([
      done(this.read(SCANS).count()),
      done(this.read(PARKED).count()),
    ]);
    return unsent + parked;
  }

  /**
   * Lets go of scans that the server has answered.
   *
   * @param {number[]} seqs
   */
  settle(seqs) {
    return this.write(async (tables) => {
      for (const seq of seqs) tables(SCANS).delete(seq);
    });
  }

  /**
   * Puts a scan aside that the server will never take, so that it blocks no other.
   *
   * @param {Scan} scan
   */
  park(scan) {
    return this.write(async (tables) => {
      tables(SCANS).delete(scan.seq);
      tables(PARKED).put(scan);
    });
  }
}
