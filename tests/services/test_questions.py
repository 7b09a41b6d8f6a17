"""An event's own questions: answers are read, kept, changed, shown and deleted."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select

from registration.database import Localised, db, transaction
from registration.errors import Duplicate, Invalid
from registration.languages import force_locale
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.questions import Answer, AnswerFile, Question, QuestionKind, Value
from registration.models.registrations import Registration
from registration.services import events, questions, registrations
from registration.services.questions import Upload, countries, setting
from registration.services.questions.shaping import Wanted
from tests import factories

SIZES = (
    {"code": "s", "de": "Klein", "en": "Small"},
    {"code": "l", "de": "Groß", "en": "Large, for tall people"},
)
PDF = b"%PDF-1.7 a talk"


def wanted(kind: QuestionKind = QuestionKind.TEXT, **told: Any) -> Wanted:
    return Wanted(
        **{
            "kind": kind,
            "title": Localised(de="Was?", en="What?"),
            "help": Localised(),
            "purpose": Localised(de="Für uns", en="For us"),
            "options": SIZES if kind in {QuestionKind.CHOICE, QuestionKind.CHOICES} else (),
            **told,
        }
    )


def ask(event: Event, code: str, kind: QuestionKind = QuestionKind.TEXT, **told: Any) -> Question:
    """Add a question to the event, as the console does."""
    with transaction():
        question = setting.create(event.id, wanted(kind, **told), code=code, actor="command")
        question_id = question.id
    return db.session.get_one(Question, question_id)


def change(event: Event, code: str, **told: Any) -> None:
    with transaction():
        setting.change(setting.get(event.id, code), wanted(**told), actor="command")


def answer(registration: Registration, answers: Mapping[int, Value | None]) -> None:
    with transaction():
        questions.store(registration.id, answers)


def answers_of(registration: Registration) -> Mapping[int, Value]:
    db.session.rollback()
    return questions.answers_of([registration.id]).get(registration.id, {})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "  Tür 3 ", "Tür 3"),
        ("long-text", "eins\r\nzwei", "eins\nzwei"),
        ("number", "3", 3),
        ("number", "-2,5", -2.5),
        ("number", "7.0", 7),
        ("choice", "l", "l"),
        ("choice", "GROSS", "l"),
        ("choice", "large, for tall people", "l"),
        ("choices", "Groß, Klein", ["s", "l"]),
        ("choices", "Large, for tall people", ["l"]),
        ("choices", "l; klein", ["s", "l"]),
        ("date", "2025-11-04", "2025-11-04"),
        ("date", "4.11.2025", "2025-11-04"),
        ("country", "at", "AT"),
        ("country", "Österreich", "AT"),
        ("country", "Austria", "AT"),
        ("yes-no", "Ja", True),
        ("yes-no", "no", False),
        ("text", " ", None),
        ("choices", "", None),
    ],
)
def test_an_answer_is_read_as_people_write_it(
    event: Event, kind: QuestionKind, text: str, value: Value | None
) -> None:
    assert questions.parse(ask(event, "q", QuestionKind(kind)), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("text", "x" * 201, "too_long"),
        ("text", "An\u200bna", "hidden"),
        ("text", "eins\nzwei", "hidden"),
        ("long-text", "Yes 🙂", "picture"),
        ("number", "many", "not_a_number"),
        ("number", "1.234,5", "not_a_number"),
        ("number", "1e9", "not_a_number"),
        ("choice", "xl", "not_offered"),
        ("choices", "s; xl", "not_offered"),
        ("date", "31.2.2025", "not_a_day"),
        ("date", "11/4/2025", "not_a_day"),
        ("date", "0001-01-01", "not_a_day"),
        ("country", "EU", "not_a_country"),
        ("country", "Atlantis", "not_a_country"),
        ("yes-no", "maybe", "not_yes_or_no"),
        ("file", "talk.pdf", "no_file_here"),
    ],
)
@pytest.mark.parametrize("locale", ["de", "en"])
def test_what_cannot_be_an_answer_is_refused_with_advice(
    event: Event, kind: QuestionKind, text: str, reason: str, locale: str
) -> None:
    question = ask(event, "q", QuestionKind(kind))
    with pytest.raises(Invalid) as refused:
        questions.parse(question, text)
    assert refused.value.details["fields"] == {"q_q": reason}
    with force_locale(locale):
        advice = questions.advice(question, refused.value)
    assert advice
    assert "%(" not in advice


@pytest.mark.parametrize(
    ("kind", "value", "german", "english", "code"),
    [
        ("text", "Tür 3", "Tür 3", "Tür 3", "Tür 3"),
        ("number", 2.5, "2,5", "2.5", "2.5"),
        ("number", 12000, "12.000", "12,000", "12000"),
        ("choice", "l", "Groß", "Large, for tall people", "l"),
        ("choices", ["s", "l"], "Klein, Groß", "Small, Large, for tall people", "s;l"),
        ("date", "2025-11-04", "4. November 2025", "4 November 2025", "2025-11-04"),
        ("country", "AT", "Österreich", "Austria", "AT"),
        ("yes-no", True, "Ja", "Yes", "true"),
    ],
)
def test_an_answer_is_said_in_the_readers_language(
    event: Event, kind: str, value: Value, german: str, english: str, code: str
) -> None:
    question = ask(event, "q", QuestionKind(kind))
    assert questions.words(question, value, "de") == german
    assert questions.words(question, value, "en") == english
    assert questions.codes(value) == code


def test_countries_are_listed_as_germans_sort_them() -> None:
    names = list(countries.names("de").values())
    assert names.index("Ägypten") < names.index("Albanien") < names.index("Österreich")
    assert names.index("Österreich") < names.index("Pakistan")
    assert len(names) == len(set(names))


def test_a_question_is_asked_by_role_and_by_the_answer_that_it_hangs_on(event: Event) -> None:
    prospectus = events.get_prospectus(event.slug)
    presenter = prospectus.find_role("presenter")
    delegate = prospectus.find_role("delegate")
    assert presenter
    assert delegate
    hotel = ask(event, "hotel", QuestionKind.YES_NO)
    room = ask(event, "room", QuestionKind.CHOICE, shown_if="hotel", shown_if_value="yes")
    why = ask(event, "why", shown_if="room", shown_if_value="l", is_required=True)
    talk = ask(event, "talk", role_id=presenter.id, is_required=True)
    asked = questions.list_asked(event.id)

    def ids(role_id: int, answers: Mapping[int, Value | None]) -> list[int]:
        return [each.id for each in questions.applying(asked, [role_id], answers)]

    assert ids(delegate.id, {}) == [hotel.id]
    assert ids(presenter.id, {hotel.id: False}) == [hotel.id, talk.id]
    assert ids(delegate.id, {hotel.id: True}) == [hotel.id, room.id]
    everything: dict[int, Value | None] = {hotel.id: True, room.id: "l"}
    assert ids(delegate.id, everything) == [hotel.id, room.id, why.id]
    stale: dict[int, Value | None] = {hotel.id: False, room.id: "l", why.id: "because"}
    assert ids(delegate.id, stale) == [hotel.id]
    assert questions.kept_answers(asked, [delegate.id], stale) == {hotel.id: False}
    assert [each.code for each in questions.unanswered(asked, [delegate.id], everything)] == ["why"]
    assert not questions.unanswered(asked, [delegate.id], stale)


def test_a_condition_holds_if_its_option_is_among_several(event: Event) -> None:
    sizes = ask(event, "sizes", QuestionKind.CHOICES)
    more = ask(event, "more", shown_if="sizes", shown_if_value="l")
    asked = questions.list_asked(event.id)

    def ids(chosen: list[str]) -> list[int]:
        return [each.id for each in questions.applying(asked, [], {sizes.id: chosen})]

    assert ids(["s", "l"]) == [sizes.id, more.id]
    assert ids(["s"]) == [sizes.id]


def test_a_visitor_sees_a_new_question_at_once(event: Event) -> None:
    assert events.get_prospectus(event.slug).questions == ()
    ask(event, "hotel", QuestionKind.YES_NO)
    assert [each.code for each in events.get_prospectus(event.slug).questions] == ["hotel"]
    with transaction():
        setting.remove(setting.get(event.id, "hotel"), actor="command")
    assert events.get_prospectus(event.slug).questions == ()


def test_answers_of_many_people_cost_one_query(event: Event) -> None:
    question = ask(event, "note")
    people = [factories.register(event) for _ in range(3)]
    ids = [each.id for each in people]
    for number, each in enumerate(people[:2]):
        answer(each, {question.id: f"note {number}"})
    db.session.rollback()
    statements: list[str] = []

    def note(*args: Any) -> None:
        statements.append(args[2])

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    try:
        found = questions.answers_of(ids)
    finally:
        sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)
    assert len([each for each in statements if "SELECT" in each]) == 1
    assert found == {ids[0]: {question.id: "note 0"}, ids[1]: {question.id: "note 1"}}


def test_a_changed_answer_replaces_the_one_before_and_is_written_down(event: Event) -> None:
    note, days, other = (
        ask(event, "note"),
        ask(event, "days", QuestionKind.CHOICES),
        ask(event, "x"),
    )
    registration = factories.register(event)
    answer(registration, {note.id: "one", days.id: ["s"], other.id: "stays"})
    before = registrations.get(registration.id).updated_at
    with time_machine.travel(before + timedelta(hours=1), tick=False), transaction():
        found = registrations.get(registration.id)
        told = {note.id: "two", days.id: None}
        assert questions.change(found, told, actor="attendee")
    assert answers_of(registration) == {note.id: "two", other.id: "stays"}
    assert registrations.get(registration.id).updated_at > before
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "registration.answers_changed")
    ).one()
    assert entry.detail == {"fields": "note, days"}


def test_the_same_answer_once_more_changes_nothing(event: Event) -> None:
    note = ask(event, "note")
    registration = factories.register(event)
    answer(registration, {note.id: "one"})
    before = registrations.get(registration.id).updated_at
    with transaction():
        found = registrations.get(registration.id)
        assert not questions.change(found, {note.id: "one"}, actor="attendee")
    assert registrations.get(registration.id).updated_at == before


def test_a_file_stays_until_another_replaces_it_or_it_is_given_up(event: Event) -> None:
    slides = ask(event, "slides", QuestionKind.FILE)
    registration = factories.register(event)
    first = Upload("first.pdf", "application/pdf", PDF)
    with transaction():
        questions.store(registration.id, {}, files={slides.id: first})
    with transaction():
        assert not questions.change(registrations.get(registration.id), {}, actor="attendee")
    assert questions.file_of(registration.id, "slides") == first
    second = Upload("second.pdf", "application/pdf", PDF + b" again")
    with transaction():
        questions.change(
            registrations.get(registration.id), {}, files={slides.id: second}, actor="attendee"
        )
    assert questions.file_of(registration.id, "slides") == second
    assert answers_of(registration) == {slides.id: "second.pdf"}
    with transaction():
        found = registrations.get(registration.id)
        questions.change(found, {slides.id: None}, actor="attendee")
    assert not answers_of(registration)
    assert db.session.scalar(select(func.count()).select_from(AnswerFile)) == 0


@pytest.mark.parametrize(
    ("name", "content", "kept", "media_type"),
    [
        ("../../etc/Vortrag über Äpfel.PDF", PDF, "Vortrag über Äpfel.pdf", "application/pdf"),
        ("C:\\x\\photo.jpeg", b"\xff\xd8\xff\xe0", "photo.jpeg", "image/jpeg"),
        ("page.html", b"\x89PNG\r\n\x1a\n<script>", "page.png", "image/png"),
        ("..", PDF, "file.pdf", "application/pdf"),
        ("a\u202efdp.exe", PDF, "afdp.pdf", "application/pdf"),
        ("x" * 300, PDF, "x" * 100 + ".pdf", "application/pdf"),
    ],
)
def test_a_file_is_what_its_content_says(
    event: Event, name: str, content: bytes, kept: str, media_type: str
) -> None:
    question = ask(event, "slides", QuestionKind.FILE)
    upload = questions.accept(question, name, content)
    assert (upload.name, upload.media_type, upload.content) == (kept, media_type, content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html><script>alert(1)</script>", "file_kind"),
        (b"MZ\x90", "file_kind"),
        (b"", "file_kind"),
        (PDF + b"x" * 5_000_000, "file_too_large"),
    ],
)
def test_other_files_are_refused_whatever_they_are_called(
    event: Event, content: bytes, reason: str
) -> None:
    question = ask(event, "slides", QuestionKind.FILE)
    with pytest.raises(Invalid) as refused:
        questions.accept(question, "talk.pdf", content)
    assert refused.value.details["fields"] == {"q_slides": reason}


def test_answers_are_deleted_when_their_question_says_so_and_not_before(event: Event) -> None:
    soon, late = ask(event, "soon", retention_days=1), ask(event, "late", retention_days=30)
    slides = ask(event, "slides", QuestionKind.FILE, retention_days=1)
    registration = factories.register(event)
    answer(registration, {soon.id: "x", late.id: "y"})
    with transaction():
        file = Upload("talk.pdf", "application/pdf", PDF)
        questions.store(registration.id, {}, files={slides.id: file})
    ends_at = db.session.get_one(Event, event.id).ends_at
    with time_machine.travel(ends_at + timedelta(hours=23), tick=False), transaction():
        assert questions.purge() == 0
    with time_machine.travel(ends_at + timedelta(days=1), tick=False), transaction():
        assert questions.purge() == 2
    assert answers_of(registration) == {late.id: "y"}
    assert db.session.scalar(select(func.count()).select_from(AnswerFile)) == 0
    entry = db.session.scalars(select(AuditEntry).filter_by(action="answers.purged")).one()
    assert entry.detail == {"answers": 2, "files": 1}
    with time_machine.travel(ends_at + timedelta(days=2), tick=False), transaction():
        assert questions.purge() == 0
    with time_machine.travel(ends_at + timedelta(days=30), tick=False), transaction():
        assert questions.purge() == 1


def test_an_option_taken_away_stays_readable_and_may_be_kept(event: Event) -> None:
    size = ask(event, "size", QuestionKind.CHOICE)
    registration = factories.register(event)
    answer(registration, {size.id: "l"})
    change(event, "size", kind=QuestionKind.CHOICE, options=SIZES[:1])
    now = setting.get(event.id, "size")
    assert questions.words(now, "l", "de") == "Groß"
    with pytest.raises(Invalid):
        questions.parse(now, "l")
    assert questions.parse(now, "l", kept="l") == "l"
    change(event, "size", kind=QuestionKind.CHOICE, options=SIZES)
    assert questions.parse(setting.get(event.id, "size"), "l") == "l"


def test_an_option_that_nobody_chose_is_gone_when_taken_away(event: Event) -> None:
    ask(event, "size", QuestionKind.CHOICE)
    change(event, "size", kind=QuestionKind.CHOICE, options=SIZES[:1])
    assert [each["code"] for each in setting.get(event.id, "size").options] == ["s"]


def test_a_kind_changes_only_while_nobody_has_answered(event: Event) -> None:
    question = ask(event, "note")
    change(event, "note", kind=QuestionKind.NUMBER)
    change(event, "note", kind=QuestionKind.TEXT)
    answer(factories.register(event), {question.id: "one"})
    with pytest.raises(Invalid) as refused:
        change(event, "note", kind=QuestionKind.NUMBER)
    assert refused.value.details["fields"] == {"kind": "answered"}
    assert setting.get(event.id, "note").kind == QuestionKind.TEXT


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        ({"title": Localised(de="Was?")}, {"title_en": "required"}),
        ({"title": Localised(de="", en="What?")}, {"title_de": "required"}),
        ({"purpose": Localised()}, {"purpose_de": "required", "purpose_en": "required"}),
        ({"help": Localised(de="Hilfe")}, {"help_en": "required"}),
        ({"title": Localised(de="x" * 201, en="x")}, {"title_de": "too_long"}),
        ({"retention_days": -1}, {"retention_days": "out_of_range"}),
        ({"kind": QuestionKind.CHOICE, "options": ()}, {"options": "required"}),
        ({"kind": QuestionKind.CHOICE, "options": SIZES * 2}, {"options": "twice"}),
        (
            {"kind": QuestionKind.CHOICE, "options": [{"code": "X!", "de": "x", "en": "x"}]},
            {"options": "code"},
        ),
        (
            {"kind": QuestionKind.CHOICE, "options": [{"code": "x", "de": "x", "en": ""}]},
            {"options": "both_languages"},
        ),
        ({"shown_if": "nothing", "shown_if_value": "yes"}, {"shown_if": "not_earlier"}),
        ({"shown_if": "first", "shown_if_value": "xl"}, {"shown_if": "not_offered"}),
    ],
)
def test_a_question_that_cannot_be_is_refused_at_its_field(
    event: Event, told: dict[str, Any], fields: dict[str, str]
) -> None:
    ask(event, "first", QuestionKind.CHOICE)
    with pytest.raises(Invalid) as refused:
        ask(event, "second", **told)
    assert refused.value.details["fields"] == fields
    assert [each.code for each in questions.list_all(event.id)] == ["first"]


def test_a_question_hangs_only_on_earlier_ones_so_that_none_hang_in_a_circle(event: Event) -> None:
    ask(event, "a", QuestionKind.YES_NO)
    ask(event, "b", QuestionKind.YES_NO, shown_if="a", shown_if_value="yes")
    for itself_or_later in ("a", "b"):
        with pytest.raises(Invalid) as refused:
            change(
                event, "a", kind=QuestionKind.YES_NO, shown_if=itself_or_later, shown_if_value="yes"
            )
        assert refused.value.details["fields"] == {"shown_if": "not_earlier"}


def order(event: Event) -> list[str]:
    db.session.rollback()
    return [each.code for each in questions.list_asked(event.id)]


def test_questions_change_places_but_not_with_what_they_hang_on(event: Event) -> None:
    ask(event, "a", QuestionKind.YES_NO)
    ask(event, "b", shown_if="a", shown_if_value="yes")
    ask(event, "c")

    def move(code: str, by: int) -> None:
        with transaction():
            setting.move(setting.get(event.id, code), by=by, actor="command")

    move("c", -1)
    assert order(event) == ["a", "c", "b"]
    move("a", 1)
    assert order(event) == ["c", "a", "b"]
    for code, by in (("a", 1), ("b", -1), ("c", -1), ("b", 1)):
        with pytest.raises(Invalid):
            move(code, by)
    assert order(event) == ["c", "a", "b"]


def test_what_others_hang_on_is_neither_removed_nor_changed_away(event: Event) -> None:
    ask(event, "size", QuestionKind.CHOICE)
    ask(event, "why", shown_if="size", shown_if_value="l")
    with pytest.raises(Invalid) as refused, transaction():
        setting.remove(setting.get(event.id, "size"), actor="command")
    assert refused.value.details["needed_by"] == "why"
    with pytest.raises(Invalid) as refused:
        change(event, "size", kind=QuestionKind.CHOICE, options=SIZES[:1])
    assert refused.value.details["fields"] == {"options": "needed"}
    with pytest.raises(Invalid) as refused:
        change(event, "size", kind=QuestionKind.TEXT)
    assert refused.value.details["fields"] == {"kind": "needed"}
    assert order(event) == ["size", "why"]


def test_a_removed_question_keeps_its_answers_and_is_restored_as_the_last(event: Event) -> None:
    size = ask(event, "size", QuestionKind.CHOICE)
    ask(event, "why", shown_if="size", shown_if_value="l")
    ask(event, "note")
    registration = factories.register(event)
    answer(registration, {size.id: "l"})

    def act(verb: Any, code: str) -> None:
        with transaction():
            verb(setting.get(event.id, code), actor="command")

    act(setting.remove, "why")
    act(setting.remove, "size")
    assert order(event) == ["note"]
    told = questions.told_by(registration.id)
    assert [(each.question.code, each.value) for each in told] == [("size", "l")]
    with pytest.raises(Invalid) as refused:
        act(setting.restore, "why")
    assert refused.value.details["needs"] == "size"
    act(setting.restore, "size")
    act(setting.restore, "why")
    assert order(event) == ["note", "size", "why"]


def test_codes_are_made_of_titles_and_are_never_the_same(event: Event) -> None:
    for _ in range(2):
        ask(event, "", title=Localised(de="Größe des T-Shirts?", en="Size"))
    ask(event, "", title=Localised(de="新しい", en="New"))
    ask(event, "", title=Localised(de="New!", en="New"))
    codes = [each.code for each in questions.list_all(event.id)]
    assert codes == ["grosse-des-t-shirts", "grosse-des-t-shirts-2", "question", "new-2"]
    with pytest.raises(Duplicate):
        ask(event, "question")
    with pytest.raises(Invalid):
        ask(event, "No code")


def test_an_events_facts_may_carry_questions(app: object) -> None:
    facts = factories.facts("with-questions")
    purpose = {"de": "Für die Küche", "en": "For the kitchen"}
    facts["questions"] = [
        {"code": "hotel", "kind": "yes-no", "de": "Hotel?", "en": "Hotel?", "purpose": purpose},
        {
            "code": "size",
            "kind": "choice",
            "de": "Größe",
            "en": "Size",
            "help": {"de": "Ungefähr", "en": "Roughly"},
            "purpose": purpose,
            "options": SIZES,
            "required": True,
            "role": "delegate",
            "shown_if": {"question": "hotel", "value": "yes"},
            "retention_days": 7,
        },
    ]
    with transaction():
        events.create(facts, held_on=factories.in_days(10))
    prospectus = events.get_prospectus("with-questions")
    hotel, size = prospectus.questions
    delegate = prospectus.find_role("delegate")
    assert delegate
    assert (size.shown_if_id, size.shown_if_value, size.role_id) == (hotel.id, "yes", delegate.id)
    assert (size.is_required, size.retention_days, hotel.retention_days) == (True, 7, 30)
    assert size.help.in_locale("en") == "Roughly"


def test_facts_with_a_question_that_cannot_be_make_no_event(app: object) -> None:
    facts = factories.facts("with-questions")
    facts["questions"] = [
        {"code": "x", "kind": "choice", "de": "x", "en": "x", "purpose": {"de": "x", "en": "x"}}
    ]
    with pytest.raises(Invalid), transaction():
        events.create(facts, held_on=factories.in_days(10))
    assert db.session.scalar(select(func.count()).select_from(Event)) == 0


def test_the_shipped_event_asks_no_questions_of_its_own(event: Event) -> None:
    assert "questions" not in events.facts_of("zukunftswerkstatt")
    assert db.session.scalar(select(func.count()).select_from(Answer)) == 0
