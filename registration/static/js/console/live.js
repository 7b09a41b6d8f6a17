/**
 * Renews parts of a page from an HTML fragment of the same address, every two seconds or as often
 * as data-live-every says, in milliseconds.
 *
 * Each element with data-live-part is swapped only if it differs, so that a screen reader hears
 * of a count when it changes and not every time. Rests while the page is hidden. A fragment that
 * takes long is asked for less often, so that an open page never costs more than a tenth of its
 * server's time. Whoever has changed something sends the event "live:renew" to the document.
 * A fragment with data-live-over says that the page is another one by now, and loads it.
 */

const LONGEST = 30000;
const SHARE = 9;

const region = document.querySelector("[data-live]");
const EVERY = Number((region && region.getAttribute("data-live-every")) || 2000);
const note = document.querySelector("[data-live-note]");
const quiet = note ? note.innerHTML : "";
let pause = EVERY;
let renewedAt = new Date();
let version = "";
let renewing = false;

/**
 * Lets a list have the same children as a fresh one, in the same order; those that stay are kept.
 * @param {Element} fresh
 */
function arrange(fresh) {
  const shown = document.getElementById(fresh.id);
  if (!shown) return;
  const wanted = [...fresh.children].map((child) => child.id);
  for (const child of [...shown.children]) if (!wanted.includes(child.id)) child.remove();
  for (const [index, child] of [...fresh.children].entries()) {
    const known = document.getElementById(child.id) || document.importNode(child, true);
    if (shown.children[index] !== known) shown.insertBefore(known, shown.children[index] || null);
  }
}

/**
 * Replaces a part; whoever was at an item of it with the keyboard stays at that item.
 * @param {Element} shown
 * @param {Element} part
 */
function replace(shown, part) {
  const focused = shown.contains(document.activeElement) && document.activeElement;
  const item = focused && focused.closest("[id]");
  shown.innerHTML = part.innerHTML;
  const same = item && document.getElementById(item.id);
  const next = same && (same.matches("a, button") ? same : same.querySelector("a, button"));
  if (next) next.focus({ preventScroll: true });
}

/**
 * Swaps the parts that differ.
 * @param {string} html the fragment
 */
function swap(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  fresh.querySelectorAll("[data-live-list]").forEach(arrange);
  for (const part of fresh.querySelectorAll("[data-live-part]")) {
    const shown = document.getElementById(part.id);
    if (!shown) continue;
    shown.toggleAttribute("data-live-rest", part.hasAttribute("data-live-rest"));
    if (shown.innerHTML !== part.innerHTML) replace(shown, part);
  }
}

/** Says that the numbers are old, and since when. */
function sayLost() {
  if (!note) return;
  const time = renewedAt.toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  note.textContent = (note.dataset.lost || "").replace("{}", time);
  note.classList.add("is-lost");
}

/** Fetches the fragment if there is news, and swaps it in. */
async function fetchNews() {
  const headers = version ? { "If-None-Match": version } : {};
  const address = region.getAttribute("data-live") || "";
  const answer = await fetch(address, { redirect: "error", cache: "no-store", headers });
  if (answer.status === 401) return location.reload();
  if (answer.status !== 304) {
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    if (html.includes("data-live-over")) return location.reload();
    swap(html);
    version = answer.headers.get("ETag") || "";
  }
  renewedAt = new Date();
  if (note && note.classList.contains("is-lost")) {
    note.classList.remove("is-lost");
    note.innerHTML = quiet;
  }
}

/** Renews once, unless nobody looks or there is nothing left to wait for. */
async function renew() {
  if (!region || renewing || document.hidden || region.querySelector("[data-live-rest]")) return;
  const begun = performance.now();
  renewing = true;
  try {
    await fetchNews();
    pause = Math.min(Math.max(EVERY, SHARE * (performance.now() - begun)), LONGEST);
  } catch {
    pause = Math.min(pause * 2, LONGEST);
    sayLost();
  } finally {
    renewing = false;
  }
}

/** Renews, then waits. */
async function run() {
  await renew();
  setTimeout(run, pause);
}

if (region) {
  setTimeout(run, pause);
  document.addEventListener("visibilitychange", renew);
  document.addEventListener("live:renew", renew);
}
