/** Counts the marked requests, and marks all of a page at once. */

const bulk = document.querySelector("[data-marks]");
const words = document.querySelector("[data-marked]");
const marks = /** @type {HTMLInputElement[]} */ (
  [...document.querySelectorAll('input[form="bulk"][name="id"]')]
);

/** Says how many are marked; without any there is nothing to decide. */
function count() {
  const marked = marks.filter((mark) => mark.checked).length;
  if (words) words.textContent = (words.getAttribute("data-marked") || "").replace("{}", String(marked));
  for (const button of bulk?.querySelectorAll("button") || []) button.disabled = marked === 0;
  if (all) {
    all.checked = marked === marks.length;
    all.indeterminate = marked > 0 && marked < marks.length;
  }
}

/** The box in the table's head, which only makes sense with a script. */
const cell = document.querySelector("thead .mark");
const all = cell ? document.createElement("input") : null;
if (all && cell && bulk) {
  all.type = "checkbox";
  all.setAttribute("aria-label", bulk.getAttribute("data-all") || "");
  all.addEventListener("change", () => {
    for (const mark of marks) mark.checked = all.checked;
    count();
  });
  cell.replaceChildren(all);
}
for (const mark of marks) mark.addEventListener("change", count);
if (bulk) count();
