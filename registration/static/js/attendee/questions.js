// Shows a question only while it is asked: in its role, and on the answer that it hangs on.
// Without this module all are shown, each with a line that says when it is asked; the server
// decides in any case, by the same rule (services/questions/asking.py).
// @ts-check

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {string[]} what is chosen or typed under this name; nothing in a question not asked
 */
function answersTo(form, name) {
  return new FormData(form).getAll(name).map(String);
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} question
 * @returns {boolean} whether the question is asked of whoever has filled in the form so far
 */
function isAsked(form, question) {
  const { role, hangsOn, answer } = question.dataset;
  if (role && !answersTo(form, "role").includes(role)) return false;
  return !hangsOn || answersTo(form, `${hangsOn}`).includes(answer ?? "");
}

/**
 * Fields that are disabled are in no FormData, so one pass in the questions' order is enough: a
 * question hangs only on earlier ones.
 * @param {HTMLFormElement} form
 * @param {HTMLElement[]} questions
 */
function show(form, questions) {
  for (const question of questions) {
    const asked = isAsked(form, question);
    question.hidden = !asked;
    for (const field of question.querySelectorAll("input, select, textarea")) {
      /** @type {HTMLInputElement} */ (field).disabled = !asked;
    }
  }
}

const questions = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".question")]);
const form = questions[0]?.closest("form");
if (form) {
  for (const line of form.querySelectorAll(".question .only-if")) line.remove();
  form.addEventListener("change", () => show(form, questions));
  show(form, questions);
}
