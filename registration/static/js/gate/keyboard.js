// Keyboard scanners: keys in quick succession that end with Enter, wherever the focus is.
//
// In a field only a badge counts as scanned, since people type there, too; what the scanner typed
// into the field is taken out again.
//
// The page loads this before all else and hears every key from then on. What is scanned before the
// device is open is held, also while a newer version of the page takes over, and judged then.

const LONGEST_GAP = 250;
const FEWEST_KEYS = 6;
const HELD = "einlass-held-scans";
/** So long a scan may be held over a reload, in milliseconds: whoever it is still stands there. */
const HOLDS = 60_000;

/**
 * What each key of a US keyboard types. Scanners are often set to it while the computer is set to
 * German, which turns ":" into "Ö" and swaps Y and Z; the place of a key tells the truth then.
 *
 * @type {Record<string, [plain: string, shifted: string]>}
 */
const US_KEYS = {
  Space: [" ", " "],
  Minus: ["-", "_"],
  Equal: ["=", "+"],
  Semicolon: [";", ":"],
  Comma: [",", "<"],
  Period: [".", ">"],
  Slash: ["/", "?"],
  Digit1: ["1", "!"],
  Digit2: ["2", "@"],
  Digit3: ["3", "#"],
  Digit4: ["4", "$"],
  Digit5: ["5", "%"],
  Digit6: ["6", "^"],
  Digit7: ["7", "&"],
  Digit8: ["8", "*"],
  Digit9: ["9", "("],
  Digit0: ["0", ")"],
};

/** @param {KeyboardEvent} event */
function byPlace(event) {
  if (/^Key[A-Z]$/.test(event.code)) {
    const letter = event.code.slice(3);
    return event.shiftKey !== event.getModifierState("CapsLock") ? letter : letter.toLowerCase();
  }
  return US_KEYS[event.code]?.[event.shiftKey ? 1 : 0] ?? event.key;
}

/** @param {EventTarget | null} target */
function isField(target) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !/^(radio|checkbox)$/.test(/** @type {HTMLInputElement} */ (target).type)
  );
}

/**
 * Who is told what is scanned: undefined as long as that is not known, null if nobody is.
 *
 * @type {((text: string) => void) | null | undefined}
 */
let receiver;
/** @type {string[]} */
let held = takeHeld();
let typed = "";
let placed = "";
let last = 0;
let before = "";

/**
 * Calls back with each text that a keyboard scanner types, first of all with those that are held.
 *
 * @param {(text: string) => void} onText
 */
export function listenToKeys(onText) {
  receiver = onText;
  for (const text of held.splice(0)) onText(text);
}

/** Leaves all keys to the page, where there is nothing to scan for; forgets what was held. */
export function leaveKeysAlone() {
  receiver = null;
  held = [];
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (receiver === null) return;
  const goesOn = event.timeStamp - last < LONGEST_GAP;
  const field = isField(event.target) ? /** @type {HTMLInputElement} */ (event.target) : undefined;
  if (event.key === "Enter") {
    if (goesOn && typed.length >= FEWEST_KEYS) end(event, field);
    typed = placed = "";
    return;
  }
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!goesOn) {
    typed = placed = "";
    before = field?.value ?? "";
  }
  // From its second key on it is no person pressing a button with the space bar.
  if (typed && !field) event.preventDefault();
  typed += event.key;
  placed += byPlace(event);
  last = event.timeStamp;
  // The first key also starts the sound, which takes a moment: it is no gap between two keys.
  setTimeout(() => {
    last = Math.max(last, performance.now());
  });
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLInputElement | undefined} field
 */
function end(event, field) {
  const text = !typed.startsWith("E1:") && placed.startsWith("E1:") ? placed : typed;
  if (field && !text.startsWith("E1:")) return;
  event.preventDefault();
  event.stopPropagation();
  if (field) {
    field.value = before;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (receiver) receiver(text);
  else held.push(text);
}

/** Notes what is held for the page that comes next in this window. */
function handOver() {
  if (held.length > 0) sessionStorage.setItem(HELD, JSON.stringify({ at: Date.now(), texts: held }));
}

/** @returns {string[]} what the page before this one had held */
function takeHeld() {
  try {
    const { at, texts } = JSON.parse(sessionStorage.getItem(HELD) ?? "{}");
    sessionStorage.removeItem(HELD);
    return Date.now() - at < HOLDS ? texts : [];
  } catch {
    return []; // a window that stores nothing
  }
}

document.addEventListener("keydown", onKey, { capture: true });
addEventListener("pagehide", handOver);
