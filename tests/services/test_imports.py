"""Lists are checked like the form, row by row, and taken over once, as a whole or in part."""

import io
import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from registration import ROOT, clock
from registration.database import Localised, db, transaction
from registration.errors import NotFound, TableRefused
from registration.languages import force_locale
from registration.models.deliveries import Delivery
from registration.models.events import AddressPolicy, Event
from registration.models.questions import QuestionKind
from registration.models.registrations import Diet, Registration, Salutation, Source
from registration.services import events, imports, questions, quotas, tables
from registration.services.events import Prospectus
from registration.services.imports import Apply, NotWhole, known, sheets, uploads
from registration.services.questions import setting
from registration.services.questions.shaping import Wanted
from tests import factories, lists
from tests.lists import HEADER, apply, check, found, people


def registered() -> list[Registration]:
    db.session.rollback()
    return list(db.session.scalars(select(Registration).order_by(Registration.given_name)))


def test_a_list_from_excel_is_understood_as_it_is(prospectus: Prospectus) -> None:
    content = lists.from_excel(
        [
            [1, "Prof. Dr.", "Änne", "Groß", "aenne@buendnis.example", "+49 30 12", "Delegierte"],
            [
                2,
                "",
                "Frau Dr. Eva",
                "von der Au",
                "eva@buendnis.example",
                "0171 12",
                "Präsentation",
            ],
        ]
    )
    checked = imports.check(tables.read(content, ""), lists.bounds(prospectus), list_id="x")
    assert found(checked) == []
    first, second = (entry.wish.person for entry in checked.good if entry.wish)
    assert (first.title, first.given_name, first.family_name) == ("Prof. Dr.", "Änne", "Groß")
    assert (second.title, second.given_name, second.family_name) == ("Dr.", "Eva", "von der Au")
    assert second.salutation == Salutation.MS
    assert [entry.row for entry in checked.entries] == [5, 6]
    assert [column.header for column in checked.layout.unknown] == []


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Name, Vorname", "Groß, Dr. Änne"),
        ("Nachname Vorname", "Groß Dr. Änne"),
        ("Name", "Dr. Änne Groß"),
        ("Full name", "Dr. Änne Groß"),
        ("Teilnehmer:in", "Groß, Änne, Dr."),
        ("Name*", "Frau Dr. Änne Groß"),
    ],
)
def test_a_name_in_one_cell_is_taken_apart(prospectus: Prospectus, header: str, cell: str) -> None:
    checked = check(prospectus, f'"{cell}";a@b.example', header=f"{header};Mail")
    assert found(checked) == []
    wish = checked.good[0].wish
    assert wish is not None
    told = (wish.person.title, wish.person.given_name, wish.person.family_name)
    assert told == ("Dr.", "Änne", "Groß")


@pytest.mark.parametrize("cell", ["Dr.", "Prof. Dr.", "Frau Dr.", "Frau", "-"])
def test_salutation_and_title_may_share_a_column(prospectus: Prospectus, cell: str) -> None:
    checked = check(prospectus, f"{cell};Au, Eva;a@b.example", header="Titel / Anrede;Name;Mail")
    assert found(checked) == []
    wish = checked.good[0].wish
    assert wish is not None
    assert wish.person.title == cell.removeprefix("Frau").removeprefix("-").strip()
    assert (wish.person.salutation == Salutation.MS) == cell.startswith("Frau")


def test_everything_that_the_form_asks_can_be_in_a_list(prospectus: Prospectus) -> None:
    header = (
        "Salutation;First name;Surname;Email address;Company;Job title;Sector;Role;Topic;Language;"
        "Diet;Support needs;Photo consent;Mobile;Remarks"
    )
    row = (
        "Ms;Änne;Groß;Änne Groß <mailto:aenne@BUENDNIS.example>;Institut;Head;science;"
        "Delegate, presenter;Gesundheit;English;Vegetarisch;Rampe;nein;+49 30 1;-"
    )
    checked = check(prospectus, row, header=header)
    assert found(checked) == []
    wish = checked.good[0].wish
    assert wish is not None
    person = wish.person
    assert (person.email, person.organisation, person.position) == (
        "aenne@buendnis.example",
        "Institut",
        "Head",
    )
    assert (person.salutation, person.locale, person.diet) == (Salutation.MS, "en", Diet.VEGETARIAN)
    assert (person.support_needs, person.photo_consent) == ("Rampe", False)
    assert person.sector_id == next(s.id for s in prospectus.sectors if s.code == "science")
    assert person.theme_id == next(t.id for t in prospectus.themes if t.code == "health")
    assert [role.code for role in wish.roles] == ["presenter", "delegate"]
    assert [column.header for column in checked.layout.unknown] == ["Remarks"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (";Groß;a@b.example;Gast", (2, "Vorname", "required")),
        ("Änne;-;a@b.example;Gast", (2, "Nachname", "required")),
        ("Änne;Groß;;Gast", (2, "E-Mail", "required")),
        ("Änne;Groß;a@b.example;", (2, "Rolle", "required")),
        ("Änne;Groß;a@b;Gast", (2, "E-Mail", "not_an_address")),
        ("Änne;Groß;a@b.example, c@d.example;Gast", (2, "E-Mail", "not_an_address")),
        ("Änne;123;a@b.example;Gast", (2, "Nachname", "no_letter")),
        ("Änne 🎉;Groß;a@b.example;Gast", (2, "Vorname", "picture")),
        ("Än\u200bne;Groß;a@b.example;Gast", (2, "Vorname", "hidden")),
        ("Ä" * 81 + ";Groß;a@b.example;Gast", (2, "Vorname", "too_long")),
        ("Änne;Groß;a@b.example;Hofnarr", (2, "Rolle", "not_offered")),
        ("Änne;Groß;a@b.example;Gast, Hofnarr", (2, "Rolle", "not_offered")),
        ("#NAME?;Groß;a@b.example;Gast", (2, "Vorname", "cell_error")),
        ("Änne;#BEZUG!;a@b.example;Gast", (2, "Nachname", "cell_error")),
    ],
)
def test_a_cell_that_the_form_would_refuse_is_named_by_row_and_column(
    prospectus: Prospectus, row: str, problem: tuple[int, str, str]
) -> None:
    assert found(check(prospectus, row)) == [problem]


def test_each_cell_is_told_once_and_all_of_them_are(prospectus: Prospectus) -> None:
    checked = check(
        prospectus,
        ";;x;Narr;lila;Kirche;Essig;vielleicht",
        header=f"{HEADER};Sprache;Bereich;Ernährung;Fotos",
    )
    columns = [column for _row, column, _code in found(checked)]
    assert columns == [
        *("Vorname", "Nachname", "E-Mail", "Rolle", "Sprache", "Bereich", "Ernährung", "Fotos"),
    ]
    assert len(checked.good) == 0


def test_what_is_wrong_is_said_in_the_readers_language(prospectus: Prospectus) -> None:
    for locale, said in (("de", "Vorname fehlt."), ("en", "Given name is missing.")):
        with force_locale(locale):
            assert check(prospectus, ";Groß;a@b.example;Gast").problems[0].message == said


def test_mail_goes_to_the_office_of_an_alliance_where_a_person_has_none(event: Event) -> None:
    with transaction():
        alliance = db.session.merge(events.get_prospectus(event.slug).alliances[0])
        alliance.office_email = "buero@buendnis.example"
        events.revise(event.id)
    prospectus = events.get_prospectus(event.slug)
    checked = check(prospectus, "Änne;Groß;;Gast", alliance=alliance.code)
    assert [entry.wish.person.email for entry in checked.good if entry.wish] == [
        "buero@buendnis.example"
    ]
    without = check(prospectus, "Änne;Groß", header="Vorname;Name", alliance=alliance.code)
    assert found(without) == []


def test_a_list_without_the_columns_that_are_needed_says_which(prospectus: Prospectus) -> None:
    with force_locale("en"):
        checked = check(prospectus, "x;y", "x;z", header="Vorname;Farbe", alliance="")
    assert found(checked) == [
        (1, "Family name", "column_missing"),
        (1, "Mail address", "column_missing"),
        (1, "Role", "column_missing"),
    ]
    assert (len(checked.entries), checked.good) == (2, ())


def test_without_a_header_nobody_is_taken_for_one(prospectus: Prospectus) -> None:
    table = tables.read(b"Anna;Au;anna@x.example\nBert;Bo;bert@x.example\n", "")
    chosen = {0: "given_name", 1: "family_name", 2: "email"}
    checked = imports.check(table, lists.bounds(prospectus), list_id="list", chosen=chosen)
    assert found(checked) == [(1, None, "header_missing")]
    assert not checked.good


def test_the_reader_can_say_what_columns_hold(prospectus: Prospectus) -> None:
    table = lists.table("Änne;Groß;a@b.example", header="A;B;C")
    chosen = {0: "given_name", 1: "family_name", 2: "email"}
    bounds = lists.bounds(prospectus)
    assert imports.check(table, bounds, list_id="x").missing
    checked = imports.check(table, bounds, list_id="x", chosen=chosen)
    assert (found(checked), len(checked.good)) == ([], 1)
    assert imports.columns_in(imports.columns_out(chosen)) == chosen


def test_people_without_a_role_come_in_the_usual_one_of_their_alliance(
    prospectus: Prospectus,
) -> None:
    checked = check(prospectus, "Änne;Groß;a@b.example", header="Vorname;Name;Mail")
    assert [entry.wish.role.code for entry in checked.good if entry.wish] == ["delegate"]
    guest = prospectus.find_role("guest")
    bounds = imports.for_organiser(prospectus, None, role=guest)
    table = lists.table("Änne;Groß;a@b.example;")
    assert not imports.check(table, bounds, list_id="x").problems


def test_a_column_may_say_of_which_alliance_somebody_is(prospectus: Prospectus) -> None:
    header = f"{HEADER};Bündnis"
    rows = [
        "A;Groß;a@b.example;Delegierte;BIOZ",
        "B;Groß;a@b.example;Delegierte;",
        "C;Groß;a@b.example;Gast;",
        "D;Groß;a@b.example;Gast;Nirgends",
    ]
    checked = check(prospectus, *rows, header=header, alliance="")
    assert found(checked) == [(3, "Bündnis", "needs_alliance"), (5, "Bündnis", "not_offered")]
    alliance = prospectus.find_alliance("BIOZ")
    assert alliance is not None
    wishes = [entry.wish.alliance_id for entry in checked.good if entry.wish]
    assert wishes == [alliance.id, None]


def test_a_coordinators_list_is_for_their_alliance_and_their_roles_only(
    prospectus: Prospectus,
) -> None:
    alliance = prospectus.find_alliance("MR4B")
    assert alliance is not None
    bounds = imports.for_coordinator(prospectus, alliance)
    table = lists.table(
        "A;Groß;a@b.example;Delegierte;BIOZ",
        "B;Groß;a@b.example;Gast;",
        "C;Groß;a@b.example;Delegierte;MR4B e. V.",
        header=f"{HEADER};Bündnis",
    )
    checked = imports.check(table, bounds, list_id="x")
    assert found(checked) == [(2, "Bündnis", "other_alliance"), (3, "Rolle", "role_not_yours")]
    assert {entry.wish.alliance_id for entry in checked.good if entry.wish} == {alliance.id}


def test_the_same_person_is_taken_once(event: Event, prospectus: Prospectus) -> None:
    factories.register(event, given_name="Max", family_name="Grosz", email="max@b.example")
    factories.register(
        event, given_name="Eva", family_name="Au", email="eva@b.example", alliance="BIOZ"
    )
    checked = check(
        prospectus,
        "Änne;Groß;a@b.example;Gast",
        "ÄNNE;Gross;A@B.example;Delegierte",
        "max;GROSZ;max@b.example;Gast",
        "Eva;Au;eva@b.example;Gast",
        "Änne;Groß;other@b.example;Gast",
    )
    assert found(checked) == [
        (3, "Nachname", "duplicate_row"),
        (4, "Nachname", "already_registered"),
    ]


def test_an_address_stands_for_one_person_where_the_event_wants_it(event: Event) -> None:
    with transaction():
        db.session.merge(event).address_policy = AddressPolicy.ONE
        events.revise(event.id)
    prospectus = events.get_prospectus(event.slug)
    factories.register(event, email="max@b.example")
    checked = check(
        prospectus,
        "Eva;Au;max@b.example;Gast",
        "Änne;Groß;a@b.example;Gast",
        "Max;Groß;A@b.example;Gast",
    )
    assert found(checked) == [(2, "E-Mail", "address_taken"), (4, "E-Mail", "address_taken")]


def test_people_of_a_list_are_registered_like_those_whom_organisers_agreed_to(
    event: Event, prospectus: Prospectus
) -> None:
    factories.set_places(event, 5)
    outcome = apply(check(prospectus, *people(3), "Max;Au;m@b.example;Gast; "), Apply.ALL)
    assert (outcome.applied, outcome.problems) == (4, [])
    found_people = registered()
    assert {each.source for each in found_people} == {Source.IMPORT}
    assert {each.state for each in found_people} == {"confirmed"}
    assert {each.privacy_consent_at for each in found_people} == {None}
    assert all(each.badge is not None for each in found_people)
    assert quotas.list_quotas(event.id)[0].taken == 4
    assert db.session.scalar(select(func.count()).select_from(Delivery)) == 4


def test_a_list_with_one_bad_row_changes_nothing_as_a_whole(prospectus: Prospectus) -> None:
    checked = check(prospectus, *people(3), "Max;;x;Gast")
    assert apply(checked, Apply.ALL).applied == 0
    assert registered() == []


def test_places_that_are_too_few_are_told_before_anything_is_done(
    event: Event, prospectus: Prospectus
) -> None:
    factories.set_places(event, 2, alliance="MR4B", role="delegate")
    checked = check(prospectus, *people(3), "Max;Au;m@b.example;Gast")
    assert found(checked) == [(4, "Rolle", "quota_exhausted")]
    assert apply(checked, Apply.ALL).applied == 0
    assert apply(checked).applied == 3


def test_a_place_that_goes_meanwhile_stops_the_whole_or_one_row(
    event: Event, prospectus: Prospectus
) -> None:
    factories.set_places(event, 3)
    checked = check(prospectus, *people(3))
    factories.register(event)
    with pytest.raises(NotWhole) as refused:
        apply(checked, Apply.ALL)
    assert [(each.row, each.code) for each in refused.value.problems] == [(4, "quota_exhausted")]
    assert len(registered()) == 1
    outcome = apply(checked)
    assert (outcome.applied, [each.code for each in outcome.problems]) == (2, ["quota_exhausted"])
    assert quotas.list_quotas(event.id)[0].taken == 3


def test_a_list_taken_over_again_does_nothing_twice(event: Event, prospectus: Prospectus) -> None:
    factories.set_places(event, 3)
    first = check(prospectus, *people(3))
    apply(first)
    again = check(prospectus, *people(3))
    assert (found(again), apply(again).applied, apply(first).applied) == ([], 3, 3)
    assert len(registered()) == quotas.list_quotas(event.id)[0].taken == 3


def people_after_two_workers(prospectus: Prospectus) -> int:
    """Let two workers check the same list and then take it over; return how many people are in."""
    both = [check(prospectus, *people(3)), check(prospectus, *people(3))]
    for checked in both:
        apply(checked)
    return len(registered())


def test_two_workers_with_one_list_do_nothing_twice(prospectus: Prospectus) -> None:
    assert people_after_two_workers(prospectus) == 3


def test_without_keys_of_its_rows_a_list_would_be_taken_over_twice(
    prospectus: Prospectus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "key_of", lambda *_: uuid.uuid4().hex)
    assert people_after_two_workers(prospectus) == 6


def test_a_corrected_list_takes_only_those_who_are_missing(prospectus: Prospectus) -> None:
    apply(check(prospectus, *people(2), "Max;Au;max@;Gast"))
    corrected = imports.check(
        lists.table(*people(2), "Max;Au;max@b.example;Gast"),
        lists.bounds(prospectus),
        list_id="corrected",
    )
    assert [code for _row, _column, code in found(corrected)] == ["already_registered"] * 2
    assert apply(corrected).applied == 1
    assert len(registered()) == 3


def ask_question(event: Event, kind: QuestionKind, **more: object) -> int:
    title = Localised({"de": "Anreise aus", "en": "Travelling from"})
    wanted = Wanted(
        kind=kind,
        title=title,
        purpose=title,
        help=Localised({}),
        **more,  # type: ignore[arg-type]
    )
    with transaction():
        return setting.create(event.id, wanted, code="from", actor="command").id


def test_answers_to_the_events_own_questions_come_with_the_list(event: Event) -> None:
    question_id = ask_question(event, QuestionKind.COUNTRY, is_required=True)
    prospectus = events.get_prospectus(event.slug)
    for header, cell in (("Anreise aus", "Frankreich"), ("FROM", "fr"), ("q_from", "France")):
        checked = check(
            prospectus, f"Änne;Groß;a@b.example;Gast;{cell}", header=f"{HEADER};{header}"
        )
        assert found(checked) == []
        assert [entry.answers for entry in checked.good] == [{question_id: "FR"}]
    apply(checked)
    (registration,) = registered()
    assert questions.answers_of([registration.id]) == {registration.id: {question_id: "FR"}}


def test_an_answer_that_is_not_offered_is_told_with_those_that_are(event: Event) -> None:
    options = (
        {"code": "train", "de": "Bahn", "en": "Train"},
        {"code": "car", "de": "Auto", "en": "Car"},
    )
    ask_question(event, QuestionKind.CHOICE, options=options)
    prospectus = events.get_prospectus(event.slug)
    with force_locale("de"):
        checked = check(
            prospectus, "Änne;Groß;a@b.example;Gast;Rad", header=f"{HEADER};Anreise aus"
        )
    assert found(checked) == [(2, "Anreise aus", "not_offered")]
    assert "Bahn, Auto" in checked.problems[0].message


def test_an_answer_that_is_none_or_is_missing_is_named_like_any_cell(event: Event) -> None:
    ask_question(event, QuestionKind.COUNTRY, is_required=True)
    prospectus = events.get_prospectus(event.slug)
    checked = check(
        prospectus,
        "Änne;Groß;a@b.example;Gast;Atlantis",
        "Max;Groß;a@b.example;Gast;",
        header=f"{HEADER};Anreise aus",
    )
    assert found(checked) == [(2, "Anreise aus", "not_a_country"), (3, "Anreise aus", "required")]
    without = check(prospectus, "Änne;Groß;a@b.example;Gast")
    with force_locale("en"):
        assert (found(without), imports.unanswered(without)) == ([], ["Travelling from"])


def test_the_list_goes_back_as_it_came_with_a_column_of_reasons(prospectus: Prospectus) -> None:
    rows = ["Änne;Groß;a@b.example;Gast;=1+1;007", "Max;;x;Gast;+49;8"]
    file = io.BytesIO()
    with force_locale("en"):
        checked = check(prospectus, *rows, header=f"{HEADER};Notiz;Code")
        sheets.write_reasons(file, checked, checked.problems)
    back = tables.read(file.getvalue(), "")
    cells = [[tables.text_of(cell) for cell in row.cells] for row in back.rows]
    assert cells[0] == [*HEADER.split(";"), "Notiz", "Code", "Reasons"]
    assert cells[1] == ["Änne", "Groß", "a@b.example", "Gast", "=1+1", "007"]
    assert cells[2][:6] == ["Max", "", "x", "Gast", "+49", "8"]
    assert cells[2][6].startswith("Nachname: Family name is missing.\nE-Mail: Please enter")
    again = imports.check(back, lists.bounds(prospectus), list_id="again")
    assert found(again) == found(checked)
    assert [column.header for column in again.layout.unknown] == ["Notiz", "Code"]


@pytest.mark.parametrize("locale", ["de", "en"])
def test_the_empty_list_has_headers_and_words_that_are_understood(
    event: Event, locale: str
) -> None:
    ask_question(event, QuestionKind.COUNTRY)
    prospectus = events.get_prospectus(event.slug)
    file = io.BytesIO()
    with force_locale(locale):
        sheets.write_template(file, imports.for_organiser(prospectus, None))
    template = tables.read(file.getvalue(), "")
    headers = [str(cell) for cell in template.rows[0].cells]
    assert len(template.rows) == 1
    row = dict.fromkeys(headers, "")
    checked = check(prospectus, ";".join(row), header=";".join(headers), alliance="")
    assert all(column.code for column in checked.layout.columns)


def test_a_list_is_kept_for_a_day(
    app: Flask, event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    table = tables.read(lists.from_excel([[1, "", "Änne", "Groß", "a@b.example", 10**30, ""]]), "")
    about = uploads.keep(
        table, event_id=event.id, alliance="MR4B", is_coordinators=False, file_name="a.xlsx"
    )
    assert uploads.get(about.id, event_id=event.id) == about
    kept = [[tables.text_of(c) for c in row.cells] for row in uploads.table_of(about).rows]
    assert kept == [[tables.text_of(c) for c in row.cells] for row in table.rows]
    assert uploads.sweep() == 0
    with pytest.raises(NotFound):
        uploads.get(about.id, event_id=uuid.uuid4())
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        with pytest.raises(NotFound):
            uploads.get(about.id, event_id=event.id)
        assert uploads.sweep() == 2
    with pytest.raises(NotFound):
        uploads.table_of(about)


CELLS = st.text(max_size=20) | st.sampled_from(["Gast", "Vorname", "E-Mail", "Name", "#REF!", "-"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(rows=st.lists(st.lists(CELLS, max_size=6), min_size=1, max_size=6))
def test_whatever_a_table_says_it_is_checked_to_the_end(
    prospectus: Prospectus, rows: list[list[str]]
) -> None:
    text = "\n".join(";".join('"' + c.replace('"', '""') + '"' for c in row) for row in rows)
    try:
        table = tables.read(text.encode(), "")
    except (TableRefused, UnicodeEncodeError):
        return
    checked = imports.check(table, lists.bounds(prospectus), list_id="x")
    assert all(entry.problems or entry.wish or checked.missing for entry in checked.entries)
    sheets.write_reasons(io.BytesIO(), checked, checked.problems)


def test_every_code_is_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+)`", reference))
    assert {*imports.CODES, *tables.Refusal} <= told
