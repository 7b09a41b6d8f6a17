// The page as an app: its service worker, which starts it without a server, and its updates.

const WORKER = "/gate/sw.js";
const SCOPE = "/gate/";
const CHOICES = "einlass-gate-choices";
const LANGUAGE = "/gate/language";
const LOOK_EVERY = 3_600_000;
const PATIENCE = 3000;

/**
 * Installs the worker, looks for newer versions from time to time, and notes the page's language
 * for the next start.
 *
 * A version that was fetched since the last start takes over now: nothing is on the screen yet, so
 * nothing is lost by loading anew.
 *
 * @returns {Promise<void>} resolved when the page can go on
 */
export async function keepApp() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return; // an insecure address, or a private window of some browsers
  try {
    const installed = await serviceWorker.getRegistration(SCOPE);
    if (installed?.waiting && serviceWorker.controller) await changeOver(installed.waiting);
    void install(serviceWorker);
  } catch (error) {
    console.warn("the page will not start without a network", error);
  }
}

/** @param {ServiceWorkerContainer} serviceWorker */
async function install(serviceWorker) {
  try {
    const cache = await caches.open(CHOICES);
    await cache.put(LANGUAGE, new Response(document.documentElement.lang));
    const registration = await serviceWorker.register(WORKER, { scope: SCOPE });
    const look = () => registration.update().catch(() => undefined); // later, with a network
    setInterval(look, LOOK_EVERY);
  } catch (error) {
    console.warn("the page will not start without a network", error);
  }
}

/**
 * @param {ServiceWorker} worker
 * @returns {Promise<void>} resolved only if it does not take over in time: then this start still
 *   goes with the older version, whole, and the next one tries again
 */
function changeOver(worker) {
  return new Promise((resolve) => {
    const change = () => location.reload();
    navigator.serviceWorker.addEventListener("controllerchange", change, { once: true });
    // Whatever is fetched while the older version is being stopped would start it again.
    void loaded().then(() => worker.postMessage("take over"));
    setTimeout(() => {
      // Later somebody may be scanning, who must not lose the screen.
      navigator.serviceWorker.removeEventListener("controllerchange", change);
      resolve();
    }, PATIENCE);
  });
}

/** @returns {Promise<unknown>} resolved once the page has all of its files */
function loaded() {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resolve) => addEventListener("load", resolve, { once: true }));
}
