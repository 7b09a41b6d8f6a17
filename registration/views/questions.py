"""The questions of an event, set in the console; and the files that people answer with."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import (
    Blueprint,
    flash,
    get_template_attribute,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import languages
from registration.database import transaction
from registration.errors import Duplicate, Invalid, NotFound
from registration.forms.questions import (
    QuestionForm,
    kind_words,
    preview,
    told_by,
    word_of_value,
)
from registration.models.accounts import AccountRole
from registration.models.questions import Question, QuestionKind
from registration.services import events, questions, registrations
from registration.services.events import Prospectus
from registration.services.questions import setting, shaping
from registration.views.accounts import actor, guard
from registration.views.registrations.answers import send

blueprint = Blueprint("questions", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

STEPS = {"up": -1, "down": 1}


@blueprint.get("/<slug>/questions")
def show(slug: str) -> ResponseReturnValue:
    """Show what the event asks, in order, and what it asks no more."""
    prospectus = events.get_prospectus(slug)
    listed = questions.list_all(prospectus.event.id)
    asked = [each for each in listed if each.removed_at is None]
    return render_template(
        "console/questions.html",
        event=prospectus.event,
        asked=asked,
        removed=[each for each in listed if each.removed_at is not None],
        counts=setting.count_answers(prospectus.event.id),
        kinds=kind_words(),
        roles={role.id: role for role in prospectus.roles},
        conditions=_conditions(listed),
        steps={
            each.id: [name for name, by in STEPS.items() if setting.may_move(asked, each, by=by)]
            for each in asked
        },
    )


def _conditions(listed: Sequence[Question]) -> Mapping[int, tuple[str, str]]:
    """Return on what each question hangs: another's title, and the answer to it in words."""
    by_id = {each.id: each for each in listed}
    return {
        each.id: (languages.in_language(other.title), word_of_value(other, each.shown_if_value))
        for each in listed
        if each.shown_if_id and (other := by_id[each.shown_if_id])
    }


@blueprint.route("/<slug>/questions/new", methods=["GET", "POST"])
def add(slug: str) -> ResponseReturnValue:
    """Ask which kind first, then for the question."""
    prospectus = events.get_prospectus(slug)
    if request.args.get("kind") not in set(QuestionKind):
        return render_template(
            "console/questions-kinds.html", event=prospectus.event, kinds=kind_words()
        )
    form = QuestionForm(data={"kind": request.args["kind"]})
    form.offer(prospectus.roles, prospectus.questions)

    def create() -> None:
        setting.create(prospectus.event.id, form.wanted(), code=form.code.data, actor=actor())

    if _is_sent(form) and _done(form, create):
        flash(_("The question is in the form now."))
        return redirect(url_for("questions.show", slug=slug), 303)
    return _page(form, prospectus, None)


@blueprint.route("/<slug>/questions/<code>", methods=["GET", "POST"])
def edit(slug: str, code: str) -> ResponseReturnValue:
    """Change a question that is asked."""
    prospectus = events.get_prospectus(slug)
    question = next((each for each in prospectus.questions if each.code == code), None)
    if question is None:
        raise NotFound(noun="question", name=code)
    earlier = [each for each in prospectus.questions if each.position < question.position]
    form = QuestionForm(data=told_by(question, prospectus.roles, earlier))
    form.offer(prospectus.roles, earlier)
    event_id = prospectus.event.id

    def change() -> None:
        setting.change(setting.get(event_id, code), form.wanted(), actor=actor())

    if _is_sent(form) and _done(form, change):
        flash(_("The question has been changed."))
        return redirect(url_for("questions.show", slug=slug), 303)
    return _page(form, prospectus, question)


def _is_sent(form: QuestionForm) -> bool:
    """Return whether the form is to be taken: sent, well filled in, and not only to look at."""
    return bool(form.validate_on_submit()) and "preview" not in request.form


def _done(form: QuestionForm, work: Callable[[], None]) -> bool:
    """Do the work in a transaction; say at the fields why it cannot be done."""
    try:
        with transaction():
            work()
    except (Invalid, Duplicate) as error:
        form.blame(error)
        return False
    return True


def _page(
    form: QuestionForm, prospectus: Prospectus, question: Question | None
) -> ResponseReturnValue:
    page = render_template(
        "console/questions-edit.html",
        event=prospectus.event,
        form=form,
        question=question,
        kinds=kind_words(),
        is_answered=question is not None and setting.is_answered(question),
        previews=_previews(form, prospectus),
    )
    return page, 422 if form.errors else 200


def _previews(form: QuestionForm, prospectus: Prospectus) -> Mapping[str, str]:
    """Return the question, drawn as attendees see it in each language, once it has a title."""
    if set(form.errors) & {"kind", "role", "shown_if"}:
        return {}
    wanted = form.wanted()
    if not wanted.title:
        return {}
    others = {each.code: each.id for each in prospectus.questions}
    shown = Question(
        code="preview",
        kind=wanted.kind,
        title=wanted.title,
        help=wanted.help,
        purpose=wanted.purpose,
        options=[dict(each) for each in wanted.options],
        is_required=wanted.is_required,
        role_id=wanted.role_id,
        shown_if_id=others.get(wanted.shown_if),
        shown_if_value=wanted.shown_if_value,
        retention_days=min(max(wanted.retention_days, 0), shaping.LONGEST_RETENTION),
    )
    draw = get_template_attribute("components/questions.html", "question_field")
    found = {}
    for language in languages.LANGUAGES:
        with languages.force_locale(language):
            found[language] = draw(preview(shown, prospectus, name=f"preview-{language}"))
    return found


@blueprint.post("/<slug>/questions/<code>/move")
def move(slug: str, code: str) -> ResponseReturnValue:
    """Ask a question earlier or later by one."""
    step = STEPS.get(request.form.get("to", ""), 0)
    return _act(slug, code, setting.move, by=step, done=_("The order has been changed."))


@blueprint.post("/<slug>/questions/<code>/remove")
def remove(slug: str, code: str) -> ResponseReturnValue:
    """Ask a question no more."""
    done = _("The question is asked no more. The answers given stay readable.")
    return _act(slug, code, setting.remove, done=done)


@blueprint.post("/<slug>/questions/<code>/restore")
def restore(slug: str, code: str) -> ResponseReturnValue:
    """Ask a removed question again."""
    return _act(slug, code, setting.restore, done=_("The question is asked again, as the last."))


def _act(
    slug: str, code: str, work: Callable[..., None], *, done: str, **more: Any
) -> ResponseReturnValue:
    """Do one thing to a question, and go back to the list; say there if it cannot be done."""
    event = events.get_prospectus(slug).event
    who = actor()
    try:
        with transaction():
            work(setting.get(event.id, code), actor=who, **more)
    except Invalid as error:
        flash(_why_not(error), "attention")
    else:
        flash(done)
    return redirect(url_for("questions.show", slug=slug), 303)


def _why_not(error: Invalid) -> str:
    if "needed_by" in error.details:
        return str(
            _(
                "Nothing was changed: the question “%(code)s” is asked on an answer to this one. "
                "Change or remove that one first.",
                code=error.details["needed_by"],
            )
        )
    if "needs" in error.details:
        return str(
            _(
                "Nothing was changed: this question is asked on an answer to “%(code)s” that "
                "nobody can give now. Restore that one first.",
                code=error.details["needs"],
            )
        )
    return str(_("Nothing was changed: a question comes after the one that it hangs on."))


@blueprint.get("/<slug>/registrations/<uuid:registration_id>/answers/<code>")
def file(slug: str, registration_id: uuid.UUID, code: str) -> ResponseReturnValue:
    """Send a file that a person has answered with."""
    registration = registrations.get(registration_id)
    if registration.event_id != events.get_prospectus(slug).event.id:
        raise NotFound(noun="registration")
    return send(questions.file_of(registration.id, code))
