"""An event's own questions in the forms, and the answers where they are shown."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select
from sqlalchemy import event as hooks
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from registration.database import Localised, db, transaction
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.questions import AnswerFile, QuestionKind, Value
from registration.models.registrations import Registration
from registration.prepared import Prepared
from registration.services import events, questions, registrations
from registration.services.questions import setting
from registration.services.questions.shaping import Wanted
from tests import factories
from tests.console import signed_in
from tests.visitors import Visitor, check_structure, page_of

FORM = "/werkstatt/register"
GOOD = {
    "given_name": "Änne",
    "family_name": "Groß",
    "email": "aenne@buendnis.example",
    "alliance": "MR4B",
    "role": "delegate",
    "locale": "en",
    "privacy_consent": "y",
}
SIZES = (
    {"code": "s", "de": "Klein", "en": "Small"},
    {"code": "l", "de": "Groß", "en": "Large"},
)
PDF = b"%PDF-1.7 a talk"


def ask(event: Event, code: str, kind: QuestionKind, **told: Any) -> int:
    """Add a question and return its id."""
    wanted = Wanted(
        **{
            "kind": kind,
            "title": Localised(de=f"Frage {code}", en=f"Question {code}"),
            "help": Localised(),
            "purpose": Localised(de="Für uns.", en="For us."),
            "options": SIZES if kind in {QuestionKind.CHOICE, QuestionKind.CHOICES} else (),
            **told,
        }
    )
    with transaction():
        question = setting.create(event.id, wanted, code=code, actor="command")
        db.session.flush()
        return question.id


@pytest.fixture
def asking(event: Event) -> dict[str, int]:
    """The small event, asking a question of each kind; the ids of the questions by code."""
    presenter = events.get_prospectus(event.slug).find_role("presenter")
    assert presenter
    yes = {"shown_if": "hotel", "shown_if_value": "yes"}
    return {
        "hotel": ask(event, "hotel", QuestionKind.YES_NO, is_required=True),
        "arrival": ask(event, "arrival", QuestionKind.DATE, is_required=True, **yes),
        "size": ask(event, "size", QuestionKind.CHOICE),
        "days": ask(event, "days", QuestionKind.CHOICES),
        "km": ask(event, "km", QuestionKind.NUMBER),
        "land": ask(event, "land", QuestionKind.COUNTRY),
        "note": ask(event, "note", QuestionKind.LONG_TEXT),
        "talk": ask(event, "talk", QuestionKind.TEXT, role_id=presenter.id, is_required=True),
        "slides": ask(event, "slides", QuestionKind.FILE, role_id=presenter.id),
    }


@pytest.fixture
def visitor(app: Flask, event: Event) -> Visitor:
    return Visitor(app)


def fill_in(visitor: Visitor, path: str = FORM, **told: Any) -> dict[str, Any]:
    """Return the form as the visitor sees it, filled in well except for what is told."""
    return visitor.read(path).values | GOOD | told


def send(visitor: Visitor, **told: Any) -> Any:
    return visitor.post(FORM, fill_in(visitor, **told))


def only() -> Registration:
    db.session.rollback()
    return db.session.scalars(select(Registration)).one()


def answers_of(registration: Registration) -> dict[int, Value]:
    db.session.rollback()
    return dict(questions.answers_of([registration.id]).get(registration.id, {}))


def people() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Registration)) or 0


def test_all_answers_are_kept_with_the_registration(
    visitor: Visitor, asking: dict[str, int]
) -> None:
    answer = send(
        visitor,
        q_hotel="yes",
        q_arrival="2025-11-03",
        q_size="l",
        q_days=["s", "l"],
        q_km="12,5",
        q_land="AT",
        q_note="see you",
    )
    assert answer.status_code == 303
    assert answers_of(only()) == {
        asking["hotel"]: True,
        asking["arrival"]: "2025-11-03",
        asking["size"]: "l",
        asking["days"]: ["s", "l"],
        asking["km"]: 12.5,
        asking["land"]: "AT",
        asking["note"]: "see you",
    }


def test_the_form_says_of_each_question_when_it_is_asked_and_what_for(
    visitor: Visitor, asking: dict[str, int], event: Event
) -> None:
    page = visitor.read(FORM)
    check_structure(page)
    hint = page.by_id("q_arrival-hint")
    assert hint
    last_day = questions.day(factories.in_days(42 + 30), "en")
    assert "Only if you answer “Question hotel” with “Yes”." in hint.text
    assert f"What for: For us. Deleted on {last_day}." in hint.text
    talk = page.by_id("q_talk-hint")
    assert talk
    assert "Only for: Presenter." in talk.text
    names = [each["name"] for each in page.elements if each.tag in {"input", "select", "textarea"}]
    assert names.index("support_needs") < names.index("q_hotel") < names.index("privacy_consent")


def test_a_required_question_that_is_asked_must_be_answered(
    visitor: Visitor, asking: dict[str, int]
) -> None:
    page = page_of(send(visitor, email="not an address", privacy_consent=""), 422)
    check_structure(page)
    assert page.error_at("q_hotel") == "Please answer this question."
    assert page.errors == {"email", "privacy_consent", "q_hotel"}
    links = [each["href"] for each in page.all("a") if each["href"].startswith("#")]
    assert links[1:] == ["#email", "#q_hotel", "#privacy_consent"]
    page = page_of(send(visitor, q_hotel="yes"), 422)
    assert page.errors == {"q_arrival"}
    assert people() == 0
    assert send(visitor, q_hotel="no").status_code == 303


def test_an_answer_to_what_is_not_asked_is_not_kept(
    visitor: Visitor, asking: dict[str, int]
) -> None:
    told = {"q_hotel": "no", "q_arrival": "not even a date", "q_talk": "sneaked in"}
    assert send(visitor, **told).status_code == 303
    assert answers_of(only()) == {asking["hotel"]: False}


def test_what_is_asked_of_a_role_is_asked_of_nobody_else(
    visitor: Visitor, asking: dict[str, int]
) -> None:
    page = page_of(send(visitor, q_hotel="no", role="presenter"), 422)
    assert page.errors == {"q_talk"}
    assert send(visitor, q_hotel="no", role="presenter", q_talk="WIR!").status_code == 303
    assert answers_of(only()) == {asking["hotel"]: False, asking["talk"]: "WIR!"}


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        ("q_km", "far", "Please enter a number, for example 3 or 2.5."),
        ("q_size", "xl", "Please choose one of the answers that the list offers."),
        ("q_days", "xl", "Please choose one of the answers that the list offers."),
        ("q_land", "Atlantis", "Please choose a country from the list."),
        ("q_note", "x" * 2001, "Please shorten this to 2000 characters; it has 2001."),
        ("q_hotel", "perhaps", "Please answer with yes or no."),
    ],
)
def test_an_answer_that_cannot_be_is_refused_at_its_field_and_kept_there(
    visitor: Visitor, asking: dict[str, int], field: str, text: str, error: str
) -> None:
    page = page_of(send(visitor, **{"q_hotel": "no", field: text}), 422)
    assert page.errors == {field}
    assert page.error_at(field) == error
    if field in {"q_km", "q_note"}:
        assert page.values[field] == text
    assert people() == 0


def test_a_form_sent_twice_keeps_its_answers_once(visitor: Visitor, asking: dict[str, int]) -> None:
    form = fill_in(visitor, q_hotel="no", q_note="once")
    assert visitor.post(FORM, form).status_code == 303
    assert visitor.post(FORM, form | {"q_note": "twice"}).status_code == 303
    assert answers_of(only()) == {asking["hotel"]: False, asking["note"]: "once"}


@contextmanager
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that are sent to the database inside the block, by either way."""
    statements: list[str] = []
    run = Prepared.rows

    def run_and_note(self: Prepared, connection: Connection, about: Any) -> Any:
        statements.append(self.text(connection))
        return run(self, connection, about)

    def note(*sent: Any) -> None:
        statements.append(sent[2])

    monkeypatch.setattr(Prepared, "rows", run_and_note)
    hooks.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        hooks.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("has_questions", [False, True])
def test_only_an_event_with_questions_writes_answers(
    visitor: Visitor, event: Event, monkeypatch: pytest.MonkeyPatch, has_questions: bool
) -> None:
    if has_questions:
        ask(event, "note", QuestionKind.TEXT)
    form = fill_in(visitor) | {"q_note": "hello"}
    with noted(monkeypatch) as statements:
        assert visitor.post(FORM, form).status_code == 303
        visitor.read(FORM)
    about_answers = [each for each in statements if "question" in each or "answer" in each]
    assert len(statements) > len(about_answers)
    assert len(about_answers) == int(has_questions)


def test_a_form_without_files_is_not_sent_in_parts(visitor: Visitor, event: Event) -> None:
    ask(event, "note", QuestionKind.TEXT)
    assert not visitor.read(FORM).by_id("registration-form")["enctype"]  # type: ignore[index]
    assert not visitor.read(FORM).all("script")
    ask(event, "slides", QuestionKind.FILE)
    form = visitor.read(FORM).by_id("registration-form")
    assert form
    assert form["enctype"] == "multipart/form-data"


def sent_file(visitor: Visitor, content: bytes, name: str = "Vortrag.pdf", **told: Any) -> Any:
    form = fill_in(visitor, role="presenter", q_hotel="no", q_talk="WIR!", **told)
    return in_parts(visitor, form | {"q_slides": FileStorage(io.BytesIO(content), name)})


def in_parts(visitor: Visitor, fields: dict[str, Any], path: str = FORM) -> Any:
    """Send a form with files; werkzeug's own way leaves large ones open."""
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    return visitor.post(path, body, content_type=kind)


def link_of(registration: Registration) -> str:
    return f"/r/{registrations.link_token(registration)}"


def test_a_file_is_kept_and_goes_to_the_person_and_the_organisers_only(
    visitor: Visitor, asking: dict[str, int], app: Flask
) -> None:
    assert sent_file(visitor, PDF, "Vortrag über Äpfel.pdf").status_code == 303
    registration = only()
    other = factories.register(events.get_event("werkstatt"))
    console = f"/organise/werkstatt/registrations/{registration.id}/answers/slides"
    own = f"{link_of(registration)}/answers/slides"
    organiser, staff = signed_in(app), signed_in(app, AccountRole.STAFF)
    for response in (visitor.get(own), organiser.get(console)):
        assert response.status_code == 200
        assert response.data == PDF
        assert response.mimetype == "application/pdf"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"].startswith("no-")
        disposition = response.headers["Content-Disposition"]
        assert disposition.startswith("attachment;")
        assert "filename*=UTF-8''Vortrag%20%C3%BCber%20%C3%84pfel.pdf" in disposition
    assert visitor.get(own).headers["X-Robots-Tag"] == "noindex, nofollow"
    assert visitor.get(f"{link_of(other)}/answers/slides").status_code == 404
    assert visitor.get(f"{link_of(registration)}/answers/talk").status_code == 404
    assert visitor.get(console).status_code in {302, 303, 401}
    assert staff.get(console).status_code == 403
    factories.make_event("another")
    elsewhere = console.replace("/werkstatt/", "/another/")
    assert organiser.get(elsewhere).status_code == 404


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"<html>", "Please choose a PDF, PNG or JPEG file; this one is something else."),
        (PDF + b"x" * 6_000_000, "Please choose a file of at most 5 MB."),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused_at_its_field(
    visitor: Visitor, asking: dict[str, int], content: bytes, error: str
) -> None:
    page = page_of(sent_file(visitor, content), 422)
    assert page.errors == {"q_slides"}
    assert page.error_at("q_slides") == error
    assert people() == 0


def test_a_file_is_asked_for_again_when_another_field_has_an_error(
    visitor: Visitor, asking: dict[str, int]
) -> None:
    page = page_of(sent_file(visitor, PDF, email="nobody"), 422)
    assert page.errors == {"email", "q_slides"}
    assert "Please choose the file once more" in page.error_at("q_slides")
    assert db.session.scalar(select(func.count()).select_from(AnswerFile)) == 0


def test_a_file_is_asked_for_again_when_a_new_name_needs_approval(
    visitor: Visitor, event: Event
) -> None:
    ask(event, "slides", QuestionKind.FILE)
    file = {"q_slides": FileStorage(io.BytesIO(PDF), "old.pdf")}
    in_parts(visitor, fill_in(visitor, role="guest", alliance="") | file)
    with transaction():
        registrations.approve(registrations.get(only().id), actor="command")
    path = f"{link_of(only())}/edit"
    new = {"q_slides": FileStorage(io.BytesIO(PDF), "new.pdf"), "given_name": "Berta"}
    page = page_of(in_parts(visitor, visitor.read(path).values | new, path), 422)
    assert page.errors == {"q_slides"}
    assert len(page.all("button", name="again")) == 1
    new["q_slides"] = FileStorage(io.BytesIO(PDF), "new.pdf")
    assert in_parts(visitor, page.values | new | {"again": "yes"}, path).status_code == 303
    assert [told.value for told in questions.told_by(only().id)] == ["new.pdf"]


def test_a_file_is_asked_for_again_before_whoever_sent_it_can_wait(
    visitor: Visitor, asking: dict[str, int], event: Event
) -> None:
    factories.set_places(event, 0)
    page = page_of(sent_file(visitor, PDF), 409)
    assert "Please choose the file once more" in page.error_at("q_slides")
    assert len(page.all("button", name="wait")) == 1, "the one below the file only"


def test_requests_stay_small_where_no_file_is_asked_for(visitor: Visitor, event: Event) -> None:
    form = fill_in(visitor)
    file = FileStorage(io.BytesIO(PDF + b"x" * 2_000_000), "x.pdf")
    large = in_parts(visitor, form | {"q_slides": file})
    assert large.status_code == 413


def test_answers_are_shown_and_corrected_behind_the_persons_link(
    visitor: Visitor, asking: dict[str, int]
) -> None:
    sent_file(visitor, PDF, q_size="s", q_km="12,5")
    registration = only()
    page = visitor.read(link_of(registration))
    told = {each.text: page.all("dd")[n].text for n, each in enumerate(page.all("dt"))}
    assert told["Question hotel"] == "No"
    assert told["Question size"] == "Small"
    assert told["Question km"] == "12.5"
    assert told["Question slides"] == "Vortrag.pdf"
    edit = f"{link_of(registration)}/edit"
    page = visitor.read(edit)
    check_structure(page)
    assert (page.values["q_size"], page.values["q_hotel"]) == ("s", "no")
    form = page.values | {"q_size": "l", "q_hotel": "yes", "q_arrival": "03.11.2025", "q_km": ""}
    answer = visitor.post(edit, form)
    assert answer.status_code == 303
    assert "Your answers are saved." in visitor.read(link_of(registration)).text
    assert answers_of(registration) == {
        asking["hotel"]: True,
        asking["arrival"]: "2025-11-03",
        asking["size"]: "l",
        asking["talk"]: "WIR!",
        asking["slides"]: "Vortrag.pdf",
    }
    assert questions.file_of(registration.id, "slides").content == PDF


def test_a_file_is_deleted_when_its_person_says_so(
    visitor: Visitor, asking: dict[str, int]
) -> None:
    sent_file(visitor, PDF)
    edit = f"{link_of(only())}/edit"
    form = visitor.read(edit).values
    assert "q_slides_remove" not in form
    assert visitor.post(edit, form | {"q_slides_remove": "y"}).status_code == 303
    assert asking["slides"] not in answers_of(only())
    assert db.session.scalar(select(func.count()).select_from(AnswerFile)) == 0


def test_a_choice_that_is_no_longer_offered_stays_if_nobody_touches_it(
    visitor: Visitor, asking: dict[str, int], event: Event, app: Flask
) -> None:
    send(visitor, q_hotel="no", q_size="l")
    with transaction():
        question = setting.get(event.id, "size")
        setting.change(
            question,
            Wanted(
                kind=QuestionKind.CHOICE,
                title=question.title,
                help=question.help,
                purpose=question.purpose,
                options=SIZES[:1],
            ),
            actor="command",
        )
    edit = f"{link_of(only())}/edit"
    page = visitor.read(edit)
    assert page.values["q_size"] == "l"
    assert visitor.post(edit, page.values | {"position": "Leitung"}).status_code == 303
    assert answers_of(only())[asking["size"]] == "l"
    assert "q_size" in page_of(send(Visitor(app), q_hotel="no", q_size="l"), 422).errors


def test_organisers_read_all_answers_also_to_removed_questions(
    visitor: Visitor, asking: dict[str, int], event: Event, app: Flask
) -> None:
    send(visitor, q_hotel="no", q_note="see <you>")
    with transaction():
        setting.remove(setting.get(event.id, "note"), actor="command")
    page = signed_in(app).get(f"/organise/werkstatt/registrations/{only().id}")
    assert page.status_code == 200
    assert "Question note" in page.text
    assert "see &lt;you&gt;" in page.text


def test_whoever_was_named_by_others_is_asked_on_their_own_page(
    visitor: Visitor, event: Event, asking: dict[str, int]
) -> None:
    path = f"/r/{registrations.link_token(factories.register(event, locale='en'))}"
    before = visitor.get(path).text
    assert "Please answer one more question" in before
    assert "Question hotel" in before
    answered = visitor.read(f"{path}/edit").values | {"q_hotel": "no"}
    assert visitor.post(f"{path}/edit", answered).status_code == 303
    assert "more question" not in visitor.get(path).text
