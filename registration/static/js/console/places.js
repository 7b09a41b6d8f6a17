/**
 * Edits the matrix of places where its numbers stand.
 *
 * Arrow keys move from cell to cell; a click, Enter or a digit opens the field, Enter saves,
 * Escape takes back. Without this script each number is a link that opens its field.
 */

/**
 * A field that is open in a cell.
 * @typedef {{ link: HTMLAnchorElement, input: HTMLInputElement, error: HTMLElement | null }} Open
 */

const table = /** @type {HTMLTableElement | null} */ (document.querySelector("[data-matrix]"));
const said = document.querySelector("[data-said]");
const DIGIT = /^[0-9]$/;

/** @type {Open | null} */
let open = null;
/** Saving goes one after the other, so that the last answer is the newest. */
let saving = Promise.resolve();

/**
 * @param {Element | null} target
 * @returns {HTMLAnchorElement | null} the cell's link, if there is one at the target
 */
function linkAt(target) {
  const link = target && target.closest("tbody a");
  return /** @type {HTMLAnchorElement | null} */ (link);
}

/**
 * @param {Element} link
 * @returns {HTMLTableCellElement} the cell that it is in
 */
function cellOf(link) {
  return /** @type {HTMLTableCellElement} */ (link.closest("td, th"));
}

/**
 * Makes one link the only one that the Tab key reaches, and goes there.
 * @param {HTMLAnchorElement | null} link
 */
function goTo(link) {
  if (!table || !link) return;
  for (const other of table.querySelectorAll('tbody a[tabindex="0"]')) {
    /** @type {HTMLElement} */ (other).tabIndex = -1;
  }
  link.tabIndex = 0;
  link.focus();
  link.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/**
 * Finds the next cell with a link, so many rows down and columns on.
 * @param {Element} from
 * @param {number} down
 * @param {number} on
 * @returns {HTMLAnchorElement | null}
 */
function neighbour(from, down, on) {
  let row = /** @type {HTMLTableRowElement | null} */ (from.closest("tr"));
  let column = cellOf(from).cellIndex;
  const body = row && /** @type {HTMLTableSectionElement} */ (row.parentElement);
  while (row && body) {
    column += on;
    row = body.rows[row.sectionRowIndex + down] || null;
    const cell = row && row.cells[column];
    if (!cell) return null;
    const link = cell.querySelector("a");
    if (link) return link;
  }
  return null;
}

/**
 * @param {KeyboardEvent} event
 * @param {Element} from
 * @returns {HTMLAnchorElement | null | undefined} where the key leads; undefined: no such key
 */
function target(event, from) {
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (
    (event.ctrlKey ? from.closest("tbody") : from.closest("tr"))?.querySelectorAll("td a")
  );
  switch (event.key) {
    case "ArrowUp":
      return neighbour(from, -1, 0);
    case "ArrowDown":
      return neighbour(from, 1, 0);
    case "ArrowLeft":
      return neighbour(from, 0, -1);
    case "ArrowRight":
      return neighbour(from, 0, 1);
    case "Home":
      return links[0];
    case "End":
      return links[links.length - 1];
    default:
      return undefined;
  }
}

/**
 * Puts a field in the place of a cell's number.
 * @param {HTMLAnchorElement} link
 * @param {string} [typed] what has been typed already
 */
function edit(link, typed) {
  if (open) save(open);
  const cell = cellOf(link);
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const [named, above] = [row.cells[0], table?.tHead?.rows[0].cells[cell.cellIndex]];
  const word = [named.title || named.innerText, above?.innerText || ""]
    .map((name) => name.trim())
    .filter(Boolean)
    .join(", ");
  const input = document.createElement("input");
  input.className = "input cell-input";
  input.inputMode = "numeric";
  input.autocomplete = "off";
  input.value = typed ?? link.dataset.places ?? "";
  input.setAttribute("aria-label", (table?.dataset.field || "").replace("{}", word));
  input.setAttribute("aria-describedby", "cell-hint");
  const mine = (open = { link, input, error: null });
  input.addEventListener("keydown", (event) => onFieldKey(event, mine));
  input.addEventListener("blur", () => save(mine));
  link.hidden = true;
  cell.classList.add("is-open");
  cell.append(input);
  input.focus();
  if (typed === undefined) input.select();
}

/**
 * Takes the field away; the number stands there again.
 * @param {Open} which
 */
function close(which) {
  const held = which.input === document.activeElement;
  which.input.readOnly = true; // losing the focus must not save it now
  if (open === which) open = null;
  which.link.hidden = false;
  cellOf(which.link).classList.remove("is-open");
  which.error?.remove();
  which.input.remove();
  if (held) goTo(which.link);
}

/**
 * @param {KeyboardEvent} event
 * @param {Open} which
 */
function onFieldKey(event, which) {
  const on = event.key === "Tab" ? (event.shiftKey ? -1 : 1) : 0;
  const down = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (event.key === "Escape") {
    which.input.value = which.link.dataset.places || "";
    close(which);
  } else if (event.key === "Enter") {
    save(which);
  } else if (down || on) {
    const next = neighbour(which.link, down, on);
    if (!next) return;
    save(which);
    goTo(next);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * Saves what is in the field, unless it is what was there before.
 * @param {Open} which
 */
function save(which) {
  if (which.input.readOnly || !which.input.isConnected) return;
  if (which.input.value.trim() === (which.link.dataset.places || "")) return close(which);
  which.input.readOnly = true;
  saving = saving.then(() => send(which));
}

/**
 * Sends one number; shows what is different now, or says at the cell what is wrong.
 * @param {Open} which
 */
async function send(which) {
  const body = new URLSearchParams({
    csrf_token: table?.dataset.csrf || "",
    places: which.input.value.trim(),
  });
  try {
    const answer = await fetch(which.link.href, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
      return answer.status >= 500 ? refuse(which) : location.assign(which.link.href);
    }
    const told = await answer.json();
    if (!answer.ok) return refuse(which, told.error);
    for (const [id, cell] of Object.entries(told.cells)) show(id, cell);
    const saved = cellOf(which.link).innerText.replace(/\s+/g, " ").trim();
    close(which);
    if (said) said.textContent = (said.getAttribute("data-saved") || "").replace("{}", saved || which.link.innerText);
  } catch {
    refuse(which);
  }
}

/**
 * Shows a cell as it is now.
 * @param {string} id
 * @param {{ html: string, fill: string, places: string }} now
 */
function show(id, now) {
  const cell = document.getElementById(id);
  const shown = /** @type {HTMLElement | null} */ (cell && cell.querySelector("a, span"));
  if (!cell || !shown) return;
  shown.innerHTML = now.html;
  shown.dataset.places = now.places;
  cell.className = cell.className.replace(/\bfill-\w+/, `fill-${now.fill}`);
}

/**
 * Says at the cell why it was not saved; the field stays open.
 * @param {Open} which
 * @param {string} [reason]
 */
function refuse(which, reason) {
  which.input.readOnly = false;
  which.error ??= document.createElement("p");
  which.error.className = "cell-error";
  which.error.id = `${cellOf(which.link).id}-error`;
  which.error.setAttribute("role", "alert");
  which.error.textContent = reason || table?.dataset.lost || "";
  which.input.setAttribute("aria-invalid", "true");
  which.input.setAttribute("aria-describedby", which.error.id);
  which.input.after(which.error);
  open = which;
  which.input.focus();
}

if (table) {
  table.setAttribute("role", "grid");
  document.querySelector("[data-keys]")?.removeAttribute("hidden");
  for (const link of table.querySelectorAll("tbody a")) {
    /** @type {HTMLElement} */ (link).tabIndex = -1;
  }
  const named = location.hash && document.getElementById(location.hash.slice(1));
  const first = named ? named.querySelector("a") : table.querySelector("tbody td a");
  if (first) first.tabIndex = 0;
  if (named && first) goTo(first);

  table.addEventListener("click", (event) => {
    const link = linkAt(/** @type {Element} */ (event.target));
    if (!link || !link.closest("td") || link.closest("form")) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goTo(link);
    edit(link);
  });
  table.addEventListener("keydown", (event) => {
    const link = linkAt(/** @type {Element} */ (event.target));
    if (!link || event.altKey || event.metaKey) return;
    const next = target(event, link);
    if (next !== undefined) goTo(next);
    else if (event.ctrlKey || !link.closest("td")) return;
    else if (event.key === "Enter" || event.key === "F2") edit(link);
    else if (event.key === "Delete" || event.key === "Backspace") edit(link, "");
    else if (DIGIT.test(event.key)) edit(link, event.key);
    else return;
    event.preventDefault();
  });
}
