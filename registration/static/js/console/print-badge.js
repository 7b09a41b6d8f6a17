/**
 * Prints one badge at once: the form is sent, and the PDF that answers it opens in a frame that
 * nobody sees, whose printing begins by itself. Without this script the PDF opens as a page.
 *
 * Where the answer is no PDF (a reason is missing, somebody has signed out), the form is sent as
 * forms are, and its page shows what is wrong.
 */

const LONGEST_LOAD = 15000;

/**
 * Opens the browser's print dialogue for a PDF of ours.
 * @param {string} address of the PDF
 * @param {string} title of the frame
 * @returns {Promise<void>} when the dialogue was opened
 */
function printFile(address, title) {
  document.querySelector("iframe[data-printing]")?.remove();
  const frame = document.createElement("iframe");
  frame.title = title;
  frame.className = "sr-only";
  frame.dataset.printing = "";
  frame.tabIndex = -1;
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("no PDF in time")), LONGEST_LOAD);
    frame.addEventListener("load", () => {
      clearTimeout(late);
      frame.contentWindow?.focus();
      frame.contentWindow?.print();
      resolve();
    });
    frame.src = address;
    document.body.append(frame);
  });
}

/**
 * Sends the form; prints what answers.
 * @param {HTMLFormElement} form
 */
async function send(form) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
  const isPdf = (answer.headers.get("Content-Type") || "").startsWith("application/pdf");
  if (!answer.ok || !isPdf) return form.submit();
  const said = form.querySelector("[data-print-said]");
  try {
    await printFile(answer.url, form.dataset.printBadge || "");
    if (said) said.textContent = said.dataset.printSaid || "";
  } catch {
    location.assign(answer.url);
  }
}

for (const form of document.querySelectorAll("form[data-print-badge]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form).catch(() => form.submit());
  });
}
