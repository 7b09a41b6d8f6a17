"""What organisers put together themselves: columns, filters, sorting, groups, kept as presets."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from registration import clock
from registration.database import Localised, db, transaction
from registration.errors import Duplicate, Invalid, NotFound
from registration.models.audit import AuditEntry
from registration.models.deliveries import MailAddress
from registration.models.events import Event
from registration.models.gates import Presence
from registration.models.questions import QuestionKind, Value
from registration.models.registrations import Registration
from registration.services import events, generation, questions, registrations
from registration.services.papers import reading
from registration.services.questions import setting
from registration.services.questions.shaping import Wanted as Question
from registration.services.rosters import (
    RosterFormat,
    RosterKind,
    delimited,
    kinds,
    making,
    parsing,
    presets,
    tables,
)
from registration.services.rosters.spec import GROUPS
from registration.services.rosters.wanted import Wanted
from tests import factories

AS_OF = datetime(2026, 1, 6, 8, 30, tzinfo=UTC)
OWN: Mapping[str, Any] = {"kind": "attendance", "title": "Mine", "columns": ["name", "role"]}


def listed(event: Event, **asked: Any) -> list[tuple[str, list[str]]]:
    """The groups of a list, and what the first column says of each person."""
    spec = parsing.parse(event.id, {**OWN, "columns": ["family_name"], **asked})
    found = tables.table(event.id, spec, locale="en", as_of=AS_OF)
    assert found.people == sum(len(group.lines) for group in found.groups)
    return [(group.name, [line.cells[0] for line in group.lines]) for group in found.groups]


def people(event: Event, **asked: Any) -> list[str]:
    return [name for _group, names in listed(event, **asked) for name in names]


def refused(event: Event, **asked: Any) -> object:
    with pytest.raises(Invalid) as problem:
        parsing.parse(event.id, {**OWN, **asked})
    return problem.value.details["fields"]


def ask_question(event: Event, code: str, kind: QuestionKind, *options: str) -> int:
    wanted = Question(
        kind=kind,
        title=Localised(de=code, en=code.title()),
        purpose=Localised(de="x", en="x"),
        help=Localised(),
        options=tuple({"code": each, "de": each.upper(), "en": each.upper()} for each in options),
    )
    with transaction():
        question = setting.create(event.id, wanted, code=code, actor="command")
        db.session.flush()
        return question.id


def answer(registration: Registration, answers: dict[int, Value | None]) -> None:
    with transaction():
        questions.store(registration.id, answers)


def set_values(registration: Registration, **values: Any) -> None:
    with transaction():
        found = registrations.get(registration.id)
        for name, value in values.items():
            setattr(found, name, value)


REFUSED: Sequence[tuple[dict[str, Any], dict[str, str]]] = (
    ({"kind": "everything"}, {"kind": "unknown"}),
    ({"columns": []}, {"columns": "missing"}),
    ({"columns": ["name", "shoe_size"]}, {"columns": "unknown"}),
    ({"columns": ["name", "name"]}, {"columns": "repeated"}),
    ({"columns": "name"}, {"columns": "unknown"}),
    ({"columns": [1]}, {"columns": "unknown"}),
    ({"title": "x" * 81}, {"title": "too_long"}),
    ({"title": "a\nb"}, {"title": "unknown"}),
    ({"alliances": ["XX"], "roles": ["XX"]}, {"alliances": "unknown", "roles": "unknown"}),
    ({"states": ["here"]}, {"states": "unknown"}),
    ({"sort": "colour", "layout": None}, {"sort": "unknown", "layout": "unknown"}),
    ({"group_by": "q_none"}, {"group_by": "unknown"}),
    ({"new_page": "yes"}, {"new_page": "unknown"}),
    ({"answers": {"none": "yes"}}, {"answers": "unknown"}),
    ({"answers": ["none"]}, {"answers": "unknown"}),
    ({"colour": "red"}, {"colour": "unknown"}),
    ({"kind": "press", "columns": ["email"]}, {"columns": "sensitive"}),
    ({"kind": "security", "printed": ["diet"]}, {"printed": "sensitive"}),
)


def test_what_cannot_be_taken_is_told_field_by_field(event: Event) -> None:
    for asked, problems in REFUSED:
        assert refused(event, **asked) == problems


def test_every_ready_list_survives_being_kept(event: Event) -> None:
    ask_question(event, "size", QuestionKind.CHOICE, "s", "l")
    for kind in RosterKind:
        spec = kinds.ready(event.id, kind)
        kept = json.loads(json.dumps(spec.as_json()))
        assert parsing.parse(event.id, kept) == spec


def test_filters_mean_what_they_say(event: Event) -> None:
    themes = events.get_prospectus(event.slug).themes
    came = factories.register(event, family_name="Came", photo_consent=True)
    left = factories.register(event, family_name="Left", alliance="BIOZ", photo_consent=False)
    factories.register(event, family_name="Missing", role="presenter")
    factories.register(event, family_name="Asked", role="guest", alliance="")
    set_values(left, theme_id=themes[0].id)
    badges = {came.id: True, left.id: False}
    with transaction():
        for each in db.session.query(Registration).filter(Registration.id.in_(badges)).all():
            assert each.badge is not None
            db.session.add(
                Presence(
                    badge_id=each.badge.id,
                    event_id=event.id,
                    inside=badges[each.id],
                    first_at=AS_OF,
                    first_gate="main",
                    last_at=AS_OF,
                )
            )
    assert people(event) == ["Came", "Left", "Missing"]
    assert people(event, states=["confirmed", "requested"]) == ["Asked", "Came", "Left", "Missing"]
    assert people(event, alliances=["BIOZ"]) == ["Left"]
    assert people(event, roles=["presenter"]) == ["Missing"]
    assert people(event, themes=[themes[0].code]) == ["Left"]
    assert people(event, attendance="came") == ["Came", "Left"]
    assert people(event, attendance="inside") == ["Came"]
    assert people(event, attendance="absent") == ["Missing"]
    assert people(event, photo_consent="yes") == ["Came"]
    assert people(event, photo_consent="no") == ["Left"]
    assert people(event, photo_consent="unanswered") == ["Missing"]
    assert people(event, sort="arrived")[-1] == "Missing"


def test_answers_filter_and_group(event: Event) -> None:
    workshop = ask_question(event, "workshop", QuestionKind.CHOICE, "b", "a")
    days = ask_question(event, "days", QuestionKind.CHOICES, "one", "two")
    hotel = ask_question(event, "hotel", QuestionKind.YES_NO)
    told: dict[str, dict[int, Value | None]] = {
        "First": {workshop: "a", days: ["one", "two"], hotel: True},
        "Second": {workshop: "b", days: ["two"], hotel: False},
        "Third": {},
    }
    for name, answers in told.items():
        answer(factories.register(event, family_name=name), answers)
    assert people(event, answers={"workshop": "b"}) == ["Second"]
    assert people(event, answers={"days": "one"}) == ["First"]
    assert people(event, answers={"days": "two", "hotel": "no"}) == ["Second"]
    assert people(event, answers={"hotel": "yes"}) == ["First"]
    assert listed(event, group_by="q_workshop") == [
        ("A", ["First"]),
        ("B", ["Second"]),
        ("Not answered", ["Third"]),
    ]
    assert refused(event, answers={"workshop": "z"}) == {"answers": "unknown"}


def test_lists_that_leave_the_house_tell_nothing_sensitive_by_another_way(event: Event) -> None:
    ask_question(event, "allergy", QuestionKind.CHOICE, "nuts", "none")
    told = {"kind": "security", "columns": ["family_name"]}
    assert refused(event, **told, group_by="q_allergy") == {"group_by": "sensitive"}
    told["columns"] = ["family_name", "role_note"]
    assert refused(event, **told) == {"columns": "sensitive"}, "it tells the note for the door"


def test_a_code_that_is_gone_matches_nobody_instead_of_everybody(event: Event) -> None:
    factories.register(event)
    spec = parsing.parse(
        event.id, {**OWN, "themes": [events.get_prospectus(event.slug).themes[0].code]}
    )
    assert tables.table(event.id, spec, locale="de", as_of=AS_OF).groups == []


def test_each_grouping_has_everybody_once(event: Event) -> None:
    with transaction():
        generation.generate(events.get_prospectus(event.slug), 40)
    for group_by in ("", *GROUPS):
        found = people(event, group_by=group_by, columns=["short_code"])
        assert len(found) == len(set(found)) == 40


def test_an_address_that_mail_comes_back_from_is_flagged(event: Event) -> None:
    factories.register(event, email="Gone@example.org")
    with transaction():
        db.session.add(MailAddress(address_key="gone@example.org", bounced_at=AS_OF))
    found = tables.table(
        event.id,
        parsing.parse(event.id, {**OWN, "columns": ["email", "bounced"]}),
        locale="en",
        as_of=AS_OF,
    )
    assert found.groups[0].lines[0].cells[1]


def test_a_table_names_whom_each_line_is_about_and_stops_where_told(event: Event) -> None:
    ids = {factories.register(event, family_name=f"Person {number}").id for number in range(3)}
    spec = kinds.ready(event.id, RosterKind.ATTENDANCE)
    found = tables.table(event.id, spec, locale="de", as_of=AS_OF, on_paper=False)
    assert {line.registration_id for group in found.groups for line in group.lines} == ids
    assert [head.code for head in found.heads] == list(spec.columns)
    short = tables.table(event.id, spec, locale="de", as_of=AS_OF, most=2)
    assert (short.people, len(short.groups[0].lines)) == (3, 2)


def test_a_preset_is_kept_changed_and_forgotten(event: Event) -> None:
    with transaction():
        preset_id = presets.save(event.id, OWN, account_id=None).id
    with transaction(), pytest.raises(Duplicate):
        presets.save(event.id, OWN, account_id=None)
    with transaction(), pytest.raises(Invalid):
        presets.save(event.id, {**OWN, "title": " "}, account_id=None)
    with transaction():
        presets.save(event.id, {**OWN, "sort": "role"}, preset_id=preset_id, account_id=None)
    (kept,) = presets.list_presets(event.id)
    assert presets.spec_of(kept).sort == "role"
    other = factories.make_event("other")
    with pytest.raises(NotFound):
        presets.get_preset(other.id, preset_id)
    wanted = {"kind": "attendance", "format": "csv", "locale": "de", "preset": str(preset_id)}
    assert Wanted.of(event.id, wanted).file_name("x", AS_OF.date()) == "x-mine-2026-01-06.csv"
    with pytest.raises(NotFound):
        Wanted.of(other.id, wanted)
    with transaction():
        presets.remove(event.id, preset_id, account_id=None)
    assert presets.list_presets(event.id) == []
    actions = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions.count("roster.preset_saved") == 2
    assert actions[-1] == "roster.preset_removed"


def test_parameters_of_a_job_are_checked(event: Event) -> None:
    plain = {"kind": "door", "format": "pdf", "locale": "de"}
    for asked in ({"kind": "x"}, {"expires": "tomorrow"}, {"spec": "{"}, {"colour": "red"}):
        with pytest.raises(Invalid) as refusal:
            Wanted.of(event.id, plain | asked)
        assert refusal.value.details["fields"] == dict.fromkeys(asked, "unknown")
    assert Wanted.of(event.id, plain | {"spec": json.dumps(dict(OWN))}).spec.title == "Mine"


def pieces(event: Event, monkeypatch: pytest.MonkeyPatch) -> Sequence[bytes]:
    monkeypatch.setattr(reading, "CHUNK", 10)
    wanted = Wanted.of(event.id, {"kind": "attendance", "format": "csv", "locale": "de"})
    return list(delimited.stream(wanted))


def test_a_streamed_list_begins_with_its_head_and_goes_on_in_pieces(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction():
        generation.generate(events.get_prospectus(event.slug), 35)
    head, *rest = pieces(event, monkeypatch)
    assert head.startswith(b"alliance,family_name,")
    assert head.count(b"\r\n") == 1
    assert [piece.count(b"\r\n") for piece in rest] == [10, 10, 10, 5]


def test_the_first_piece_is_there_before_any_person_is_read(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_asked: object) -> None:
        raise AssertionError("people are read before the head is sent")

    monkeypatch.setattr(reading, "chunks", read)
    wanted = Wanted.of(event.id, {"kind": "attendance", "format": "csv", "locale": "de"})
    stream = delimited.stream(wanted)
    assert next(iter(stream)).startswith(b"alliance,")
    with pytest.raises(AssertionError):
        next(iter(stream))


def test_a_file_has_what_people_are_grouped_by_as_a_column(event: Event, tmp_path: Path) -> None:
    factories.register(event)
    spec = parsing.parse(event.id, {**OWN, "group_by": "alliance"})
    path = tmp_path / "list"
    making.write(
        path,
        event_id=event.id,
        file_format=RosterFormat.CSV,
        locale="de",
        as_of=clock.now(),
        on_progress=lambda _steps: None,
        spec=spec,
    )
    head, row = csv.reader(io.StringIO(path.read_text()))
    assert head == ["alliance", "name", "role"]
    assert row == ["MR4B", "Groß, Änne", "delegate"]
