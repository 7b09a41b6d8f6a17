// Folding: how names are compared when they are searched; the twin of services/folding.py.

/** Letters that Unicode does not take apart, as their readers sort them. @type {Record<string, string>} */
const UNDECOMPOSED = { ø: "o", ł: "l", đ: "d", æ: "ae", œ: "oe", ı: "i", þ: "th", ð: "d" };

/** Marks of the scripts in which they can go; in Indic ones they are vowels. */
const ACCENTS = /(?=[\p{sc=Zinh}\p{sc=Arab}\p{sc=Cyrl}\p{sc=Hebr}])(?!\u034f)\p{Mn}/gu;

/**
 * Returns the text as German collation compares it: ä as a, ß as ss, case and accents ignored.
 *
 * @param {string} text
 * @returns {string}
 */
export function fold(text) {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase(); // most names, and ten times as fast
  return text
    .replaceAll("ẞ", "ß")
    .toUpperCase() // first, as only that takes ß, ŉ or ǰ apart
    .toLowerCase()
    .replaceAll("ς", "σ")
    .replace(/[øłđæœıþð]/g, (letter) => UNDECOMPOSED[letter])
    .normalize("NFKD")
    .replace(ACCENTS, "");
}
