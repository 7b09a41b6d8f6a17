// What the device keeps (IndexedDB): its enrolment, the log of its scans, the manifest.

/**
 * @typedef {object} Enrolment
 * @property {string} id
 * @property {string} token  gone once a revoked device has said that it was wiped
 * @property {string} event
 * @property {string} event_title
 * @property {string} ends_at
 * @property {string} timezone
 * @property {string} gate
 * @property {Record<string, string>} gates  names by code
 * @property {string} name
 * @property {boolean} [is_supervisor]
 * @property {string} [enrolled_at]  by the device's own clock
 * @property {{code: string, message: string}} [shut]  why the server turns it away
 */

/** @typedef {(table: string) => IDBObjectStore} Tables */

export const NAME = "einlass-gate";
const VERSION = 2;

/** Single values, by their names: enrolment, seq, key, clock, manifest … */
export const DEVICE = "device";
/** Scans that the server has not acknowledged, by their numbers. */
export const SCANS = "scans";
/** Scans that the server will never take, by their ids: kept for a file. */
export const REFUSED = "refused";
/** Sealed parts of the manifest. */
export const MANIFEST = "manifest";
const TABLES = [DEVICE, SCANS, REFUSED, MANIFEST];

/** Up to version 1, for scans that the server had refused. */
const PARKED = "parked";
/** Its entries are the scans that have not been sent: what has `unsent`. */
export const UNSENT = "unsent";

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
export function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Store {
  /**
   * @param {IDBDatabase} database
   * @param {string} name
   */
  constructor(database, name) {
    this.name = name;
    this.database = database;
    this.isClosed = false;
    this.use(database);
  }

  /**
   * Opens the device's store.
   *
   * @param {string} [name]
   * @returns {Promise<Store>} rejected where the browser keeps nothing
   */
  static async open(name = NAME) {
    return new Store(await connect(name), name);
  }

  /** @param {IDBDatabase} database */
  use(database) {
    this.database = database;
    this.isClosed = false;
    const close = () => {
      database.close();
      this.isClosed = true;
    };
    // A newer version of this page wants to change it; or the browser has taken it from us.
    database.onversionchange = close;
    database.onclose = close;
  }

  async reopen() {
    if (this.isClosed) this.use(await connect(this.name));
  }

  /** Closes it; it opens again by itself when it is used. */
  close() {
    this.database.close();
    this.isClosed = true;
  }

  /**
   * Runs one transaction. It waits for others over the same tables, so let it name few: a scan must
   * not wait until a manifest is written.
   *
   * @template T
   * @param {string[]} names  of its tables
   * @param {(tables: Tables) => Promise<T> | T} work  may wait for nothing but its own requests
   * @param {{durability?: IDBTransactionDurability}} [options]  strict unless told otherwise
   * @returns {Promise<T>} resolved once it is complete; for a strict one: on disk
   */
  async write(names, work, { durability = "strict" } = {}) {
    await this.reopen();
    const transaction = this.database.transaction(names, "readwrite", { durability });
    const completed = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    });
    const worked = (async () => work((table) => transaction.objectStore(table)))();
    worked.catch(() => abort(transaction));
    const [result] = await Promise.all([worked, completed]);
    return result;
  }

  /**
   * Reads what is there at one moment.
   *
   * @template T
   * @param {string[]} names  of the tables
   * @param {(tables: Tables) => Promise<T>} ask  may wait for nothing but its own requests
   * @returns {Promise<T>}
   */
  async view(names, ask) {
    await this.reopen();
    const transaction = this.database.transaction(names);
    return ask((table) => transaction.objectStore(table));
  }

  /**
   * @template T
   * @param {string} table
   * @param {(table: IDBObjectStore) => IDBRequest<T>} ask
   * @returns {Promise<T>}
   */
  read(table, ask) {
    return this.view([table], (tables) => done(ask(tables(table))));
  }

  /**
   * @param {string} name
   * @returns {Promise<any>} a single value of the device
   */
  get(name) {
    return this.read(DEVICE, (table) => table.get(name));
  }

  /**
   * @param {string} name
   * @param {unknown} value  undefined takes it away
   */
  set(name, value) {
    return this.write([DEVICE], (tables) => {
      if (value === undefined) tables(DEVICE).delete(name);
      else tables(DEVICE).put(value, name);
    });
  }

  /** Empties tables; all of them unless named. */
  clear(tables = TABLES) {
    return this.write(tables, (open) => {
      for (const table of tables) open(table).clear();
    });
  }
}

/** @param {IDBTransaction} transaction */
function abort(transaction) {
  try {
    transaction.abort();
  } catch {
    // it has ended by itself
  }
}

/**
 * @param {string} name
 * @returns {Promise<IDBDatabase>}
 */
function connect(name) {
  const request = indexedDB.open(name, VERSION);
  request.onupgradeneeded = (event) => {
    upgrade(request.result, /** @type {IDBTransaction} */ (request.transaction), event.oldVersion);
  };
  return done(request);
}

/**
 * Brings an older store to today's shape; no scan that was not sent is lost.
 *
 * @param {IDBDatabase} database
 * @param {IDBTransaction} transaction
 * @param {number} before
 */
function upgrade(database, transaction, before) {
  database.createObjectStore(REFUSED, { keyPath: "id" });
  database.createObjectStore(MANIFEST);
  if (before === 0) {
    database.createObjectStore(DEVICE);
    database.createObjectStore(SCANS, { keyPath: "seq" }).createIndex(UNSENT, "unsent");
    return;
  }
  const scans = transaction.objectStore(SCANS);
  scans.createIndex(UNSENT, "unsent");
  // What version 1 had put aside is sent once more: the server now keeps what it cannot read.
  for (const table of [SCANS, PARKED]) {
    transaction.objectStore(table).getAll().onsuccess = (event) => {
      const rows = /** @type {IDBRequest<any[]>} */ (event.target).result;
      for (const scan of rows) scans.put({ ...scan, unsent: 1 });
      if (table === PARKED) database.deleteObjectStore(PARKED);
    };
  }
}
