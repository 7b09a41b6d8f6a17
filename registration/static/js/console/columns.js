/** Orders the columns of a list by buttons; their numbers, which work without a script, follow. */

const table = /** @type {HTMLTableElement | null} */ (document.querySelector("[data-columns]"));
const body = table?.tBodies[0];

/** @param {HTMLTableRowElement} row */
const place = (row) => /** @type {HTMLInputElement} */ (row.querySelector(".place"));

/** @param {HTMLTableRowElement} row */
const ticks = (row) => /** @type {HTMLInputElement[]} */ ([...row.querySelectorAll("input[type=checkbox]")]);

/** The rows whose columns are on the list, in their order. */
const chosen = () => [...(body?.rows ?? [])].filter((row) => ticks(row).some((tick) => tick.checked));

/** Numbers the chosen rows as they stand, and says which can move where. */
function number() {
  const rows = chosen();
  rows.forEach((row, index) => {
    place(row).value = String(index + 1);
  });
  for (const row of body?.rows ?? []) {
    const [up, down] = /** @type {NodeListOf<HTMLButtonElement>} */ (row.querySelectorAll(".ways button"));
    const index = rows.indexOf(row);
    row.classList.toggle("is-off", index < 0);
    if (index < 0) place(row).value = "";
    up.disabled = index <= 0;
    down.disabled = index < 0 || index === rows.length - 1;
  }
}

/** Puts the rows in the order of their numbers: first those that have one.
 * @param {HTMLTableRowElement} kept whose focus must survive
 */
function sort(kept) {
  const focused = document.activeElement;
  const rows = chosen().sort((one, other) => Number(place(one).value) - Number(place(other).value) || (one === kept ? -1 : 1));
  const others = [...(body?.rows ?? [])].filter((row) => !rows.includes(row));
  body?.append(...rows, ...others);
  number();
  if (focused instanceof HTMLElement && body?.contains(focused)) focused.focus();
}

/** Moves a row by one.
 * @param {HTMLTableRowElement} row
 * @param {number} by
 */
function move(row, by) {
  const rows = chosen();
  const index = rows.indexOf(row);
  if (by < 0) rows[index - 1]?.before(row);
  else rows[index + 1]?.after(row);
  number();
}

/** @param {HTMLTableRowElement} row @param {string} sign @param {string} words @param {number} by */
function way(row, sign, words, by) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = sign;
  button.setAttribute("aria-label", words.replace("{}", row.querySelector("th")?.firstChild?.textContent?.trim() ?? ""));
  button.addEventListener("click", () => {
    move(row, by);
    if (!button.disabled) button.focus();
  });
  return button;
}

if (table && body) {
  table.tHead?.rows[0].append(document.createElement("td"));
  for (const row of body.rows) {
    const cell = row.insertCell();
    cell.className = "ways";
    cell.append(
      way(row, "↑", table.dataset.up ?? "", -1),
      way(row, "↓", table.dataset.down ?? "", 1),
    );
    place(row).addEventListener("change", () => {
      if (place(row).value.trim() && !chosen().includes(row)) for (const tick of ticks(row)) tick.checked = true;
      sort(row);
    });
    for (const tick of ticks(row)) {
      tick.addEventListener("change", () => {
        if (tick.checked && !place(row).value.trim()) place(row).value = String(chosen().length);
        sort(row);
      });
    }
  }
  number();
}
