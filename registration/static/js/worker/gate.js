// The scanner's service worker: starts the page without a server. Served as /gate/sw.js, with
// VERSION, PAGES and FILES before it, which the server works out from what it has.
//
// All files of one version are kept together, and a page gets all of its own from there. A new
// version is fetched beside it and takes over when the page starts the next time, or when none is
// open. Answers of the API are never kept.

/** @type {string} a hash of everything below */
const version = VERSION;
/** @type {Record<string, string>} addresses of the page by language */
const pages = PAGES;
/** @type {Record<string, string>} SHA-256 in base64 by address; empty for what never changes */
const files = FILES;

const PREFIX = "einlass-gate-files-";
const CACHE = PREFIX + version;
/** Where the page notes the language that was chosen. */
const CHOICES = "einlass-gate-choices";
const LANGUAGE = "/gate/language";

self.addEventListener("install", (event) => {
  event.waitUntil(Promise.all([fill(), sleepThroughIcons(event)]));
});
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(self.skipWaiting());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (address.pathname === "/gate/") event.respondWith(answerWithPage(event, address));
  } else if (Object.hasOwn(files, address.pathname)) {
    event.respondWith(answerWithFile(request, address.pathname));
  }
});

/** Fetches all of this version; it is installed wholly or not at all. */
async function fill() {
  const cache = await caches.open(CACHE);
  const addresses = [...Object.values(pages), ...Object.keys(files)];
  await Promise.all(addresses.map((address) => keep(cache, address)));
}

/**
 * Answers without this worker what a browser fetches by itself once a page has loaded.
 *
 * Just then a newer version may want to take over: Chromium stops this one for that, and whatever
 * is fetched that moment would start it again, so that the newer one waits until it has been idle
 * for half a minute (ServiceWorkerRegistration::ActivateWaitingVersionWhenReady asks only once).
 *
 * @param {InstallEvent} event
 */
async function sleepThroughIcons(event) {
  const icons = Object.keys(files).filter((address) => /\/icons?[./]/.test(address));
  const routes = icons.map((pathname) => route(pathname, { cacheName: CACHE }));
  try {
    await event.addRoutes?.([...routes, route("/gate/manifest.webmanifest", "network")]);
  } catch (error) {
    console.warn("a newer version of the scanner may take longer to take over", error);
  }
}

/** @param {string} pathname @param {"network" | {cacheName: string}} source */
function route(pathname, source) {
  return { condition: { urlPattern: { pathname } }, source };
}

/**
 * @param {Cache} cache
 * @param {string} address
 */
async function keep(cache, address) {
  const hash = files[address];
  const old = hash && (await caches.match(address, { ignoreVary: true }));
  if (old && (await hashOf(old.clone())) === hash) return cache.put(address, old);
  const response = await fetch(address, {
    cache: "reload",
    credentials: "omit", // a page for whoever opens it, without the cookies of whoever installed it
    ...(hash && { integrity: `sha256-${hash}` }), // else files of two versions may be mixed
  });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return cache.put(address, response);
}

/** @param {Response} response */
async function hashOf(response) {
  const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** Lets go of older versions, and serves pages that are open without one. */
async function takeOver() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/**
 * @param {FetchEvent} event
 * @param {URL} address
 */
async function answerWithPage(event, address) {
  const chosen = address.searchParams.get("lang") ?? "";
  if (chosen in pages) event.waitUntil(fetch(pages[chosen]).catch(() => undefined)); // for the cookie
  const language = chosen in pages ? chosen : await knownLanguage();
  const cache = await caches.open(CACHE);
  return (await cache.match(pages[language], { ignoreVary: true })) ?? fetch(event.request);
}

/** @returns {Promise<string>} what was chosen before, else what the browser prefers */
async function knownLanguage() {
  const kept = await (await caches.open(CHOICES)).match(LANGUAGE);
  const wanted = [(await kept?.text()) ?? "", ...navigator.languages.map((each) => each.slice(0, 2))];
  return wanted.find((each) => each in pages) ?? Object.keys(pages)[0];
}

/**
 * @param {Request} request
 * @param {string} path
 */
async function answerWithFile(request, path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request);
}
