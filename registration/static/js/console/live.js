/**
 * Renews parts of a page every two seconds from an HTML fragment of the same address.
 *
 * Each element with data-live-part is swapped only if it differs, so that a screen reader hears
 * of a count when it changes and not every time. Rests while the page is hidden.
 */

const EVERY = 2000;
const LONGEST = 30000;

const region = document.querySelector("[data-live]");
const note = document.querySelector("[data-live-note]");
const quiet = note ? note.innerHTML : "";
let pause = EVERY;
let renewedAt = new Date();

/**
 * Swaps the parts that differ.
 * @param {string} html the fragment
 */
function swap(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of fresh.querySelectorAll("[data-live-part]")) {
    const shown = document.getElementById(part.id);
    if (!shown) continue;
    shown.toggleAttribute("data-live-rest", part.hasAttribute("data-live-rest"));
    if (shown.innerHTML !== part.innerHTML) shown.innerHTML = part.innerHTML;
  }
}

/** Says that the numbers are old, and since when. */
function sayLost() {
  if (!note) return;
  const time = renewedAt.toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  note.textContent = (note.dataset.lost || "").replace("{}", time);
  note.classList.add("is-lost");
}

/** Fetches the fragment once. */
async function renew() {
  if (!region || document.hidden || region.querySelector("[data-live-rest]")) return;
  try {
    const answer = await fetch(region.getAttribute("data-live") || "", { redirect: "error" });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    swap(await answer.text());
    renewedAt = new Date();
    pause = EVERY;
    if (note && note.classList.contains("is-lost")) {
      note.classList.remove("is-lost");
      note.innerHTML = quiet;
    }
  } catch {
    pause = Math.min(pause * 2, LONGEST);
    sayLost();
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
}
