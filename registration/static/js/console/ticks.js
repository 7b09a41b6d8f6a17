/**
 * Sends a tick without loading the page anew; without this script, the form does it.
 *
 * A name turns safe only by what the server says afterwards, never by the tap alone.
 */

const form = document.querySelector("form[data-ticks]");
const note = document.querySelector("[data-tick-note]");

/**
 * Says what went wrong, or nothing.
 * @param {string} text
 */
function say(text) {
  note.classList.toggle("is-failed", Boolean(text));
  note.textContent = text;
}

/**
 * Sends one tick and has the list renewed.
 * @param {HTMLButtonElement} button what was pressed
 */
async function send(button) {
  const body = new FormData(form);
  body.append(button.name, button.value);
  button.setAttribute("aria-disabled", "true"); // and not disabled, which would lose the focus
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.type !== "opaqueredirect") throw new Error(String(answer.status));
    say("");
    document.dispatchEvent(new Event("live:renew"));
  } catch {
    button.removeAttribute("aria-disabled");
    say(note.dataset.failed || "");
  }
}

if (form && note) {
  form.addEventListener("submit", (event) => {
    if (!event.submitter) return;
    event.preventDefault();
    if (!event.submitter.hasAttribute("aria-disabled")) send(event.submitter);
  });
}
