/**
 * Sends a tick without loading the page anew; without this script, the form does it.
 *
 * A name turns safe only by what the server says afterwards, never by the tap alone.
 */

const form = document.querySelector("form[data-ticks]");
const note = document.querySelector("[data-tick-note]");

/**
 * Sends one tick and has the list renewed.
 * @param {HTMLButtonElement} button what was pressed
 */
async function send(button) {
  const body = new FormData(form);
  body.append(button.name, button.value);
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.type !== "opaqueredirect") throw new Error(String(answer.status));
    note.textContent = "";
    document.dispatchEvent(new Event("live:renew"));
  } catch {
    button.disabled = false;
    note.textContent = note.dataset.failed;
  }
}

if (form && note) {
  form.addEventListener("submit", (event) => {
    if (!event.submitter) return;
    event.preventDefault();
    send(event.submitter);
  });
}
