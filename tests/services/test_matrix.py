"""The matrix counts as the quotas do, and many limits change together or not at all."""

import io
from collections.abc import Mapping

import openpyxl
import pytest
from sqlalchemy import func, select

from registration.database import db, transaction
from registration.errors import Conflict
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.registrations import RegistrationState
from registration.services import events, matrix, quotas, registrations, tables
from registration.services.events import Prospectus
from registration.services.matrix import Key, reading, workbook
from tests import factories


def ids(prospectus: Prospectus, alliance: str = "", role: str = "") -> Key:
    found_alliance, found_role = prospectus.find_alliance(alliance), prospectus.find_role(role)
    return found_alliance.id if found_alliance else None, found_role.id if found_role else None


def limits(event: Event) -> Mapping[Key, int]:
    db.session.rollback()
    return {(each.alliance_id, each.role_id): each.places for each in quotas.list_quotas(event.id)}


def give_roles(registration_id: object, *codes: str) -> None:
    with transaction():
        row = registrations.get(registration_id)  # type: ignore[arg-type]  # an id
        prospectus = events.get_prospectus(row.event.slug)
        roles = [role for role in prospectus.roles if role.code in codes]
        registrations.change_roles(row, roles, actor="command")


def change(event: Event, wanted: Mapping[Key, int | None]) -> None:
    plan = matrix.plan(matrix.load(event.id), wanted)
    with transaction():
        matrix.apply(event.id, plan, actor="command")


def test_who_has_several_roles_counts_in_each_cell_but_once_in_the_totals(
    event: Event, prospectus: Prospectus
) -> None:
    person = factories.register(event)
    give_roles(person.id, "delegate", "presenter")
    loaded = matrix.load(event.id)
    for alliance in ("MR4B", ""):
        for role in ("delegate", "presenter", ""):
            key = ids(prospectus, alliance, role)
            assert loaded.cell(*key).taken == quotas.count_holders(event.id, *key) == 1
    assert loaded.cell(*ids(prospectus, "BIOZ", "delegate")).taken == 0


def test_many_limits_are_set_as_one_at_a_time_would_set_them(
    event: Event, prospectus: Prospectus
) -> None:
    factories.set_places(event, 5)
    factories.set_places(event, 3, role="guest")
    person = factories.register(event)
    give_roles(person.id, "delegate", "presenter")
    wanted = {
        ids(prospectus): 4,
        ids(prospectus, role="guest"): None,
        ids(prospectus, "MR4B"): 2,
        ids(prospectus, "MR4B", "presenter"): 1,
        ids(prospectus, "BIOZ"): 0,
    }
    change(event, wanted)
    assert limits(event) == {key: places for key, places in wanted.items() if places is not None}
    with transaction():
        assert quotas.reconcile(event.id) == []
    written = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "quota.set")
    assert db.session.scalar(written) == 2 + len(wanted)


def test_what_is_already_so_needs_no_change(event: Event, prospectus: Prospectus) -> None:
    factories.set_places(event, 5)
    assert matrix.plan(matrix.load(event.id), {ids(prospectus): 5}) == []


def test_a_plan_that_is_out_of_date_changes_nothing(event: Event, prospectus: Prospectus) -> None:
    factories.set_places(event, 5)
    wanted = {ids(prospectus, "MR4B"): 1, ids(prospectus): 6}
    plan = matrix.plan(matrix.load(event.id), wanted)
    factories.set_places(event, 7)
    with pytest.raises(Conflict), transaction():
        matrix.apply(event.id, plan, actor="command")
    assert limits(event) == {ids(prospectus): 7}


def test_lowering_evicts_nobody_and_raising_lets_the_next_move_up(
    event: Event, prospectus: Prospectus
) -> None:
    for _ in range(2):
        factories.register(event)
    factories.set_places(event, 2, alliance="MR4B")
    role = prospectus.find_role("delegate")
    assert role is not None
    wish = registrations.Wish(
        person=factories.person(),
        role=role,
        alliance_id=ids(prospectus, "MR4B")[0],
        idempotency_key="w",
    )
    with transaction():
        (receipt,) = registrations.register_or_wait(prospectus, [wish])
    assert receipt.state == RegistrationState.WAITING
    change(event, {ids(prospectus, "MR4B"): 1})
    assert matrix.load(event.id).cell(*ids(prospectus, "MR4B")).over == 1
    change(event, {ids(prospectus, "MR4B"): 3, ids(prospectus): 3})
    db.session.rollback()
    assert registrations.get(receipt.registration_id).state == RegistrationState.CONFIRMED
    assert [quota.taken for quota in quotas.list_quotas(event.id)] == [3, 3]


def test_one_row_is_copied_to_all_alliances_and_nowhere_else(
    event: Event, prospectus: Prospectus
) -> None:
    factories.set_places(event, 50)
    factories.set_places(event, 4, alliance="MR4B")
    factories.set_places(event, 2, alliance="MR4B", role="presenter")
    factories.set_places(event, 9, alliance="BIOZ", role="delegate")
    mr4b = ids(prospectus, "MR4B")[0]
    assert mr4b is not None
    change(event, matrix.copy_of_row(prospectus, matrix.load(event.id), mr4b))
    expected = {ids(prospectus): 50}
    for code in factories.ALLIANCES:
        expected |= {ids(prospectus, code): 4, ids(prospectus, code, "presenter"): 2}
    assert limits(event) == expected


def test_a_downloaded_sheet_loads_as_it_was(event: Event, prospectus: Prospectus) -> None:
    factories.set_places(event, 50)
    factories.set_places(event, 4, alliance="MR4B")
    factories.set_places(event, 0, role="guest")
    factories.set_places(event, 2, alliance="BIOZ", role="presenter")
    loaded = matrix.load(event.id)
    sheet = reading.read(tables.read(workbook.write(prospectus, loaded)), prospectus)
    assert sheet.wrong == []
    assert len(sheet.wanted) == (3 + 1) * (4 + 1)
    assert matrix.plan(loaded, sheet.wanted) == []


def test_a_sheet_shows_what_is_taken_waiting_and_free_beside(
    event: Event, prospectus: Prospectus
) -> None:
    factories.set_places(event, 5, role="delegate")
    factories.register(event)
    book = openpyxl.load_workbook(
        io.BytesIO(workbook.write(prospectus, matrix.load(event.id))), read_only=False
    )
    assert len(book.sheetnames) == 4
    places, taken, waiting, free = (sheet["D3"].value for sheet in book.worksheets)
    assert (places, taken, waiting, free) == (5, 1, 0, 4)
    first = book.worksheets[0]
    assert first.row_dimensions[1].hidden
    assert [first["A1"].value, first["D1"].value, first["A3"].value] == ["code", "delegate", "*"]
    assert first.freeze_panes == "C3"


def table(text: str) -> tables.Table:
    return tables.read(text.encode())


def test_a_sheet_is_read_by_codes_or_titles_in_any_language(
    event: Event, prospectus: Prospectus
) -> None:
    text = "Bündnis;Gesamt;Delegierte:r;Presenter\nmr4b;10;;3\n*;100;;\n"
    sheet = reading.read(table(text), prospectus)
    assert sheet.wrong == []
    assert sheet.wanted == {
        ids(prospectus, "MR4B"): 10,
        ids(prospectus, "MR4B", "delegate"): None,
        ids(prospectus, "MR4B", "presenter"): 3,
        ids(prospectus): 100,
        ids(prospectus, role="delegate"): None,
        ids(prospectus, role="presenter"): None,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b\nc;d\n", [("A1", "no_heading")]),
        ("code;delegate\nMR4B;many\nBIOZ;-1\n", [("B2", "no_number"), ("B3", "no_number")]),
        ("code;delegate\nMR4B;1.5\nBIOZ;1000001\n", [("B2", "no_number"), ("B3", "no_number")]),
        ("code;delegate\nNOBODY;1\n", [("A2", "unknown_alliance")]),
        ("code;delegate\n;1\n", [("A2", "unknown_alliance")]),
        ("code;delegate\nMR4B;1\nMR4B;2\n", [("A3", "twice")]),
        ("code;delegate;Delegierte:r\nMR4B;1;2\n", [("C1", "twice")]),
        ("code;delegate;jester\nMR4B;1;2\n", [("C1", "unknown_role")]),
        (f"code;delegate\nMR4B;{'9' * 30}\n", [("B2", "no_number")]),
    ],
)
def test_what_cannot_be_taken_is_named_cell_by_cell(
    prospectus: Prospectus, text: str, expected: list[tuple[str, str]]
) -> None:
    sheet = reading.read(table(text), prospectus)
    assert [(each.cell, str(each.fault)) for each in sheet.wrong] == expected


def test_columns_are_named_as_spreadsheets_name_them() -> None:
    names = [reading.letters(column) for column in (0, 25, 26, 51, 52, 701, 702)]
    assert names == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
