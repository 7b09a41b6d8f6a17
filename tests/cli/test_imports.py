"""Lists are checked and taken over from the command line, as scripts want it."""

from pathlib import Path

import pytest

from registration.database import db, transaction
from registration.models.events import Event
from registration.services import quotas
from tests import factories, lists
from tests.cli.conftest import Command, Outcome

BAD = "Max;;max@;Delegierte"


@pytest.fixture
def bring(einlass: Command, event: Event, tmp_path: Path) -> Command:
    def run(content: bytes, *more: str, name: str = "liste.csv") -> Outcome:
        path = tmp_path / name
        path.write_bytes(content)
        where = ("--event", event.slug, "--alliance", "MR4B", "--file", str(path))
        return einlass("registrations", "import", *where, *more)

    return run


def holders(event: Event) -> int:
    db.session.rollback()
    return quotas.count_holders(event.id, None, None)


def test_a_list_is_checked_unless_something_else_is_asked_for(bring: Command, event: Event) -> None:
    told = bring(lists.csv(*lists.people(2), BAD, encoding="cp1252"), "--json")
    assert told.code == 1
    said = told.json
    errors = said.pop("errors")
    assert said == {"rows": 3, "good": 2, "applied": 0}
    assert [(each["row"], each["column"], each["code"]) for each in errors] == [
        (4, "Nachname", "required"),
        (4, "E-Mail", "not_an_address"),
    ]
    assert errors[0]["message"] == "Family name is missing."
    assert holders(event) == 0


def test_a_good_list_ends_with_exit_code_0(bring: Command, event: Event) -> None:
    checked = bring(lists.csv(*lists.people(2)), "--json")
    assert (checked.code, checked.json["good"], checked.json["errors"]) == (0, 2, [])
    applied = bring(lists.csv(*lists.people(2)), "--apply", "all", "--json")
    assert (applied.code, applied.json["applied"], holders(event)) == (0, 2, 2)


def test_the_same_file_brought_again_registers_nobody_twice(bring: Command, event: Event) -> None:
    for _ in range(2):
        told = bring(lists.csv(*lists.people(3)), "--apply", "good", "--json")
        assert (told.code, told.json["applied"], holders(event)) == (0, 3, 3)


def test_the_good_rows_are_taken_and_the_others_told(bring: Command, event: Event) -> None:
    told = bring(lists.csv(*lists.people(2), BAD), "--apply", "good")
    assert told.code == 0
    assert told.out.endswith("3 rows, 2 of them good, 2 registered, 2 problems.\n")
    assert "row 4, Nachname: Family name is missing.\n" in told.out
    assert holders(event) == 2


def test_a_list_with_a_bad_row_changes_nothing_as_a_whole(bring: Command, event: Event) -> None:
    told = bring(lists.csv(*lists.people(2), BAD), "--apply", "all", "--json")
    assert (told.code, told.json["good"], told.json["applied"]) == (1, 2, 0)
    assert holders(event) == 0


def test_without_places_for_all_the_whole_changes_nothing(bring: Command, event: Event) -> None:
    factories.set_places(event, 2)
    told = bring(lists.csv(*lists.people(3)), "--apply", "all", "--json")
    assert (told.code, told.json["good"], told.json["applied"]) == (1, 2, 0)
    assert [each["code"] for each in told.json["errors"]] == ["quota_exhausted"]
    part = bring(lists.csv(*lists.people(3)), "--apply", "good", "--json")
    assert (part.code, part.json["applied"], holders(event)) == (0, 2, 2)
    with transaction():
        assert quotas.reconcile(event.id) == []


def test_a_list_of_which_nobody_can_be_taken_ends_with_exit_code_1(bring: Command) -> None:
    assert bring(lists.csv(BAD), "--apply", "good", "--json").code == 1


def test_a_file_that_is_no_list_is_told_as_an_error_of_the_whole(bring: Command) -> None:
    told = bring(b"%PDF-1.7", "--apply", "good", "--json")
    assert told.code == 1
    assert told.json["rows"] == 0
    (error,) = told.json["errors"]
    assert (error["row"], error["column"], error["code"]) == (None, None, "other_format")
    assert "Excel workbook (.xlsx)" in error["message"]


def test_people_without_a_role_get_the_one_that_is_named(bring: Command, event: Event) -> None:
    content = lists.csv("Max;Au;max@b.example;")
    assert bring(content, "--json").code == 1
    assert bring(content, "--role", "guest", "--apply", "all").code == 0


def test_what_does_not_exist_is_refused(
    bring: Command, einlass: Command, event: Event, tmp_path: Path
) -> None:
    assert "no role 'narr'" in bring(lists.csv(), "--role", "narr").err
    nowhere = einlass(
        "registrations", "import", "--event", event.slug, "--file", str(tmp_path / "x")
    )
    assert nowhere.code == 2
