/**
 * Keeps the preview of a badge design up to date while somebody types, and lets them drag its
 * elements. What is dragged is written into the number fields, so that the form says it all.
 */

const QUIET = 350;
const GRID = 0.5;
/** Millimetres: as far as a hand holds still when it only points. */
const STILL = 0.7;

const form = /** @type {HTMLFormElement} */ (document.getElementById("design"));
let timer = 0;
let asked = 0;
/** @type {string} */
let chosen = "";

/** Asks for the preview of what the form says now; of several answers the last one asked counts. */
async function renew() {
  const mine = (asked += 1);
  const body = new FormData(form);
  body.delete("do");
  let html;
  try {
    const response = await fetch(form.dataset.preview ?? "", { method: "POST", body });
    if (!response.ok) return;
    html = await response.text();
  } catch {
    return; // the next change asks again, and the button still works
  }
  if (mine !== asked) return;
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("design-preview");
  if (!fresh) return;
  document.getElementById("design-preview")?.replaceWith(document.adoptNode(fresh));
  frame();
}

function renewSoon() {
  clearTimeout(timer);
  timer = window.setTimeout(renew, QUIET);
}

/** @param {string} path @param {string} name */
function field(path, name) {
  return /** @type {HTMLInputElement | null} */ (form.elements.namedItem(`${path}.${name}`));
}

/** @param {HTMLInputElement | null} input */
function numberIn(input) {
  return input ? Number.parseFloat(input.value.replace(",", ".")) || 0 : 0;
}

/** @param {string} path @param {boolean} opens */
function choose(path, opens) {
  chosen = path;
  for (const each of form.querySelectorAll("details[data-element]")) {
    const is = /** @type {HTMLElement} */ (each).dataset.element === path;
    each.classList.toggle("is-chosen", is);
    if (is && opens) {
      /** @type {HTMLDetailsElement} */ (each).open = true;
      each.scrollIntoView({ block: "nearest" });
    }
  }
  frame();
}

/** Draws a frame around the element whose fields somebody is at. */
function frame() {
  document.querySelectorAll(".design-frame").forEach((each) => each.remove());
  const drawn = /** @type {SVGGElement | null} */ (
    form.querySelector(`.badge-side [data-element="${chosen}"]`)
  );
  if (!drawn) return;
  const box = drawn.getBBox();
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  rect.setAttribute("class", "design-frame");
  for (const name of /** @type {const} */ (["x", "y", "width", "height"])) {
    rect.setAttribute(name, String(box[name]));
  }
  drawn.ownerSVGElement?.append(rect);
}

/** @param {SVGSVGElement} svg @param {PointerEvent} event */
function millimetres(svg, event) {
  const matrix = svg.getScreenCTM();
  return new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix?.inverse());
}

/** @param {PointerEvent} event */
function grab(event) {
  const drawn = /** @type {Element} */ (event.target).closest(".badge-side [data-element]");
  const svg = /** @type {SVGSVGElement | null} */ (drawn?.closest("svg.badge-side") ?? null);
  if (!drawn || !svg || event.button !== 0) return;
  const path = drawn.getAttribute("data-element") ?? "";
  const begun = millimetres(svg, event);
  const names = ["x", "y", "to_x", "to_y"].filter((name) => field(path, name));
  const before = names.map((name) => numberIn(field(path, name)));
  let moved = false;
  choose(path, true);
  event.preventDefault();

  const drag = (/** @type {PointerEvent} */ at) => {
    const now = millimetres(svg, at);
    const by = { x: now.x - begun.x, y: now.y - begun.y };
    moved ||= Math.hypot(by.x, by.y) > STILL;
    if (!moved) return;
    const snap = (/** @type {number} */ value) => Math.round(value / GRID) * GRID;
    drawn.setAttribute("transform", `translate(${snap(by.x)} ${snap(by.y)})`);
    names.forEach((name, index) => {
      const input = field(path, name);
      const value = before[index] + snap(name.endsWith("x") ? by.x : by.y);
      if (input) input.value = String(Math.max(0, Math.round(value * 100) / 100));
    });
  };
  const drop = () => {
    removeEventListener("pointermove", drag);
    removeEventListener("pointerup", drop);
    removeEventListener("pointercancel", drop);
    if (moved) renew();
  };
  addEventListener("pointermove", drag);
  addEventListener("pointerup", drop);
  addEventListener("pointercancel", drop);
}

form.addEventListener("input", renewSoon);
form.addEventListener("pointerdown", grab);
form.addEventListener("focusin", (event) => {
  const group = /** @type {Element} */ (event.target).closest("details[data-element]");
  const path = /** @type {HTMLElement | null} */ (group)?.dataset.element;
  if (path && path !== chosen) choose(path, false);
});
