"""The console's pages that set an event's questions."""

import pytest
from flask import Flask

from registration.database import db, transaction
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.questions import Question, QuestionKind
from registration.services import questions
from registration.services.questions import setting
from registration.services.questions.shaping import Wanted
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of
from tests.visitors import Visitor

QUESTIONS = "/organise/werkstatt/questions"
GOOD = {
    "title_de": "Brauchen Sie ein Zimmer?",
    "title_en": "Do you need a room?",
    "purpose_de": "Für das Hotel",
    "purpose_en": "For the hotel",
    "retention_days": "14",
}


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser of the small event has signed in."""
    browser = signed_in(app)
    browser.get(f"{QUESTIONS}/new?kind=text")
    return browser


def add(organiser: Browser, kind: str, code: str, **fields: str) -> None:
    page = organiser.post(f"{QUESTIONS}/new?kind={kind}", **GOOD, code=code, kind=kind, **fields)
    assert page.status_code == 303, text_of(page)


def listed(event: Event) -> list[Question]:
    db.session.rollback()
    return list(questions.list_asked(event.id))


def test_a_question_is_added_and_stands_in_the_form_at_once(
    app: Flask, event: Event, organiser: Browser
) -> None:
    assert "asks nothing beside its own fields" in text_of(organiser.get(QUESTIONS))
    add(organiser, "choice", "", options="Einzelzimmer | Single room\nXL", is_required="y")
    (question,) = listed(event)
    assert question.code == "brauchen-sie-ein-zimmer"
    assert question.options == [
        {"code": "einzelzimmer", "de": "Einzelzimmer", "en": "Single room"},
        {"code": "xl", "de": "XL", "en": "XL"},
    ]
    assert (question.is_required, question.retention_days) == (True, 14)
    form = Visitor(app).read("/werkstatt/register").text
    assert "Do you need a room?" in form
    assert "What for: For the hotel." in form
    page = text_of(organiser.get(QUESTIONS))
    assert "Do you need a room?" in page
    assert "deleted 14 days after the event" in page


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_every_kind_can_be_added_looked_at_and_answered(
    event: Event, organiser: Browser, app: Flask, kind: QuestionKind
) -> None:
    add(organiser, kind, "q", options="ja | Ja | Yes", help_de="Hilfe", help_en="Help")
    page = organiser.get(f"{QUESTIONS}/q")
    assert page.status_code == 200
    assert not faults_of(page)
    assert text_of(page).count("Brauchen Sie ein Zimmer?") == 1
    assert "Wofür: Für das Hotel. Wird am" in text_of(page)
    assert "What for: For the hotel. Deleted on" in text_of(page)
    assert not faults_of(organiser.get(QUESTIONS))
    assert "Do you need a room?" in Visitor(app).read("/werkstatt/register").text


def test_a_question_is_looked_at_before_it_is_saved(event: Event, organiser: Browser) -> None:
    page = organiser.post(
        f"{QUESTIONS}/new?kind=choice", **GOOD, kind="choice", options="a | <Ja> | Yes", preview="y"
    )
    assert page.status_code == 200
    assert "As attendees see it" in text_of(page)
    assert "&lt;Ja&gt;" in page.text
    assert listed(event) == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"title_en": ""}, "Please fill this in; attendees read it in this language."),
        ({"purpose_de": ""}, "Please fill this in; attendees read it in this language."),
        ({"title_de": "x" * 201}, "Please shorten this to 200 characters; it has 201."),
        ({"title_de": "a\u202eb"}, "This contains a character that nobody sees (U+202E)."),
        ({"retention_days": "soon"}, "Enter a whole number of days from 0 to 3650."),
        ({"retention_days": "99999"}, "Enter a whole number of days from 0 to 3650."),
        ({"options": ""}, "Please write at least one option, each on a line of its own."),
        ({"options": "a | b | c\na | d | e"}, "Two options have the same code."),
        ({"options": "A! | b | c"}, "A code begins with a letter"),
        ({"options": "a | b |"}, "Each option needs a title in German and in English."),
        ({"shown_if": "nothing=yes"}, "Please choose one of the answers that the list offers."),
        ({"role": "king"}, "Please choose one of the answers that the list offers."),
        ({"kind": "song"}, "Please choose one of the answers that the list offers."),
        ({"code": "Two words"}, "A code begins with a letter"),
        ({"code": "taken"}, "Another question has this code. Please choose another."),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_all_else_is_kept(
    event: Event, organiser: Browser, fields: dict[str, str], error: str
) -> None:
    add(organiser, "text", "taken")
    sent = {**GOOD, "kind": "choice", "options": "a | Ja | Yes", **fields}
    page = organiser.post(f"{QUESTIONS}/new?kind=choice", **sent)
    assert page.status_code == 422
    assert not faults_of(page)
    (name,) = fields
    assert f'href="#{name}"' in page.text
    assert error in text_of(page)
    assert [each.code for each in listed(event)] == ["taken"]


def test_a_condition_is_chosen_among_the_answers_to_earlier_questions(
    event: Event, organiser: Browser
) -> None:
    add(organiser, "yes-no", "hotel")
    add(organiser, "text", "why", shown_if="hotel=yes", role="presenter")
    hotel, why = listed(event)
    assert (why.shown_if_id, why.shown_if_value) == (hotel.id, "yes")
    assert why.role_id is not None
    page = organiser.get(f"{QUESTIONS}/why").text
    assert '<option value="hotel=yes" selected>Do you need a room? – Yes</option>' in page
    assert "hotel=" not in organiser.get(f"{QUESTIONS}/hotel").text
    assert "Only if “Do you need a room?” is answered with “Yes”." in text_of(
        organiser.get(QUESTIONS)
    )


def test_a_change_is_saved_and_the_code_stays(event: Event, organiser: Browser) -> None:
    add(organiser, "choice", "size", options="s | Klein | Small\nl | Groß | Large")
    page = organiser.get(f"{QUESTIONS}/size").text
    assert "s | Klein | Small\nl | Groß | Large</textarea>" in page
    sent = {**GOOD, "title_en": "Which size?", "kind": "choice", "options": "l | Groß | Big"}
    assert organiser.post(f"{QUESTIONS}/size", **sent, code="other").status_code == 303
    (question,) = listed(event)
    assert (question.code, question.title["en"]) == ("size", "Which size?")
    assert question.options == [{"code": "l", "de": "Groß", "en": "Big"}]


def test_once_answered_a_question_keeps_its_kind(event: Event, organiser: Browser) -> None:
    add(organiser, "text", "note")
    assert '<select class="input width-medium" id="kind"' in " ".join(
        organiser.get(f"{QUESTIONS}/note").text.split()
    )
    registration = factories.register(event)
    with transaction():
        questions.store(registration.id, {listed(event)[0].id: "hello"})
    page = organiser.get(f"{QUESTIONS}/note")
    assert "so the kind cannot change any more" in text_of(page)
    refused = organiser.post(f"{QUESTIONS}/note", **GOOD, kind="number")
    assert refused.status_code == 422
    assert listed(event)[0].kind == "text"


def test_questions_are_moved_removed_and_restored(event: Event, organiser: Browser) -> None:
    for code in ("a", "b", "c"):
        add(organiser, "text", code)

    def codes() -> list[str]:
        return [each.code for each in listed(event)]

    organiser.get(QUESTIONS)
    organiser.post(f"{QUESTIONS}/c/move", to="up")
    assert codes() == ["a", "c", "b"]
    organiser.post(f"{QUESTIONS}/a/move", to="down")
    assert codes() == ["c", "a", "b"]
    organiser.post(f"{QUESTIONS}/c/remove")
    assert codes() == ["a", "b"]
    assert "Asked no more" in text_of(organiser.get(QUESTIONS))
    assert organiser.get(f"{QUESTIONS}/c").status_code == 404
    organiser.post(f"{QUESTIONS}/c/restore")
    assert codes() == ["a", "b", "c"]
    organiser.post(f"{QUESTIONS}/a/move", to="sideways")
    assert codes() == ["a", "b", "c"]


def test_what_others_hang_on_is_not_removed_and_the_page_says_why(
    event: Event, organiser: Browser
) -> None:
    add(organiser, "yes-no", "hotel")
    add(organiser, "text", "why", shown_if="hotel=yes")
    organiser.get(QUESTIONS)
    organiser.post(f"{QUESTIONS}/hotel/remove")
    page = text_of(organiser.get(QUESTIONS))
    assert "Nothing was changed: the question “why” is asked on an answer to this one." in page
    organiser.post(f"{QUESTIONS}/why/remove")
    organiser.post(f"{QUESTIONS}/hotel/remove")
    organiser.post(f"{QUESTIONS}/why/restore")
    page = text_of(organiser.get(QUESTIONS))
    assert "asked on an answer to “hotel” that nobody can give now" in page
    organiser.post(f"{QUESTIONS}/hotel/move", to="up")
    assert listed(event) == []


def test_only_organisers_of_the_event_set_its_questions(app: Flask, event: Event) -> None:
    with transaction():
        wanted = Wanted(
            kind=QuestionKind.TEXT, title=event.title, help=event.title, purpose=event.title
        )
        setting.create(event.id, wanted, code="note", actor="command")
    staff = signed_in(app, AccountRole.STAFF)
    for path in (QUESTIONS, f"{QUESTIONS}/new", f"{QUESTIONS}/note"):
        assert staff.get(path).status_code == 403
        assert Visitor(app).get(path).status_code in {302, 303, 401}
    organiser = signed_in(app)
    organiser.get(QUESTIONS)
    for verb in ("move", "remove", "restore"):
        assert organiser.get(f"{QUESTIONS}/note/{verb}").status_code == 405
        assert organiser.post(f"{QUESTIONS}/nothing/{verb}").status_code == 404
        forged = Browser(app)
        assert forged.post(f"{QUESTIONS}/note/{verb}").status_code in {302, 303, 400, 401}
    assert [each.code for each in listed(event)] == ["note"]


def test_the_page_of_kinds_leads_to_a_form_for_each(event: Event, organiser: Browser) -> None:
    page = organiser.get(f"{QUESTIONS}/new")
    assert not faults_of(page)
    for kind in QuestionKind:
        assert f'href="{QUESTIONS}/new?kind={kind}"' in page.text
        form = organiser.get(f"{QUESTIONS}/new?kind={kind}")
        assert not faults_of(form)
        has_options = kind in {QuestionKind.CHOICE, QuestionKind.CHOICES}
        assert ('name="options"' in form.text) == has_options
    assert 'name="title_de"' not in organiser.get(f"{QUESTIONS}/new?kind=song").text
