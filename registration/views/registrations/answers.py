"""The answers to an event's own questions: taken from a form, shown, and sent as files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

from flask import Response, current_app, request, send_file, url_for
from flask.typing import ResponseReturnValue

from registration import languages
from registration.forms.questions import QuestionsForm, Standing, most_bytes
from registration.models.questions import QuestionKind
from registration.models.registrations import Registration
from registration.services import events, questions, registrations
from registration.views.registrations import link

blueprint = link.blueprint("answers")


@dataclass(frozen=True)
class Answered:
    """A question and its answer, as a page says them; ``href`` leads to a file."""

    title: str
    words: str
    href: str = ""


def allow_files(prospectus: events.Prospectus) -> None:
    """Let this request be as large as the files are that the event asks for.

    To be called before anything reads the request's form.
    """
    if prospectus.questions:
        usual = int(current_app.config["MAX_CONTENT_LENGTH"])
        request.max_content_length = most_bytes(prospectus.questions, usual)


def ask_blank(
    form: QuestionsForm, prospectus: events.Prospectus, standing: Standing | None = None
) -> None:
    """Add the event's questions to a form that is shown for the first time."""
    if prospectus.questions:
        form.ask(prospectus, standing=standing)


def ask_sent(
    form: QuestionsForm, prospectus: events.Prospectus, standing: Standing | None = None
) -> None:
    """Add the event's questions to a form, with what was sent."""
    if prospectus.questions:
        form.ask(prospectus, formdata=request.form, sent_files=request.files, standing=standing)


def store(form: QuestionsForm, receipt: registrations.Receipt) -> None:
    """Write the answers of a registration that was made just now, in its transaction."""
    if form.answer_fields and receipt.is_new:
        questions.store(receipt.registration_id, form.answers(), files=form.uploads())


def change(form: QuestionsForm, registration: Registration) -> bool:
    """Write the answers that an attendee corrects; return whether any is new."""
    if not form.answer_fields:
        return False
    told = form.answers()
    return questions.change(registration, told, files=form.uploads(), actor="attendee")


def standing_of(registration: Registration, prospectus: events.Prospectus) -> Standing:
    """Return what is settled of a registration: its roles, and what it has answered."""
    if not prospectus.questions:
        return Standing()
    answers = questions.answers_of([registration.id]).get(registration.id)
    return Standing(roles=registration.roles, answers=answers)


def answered(registration: Registration, address: Callable[[str], str]) -> Sequence[Answered]:
    """Return a registration's answers in words; ``address`` is that of a file, by code."""
    locale = languages.current()
    return [
        Answered(
            told.question.title.in_locale(locale),
            questions.words(told.question, told.value, locale),
            address(told.question.code) if told.question.kind == QuestionKind.FILE else "",
        )
        for told in questions.told_by(registration.id)
    ]


def answered_by_link(registration: Registration, token: str) -> Sequence[Answered]:
    """Return a registration's answers in words, for its own page."""
    return answered(
        registration, lambda code: url_for("registrations.answers.file", token=token, code=code)
    )


def answered_in_console(registration: Registration, slug: str) -> Sequence[Answered]:
    """Return a registration's answers in words, for its page in the console."""

    def address(code: str) -> str:
        return url_for("questions.file", slug=slug, registration_id=registration.id, code=code)

    return answered(registration, address)


@blueprint.get("/answers/<code>")
def file(token: str, code: str) -> ResponseReturnValue:
    """Send a file that the person has answered with."""
    registration = registrations.get_by_link(token)
    return send(questions.file_of(registration.id, code))


def send(upload: questions.Upload) -> Response:
    """Return a file to be saved, never shown: others made it, and no page of ours is in it."""
    return send_file(
        BytesIO(upload.content),
        mimetype=upload.media_type,
        as_attachment=True,
        download_name=upload.name,
    )
