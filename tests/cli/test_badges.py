"""The commands ``einlass badges`` and ``einlass tokens``."""

from pathlib import Path

import pypdf
import pytest
from sqlalchemy import select

from registration.database import db
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.services import badges, keys
from registration.services.badges import tokens
from tests import factories
from tests.cli.conftest import Command


def test_badges_are_written_to_a_file(einlass: Command, event: Event, tmp_path: Path) -> None:
    factories.register(event)
    path = tmp_path / "badges.pdf"
    outcome = einlass("badges", "export", "--event", event.slug, "--out", str(path), "--json")
    assert outcome.json == {"event": "werkstatt", "badges": 1, "file": str(path), "warnings": 0}
    assert len(pypdf.PdfReader(path).pages) == 1
    assert list(tmp_path.iterdir()) == [path]
    entry = db.session.scalars(select(AuditEntry).filter_by(action="badges.printed")).one()
    assert (entry.actor, entry.detail["people"]) == ("command", 1)


def test_badges_to_look_at_before_they_are_printed_are_named(
    einlass: Command, event: Event, tmp_path: Path
) -> None:
    factories.register(event, given_name="سارة", family_name="Yılmaz")
    factories.register(event, given_name="W" * 80, family_name="W" * 80)
    factories.register(event, given_name="Bernhardinewilhelminechen", family_name="Li")
    asked = ("--event", event.slug, "--out", str(tmp_path / "badges.pdf"), "--design", "l4784")
    outcome = einlass("badges", "export", *asked, "--json")
    assert outcome.json["warnings"] == 3
    assert "Look at this before you print: سارة Yılmaz: the font lacks letters of" in outcome.err
    assert "words are missing of 'WW" in outcome.err
    assert "'Bernhardinewilhelminechen' is smaller than the design wants" in outcome.err


def test_badges_speak_the_language_asked_for(
    einlass: Command, event: Event, tmp_path: Path
) -> None:
    factories.register(event)
    path = tmp_path / "badges.pdf"
    einlass("badges", "export", "--event", event.slug, "--out", str(path), "--locale", "en")
    assert "Delegate" in pypdf.PdfReader(path).pages[0].extract_text()


def test_tokens_are_printed_one_a_line(einlass: Command, event: Event) -> None:
    registrations = [factories.register(event) for _ in range(3)]
    expected = set()
    for registration in registrations:
        assert registration.badge is not None
        expected.add(badges.token_of(registration.badge))
    event_id, slug = event.id, event.slug
    lines = einlass("tokens", "--event", slug).out.splitlines()
    assert set(lines) == expected
    public_key = keys.find_public_key(event_id, 0)
    assert public_key is not None
    assert all(tokens.verify(tokens.decode(line), public_key, event_id) for line in lines)
    rows = einlass("tokens", "--event", slug, "--json").json
    assert {row["token"] for row in rows} == expected


@pytest.mark.parametrize("arguments", [("badges", "export", "--out", "x.pdf"), ("tokens",)])
def test_an_unknown_event_is_named(
    einlass: Command, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = einlass(*arguments, "--event", "nirgends")
    assert outcome.code == 1
    assert "nirgends" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(einlass: Command, event: Event) -> None:
    outcome = einlass("badges", "export", "--event", event.slug, "--out", "/nirgends/badges.pdf")
    assert outcome.code == 1
    assert "/nirgends/badges.pdf cannot be written" in outcome.err
