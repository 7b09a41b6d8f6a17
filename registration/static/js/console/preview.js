/**
 * Shows the mail anew while its text is being written, in the form that was asked for last.
 *
 * Without this script, the two buttons do it.
 */

const PAUSE = 600; // milliseconds without a key, so that no half word is sent

const form = document.querySelector("form#text");
const buttons = [...document.querySelectorAll("button[data-preview]")];
let chosen = buttons[0];
let waiting = 0;

/** Sends the form to the frame, as pressing the button would. */
function show() {
  if (form.querySelector("textarea").value) form.requestSubmit(chosen);
}

/** Shows it a moment after the last change. */
function plan() {
  clearTimeout(waiting);
  waiting = setTimeout(show, PAUSE);
}

if (form && chosen) {
  for (const button of buttons) {
    button.addEventListener("click", () => {
      chosen = button;
    });
  }
  form.addEventListener("input", plan);
  for (const select of document.querySelectorAll("select[form=text]")) {
    select.addEventListener("change", plan);
  }
  show();
}
