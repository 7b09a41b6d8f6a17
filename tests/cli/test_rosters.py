"""The command ``einlass roster``."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.services.rosters import RosterFormat, RosterKind, presets
from tests import factories
from tests.cli.conftest import Command

SIGNS = {
    RosterFormat.CSV: b"alliance,",
    RosterFormat.CSV_EXCEL: "\ufeffBündnis;".encode(),
    RosterFormat.XLSX: b"PK",
    RosterFormat.PDF: b"%PDF-",
}


@pytest.mark.parametrize("file_format", RosterFormat)
def test_a_list_is_written_in_each_format(
    einlass: Command, event: Event, tmp_path: Path, file_format: RosterFormat
) -> None:
    factories.register(event)
    path = tmp_path / "list"
    asked = ("--event", event.slug, "--kind", "attendance", "--format", file_format.value)
    outcome = einlass("roster", "export", *asked, "--out", str(path), "--json")
    assert outcome.json["people"] == 1
    assert path.read_bytes().startswith(SIGNS[file_format])
    entry = db.session.scalars(select(AuditEntry).filter_by(action="roster.exported")).one()
    assert entry.detail == {"list": "attendance", "format": str(file_format), "people": 1}


def test_headers_speak_the_language_asked_for(
    einlass: Command, event: Event, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    asked = ("--event", event.slug, "--format", "csv-excel", "--locale", "en")
    einlass("roster", "export", *asked, "--out", str(path))
    assert path.read_text(encoding="utf-8-sig").startswith("Alliance;Family name;")


@pytest.mark.parametrize(
    ("option", "value"), [("--format", "exe"), ("--kind", "everything"), ("--locale", "xx")]
)
def test_a_choice_that_there_is_not_is_told(
    einlass: Command, event: Event, tmp_path: Path, option: str, value: str
) -> None:
    given = {"--format": "csv", "--kind": "attendance", "--locale": "de"} | {option: value}
    options = [word for pair in given.items() for word in pair]
    path = tmp_path / "list"
    outcome = einlass("roster", "export", "--event", event.slug, "--out", str(path), *options)
    assert outcome.code == 2
    assert value in outcome.err
    assert not path.exists()


def test_every_kind_is_written(einlass: Command, event: Event, tmp_path: Path) -> None:
    factories.register(event)
    for kind in RosterKind:
        path = tmp_path / f"{kind}.pdf"
        asked = ("--event", event.slug, "--kind", kind.value, "--format", "pdf")
        outcome = einlass("roster", "export", *asked, "--out", str(path), "--json")
        assert outcome.json["kind"] == kind
        assert path.read_bytes().startswith(b"%PDF-")


def test_who_gets_a_list_and_what_for_is_written_down(
    einlass: Command, event: Event, tmp_path: Path
) -> None:
    factories.register(event)
    factories.register(event, alliance="BIOZ")
    path = tmp_path / "list.csv"
    asked = ("--event", event.slug, "--kind", "security", "--format", "csv", "--alliance", "BIOZ")
    noted = ("--recipient", "The house", "--purpose", "Admission", "--expires", "2027-01-31")
    outcome = einlass("roster", "export", *asked, *noted, "--out", str(path), "--json")
    assert outcome.json["people"] == 1
    entry = db.session.scalars(select(AuditEntry).filter_by(action="roster.exported")).one()
    assert entry.detail == {
        "list": "security",
        "format": "csv",
        "people": 1,
        "alliance": "BIOZ",
        "recipient": "The house",
        "purpose": "Admission",
        "expires": "2027-01-31",
    }


def test_a_list_for_the_house_always_says_for_whom_it_is_what_for_and_until_when(
    einlass: Command, event: Event, tmp_path: Path
) -> None:
    asked = ("--event", event.slug, "--kind", "security", "--format", "pdf", "--locale", "en")
    einlass("roster", "export", *asked, "--out", str(tmp_path / "list.pdf"))
    entry = db.session.scalars(select(AuditEntry).filter_by(action="roster.exported")).one()
    noted = [entry.detail[name] for name in ("recipient", "purpose", "expires")]
    next_day = (event.held_on + timedelta(days=1)).isoformat()
    assert noted == [event.venue_name, "Guest list of the house", next_day]


def test_a_preset_is_written_by_its_title(einlass: Command, event: Event, tmp_path: Path) -> None:
    factories.register(event)
    own = {"kind": "attendance", "title": "Short", "columns": ["family_name"]}
    with transaction():
        presets.save(event.id, own, account_id=None)
    path = tmp_path / "list.csv"
    asked = ("--event", event.slug, "--format", "csv", "--out", str(path), "--preset")
    einlass("roster", "export", *asked, "Short")
    assert path.read_text().splitlines() == ["family_name", "Groß"]
    outcome = einlass("roster", "export", *asked, "Long")
    assert outcome.code != 0
    assert "Long" in outcome.err
