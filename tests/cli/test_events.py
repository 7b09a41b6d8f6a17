"""Events from the command line."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from registration.models.events import Event
from registration.services.events import get_event
from registration.services.events.setup import FACTS
from tests import factories
from tests.cli.conftest import Command


def test_events_are_listed_with_people_and_places(einlass: Command, event: Event) -> None:
    factories.set_places(event, 7)
    factories.register(event)
    held_on = event.held_on.isoformat()
    assert einlass("event", "list", "--json").json == [
        {
            "slug": "werkstatt",
            "title": event.title["en"],
            "held_on": held_on,
            "registrations": 1,
            "places": 7,
        }
    ]


def test_an_event_is_created_from_a_file_on_a_day_of_choice(
    einlass: Command, tmp_path: Path
) -> None:
    facts = shutil.copy(FACTS / "zukunftswerkstatt.toml", tmp_path)
    created = einlass("event", "create", "--facts", facts, "--held-on", "2031-03-04", "--json")
    assert created.json["held_on"] == "2031-03-04"
    assert created.json["places"] == 80


def test_an_event_that_exists_is_refused_in_a_sentence(einlass: Command, tmp_path: Path) -> None:
    facts = shutil.copy(FACTS / "zukunftswerkstatt.toml", tmp_path)
    assert einlass("event", "create", "--facts", facts).code == 0
    again = einlass("event", "create", "--facts", facts)
    assert again.code == 1
    assert again.err == "einlass: There is already something with the slug 'zukunftswerkstatt'.\n"
    assert len(einlass("event", "list", "--json").json) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[event", "is not TOML"),
        ("[event]\nslug = 'x'", "has no 'venue'"),
        (
            (FACTS / "zukunftswerkstatt.toml").read_text().replace('"Europe/Berlin"', "7"),
            "cannot be taken",
        ),
    ],
)
def test_bad_facts_are_refused_in_a_sentence_and_nothing_is_written(
    einlass: Command, tmp_path: Path, text: str, said: str
) -> None:
    facts = tmp_path / "facts.toml"
    facts.write_text(text, encoding="utf-8")
    refused = einlass("event", "create", "--facts", str(facts))
    assert refused.code == 1
    assert said in refused.err
    assert einlass("event", "list", "--json").json == []


def test_the_rules_of_an_event_are_set(einlass: Command, event: Event) -> None:
    closes = f"{event.held_on:%Y-%m-%d} 08:30"
    row = einlass(
        "event",
        "set",
        *("--event", event.slug),
        *("--promotion", "offer"),
        *("--offer-hours", "12"),
        *("--registration-closes", closes),
        "--json",
    ).json
    assert (row["promotion"], row["offer_hours"]) == ("offer", 12)
    assert datetime.fromisoformat(row["registration_closes_at"]).tzinfo is not None
    assert "T" in row["registration_closes_at"]
    moment = get_event(event.slug).registration_closes_at.astimezone(event.zone)
    assert f"{moment:%Y-%m-%d %H:%M}" == closes


def test_rules_that_cannot_hold_are_refused(einlass: Command, event: Event) -> None:
    done = einlass("event", "set", "--event", event.slug, "--changes-close", "2099-01-01 00:00")
    assert done.code != 0
    assert "changes_close_at" in done.err
