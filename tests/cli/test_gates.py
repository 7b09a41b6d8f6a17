"""Gates are listed, and lead into the house or a zone of it."""

import pytest

from registration.database import db
from registration.models.events import Event
from registration.services.gates import rules
from tests.cli.conftest import Command


def zones_of(event: Event, einlass: Command) -> dict[str, str]:
    rows = einlass("gate", "list", "--event", event.slug, "--json").json
    return {row["gate"]: row["zone"] for row in rows}


def test_a_gate_leads_into_the_zone_it_is_given(event: Event, einlass: Command) -> None:
    assert zones_of(event, einlass) == {"main": "", "side": ""}
    arguments = ("gate", "set", "--event", event.slug, "--gate", "side", "--zone")
    assert einlass(*arguments, "hall").out == "The gate side leads into the zone hall.\n"
    assert einlass(*arguments, "hall").out == "Nothing was changed.\n"
    assert zones_of(event, einlass) == {"main": "", "side": "hall"}
    db.session.rollback()
    assert rules.rules_of(event.id).zones["side"] == "hall"
    assert einlass(*arguments, "").out == "The gate side leads into the house.\n"


@pytest.mark.parametrize(
    ("gate", "zone", "code", "said"),
    [("north", "hall", 1, "no gate 'north'"), ("main", "<hall>", 2, "letters, digits")],
)
def test_what_cannot_be_is_one_sentence(
    event: Event, einlass: Command, gate: str, zone: str, code: int, said: str
) -> None:
    outcome = einlass("gate", "set", "--event", event.slug, "--gate", gate, "--zone", zone)
    assert outcome.code == code
    assert said in outcome.err
    assert set(zones_of(event, einlass).values()) == {""}
