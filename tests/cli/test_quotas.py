"""Quotas from the command line."""

import pytest

from registration.models.events import Event
from tests import factories
from tests.cli.conftest import Command


def test_places_are_set_for_an_alliance_and_a_role(einlass: Command, event: Event) -> None:
    factories.register(event)
    options = ("--event", event.slug, "--alliance", "MR4B", "--role", "delegate", "--places", "5")
    assert einlass("quota", "set", *options, "--json").json == {
        "event": event.slug,
        "alliance": "MR4B",
        "role": "delegate",
        "places": 5,
        "taken": 1,
    }
    assert einlass("quota", "list", "--event", event.slug, "--json").json == [
        {"alliance": "MR4B", "role": "delegate", "places": 5, "taken": 1, "free": 4}
    ]


def test_none_takes_the_limit_away(einlass: Command, event: Event) -> None:
    factories.set_places(event, 5)
    assert einlass("quota", "set", "--event", event.slug, "--places", "none").code == 0
    assert einlass("quota", "list", "--event", event.slug, "--json").json == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--event", "nowhere"), "There is no event 'nowhere'."),
        (("--event", "werkstatt", "--alliance", "MR4X"), "There is no alliance 'MR4X'."),
        (("--event", "werkstatt", "--role", "king"), "There is no role 'king'."),
    ],
)
def test_what_does_not_exist_is_said_in_one_sentence(
    einlass: Command, event: Event, options: tuple[str, ...], said: str
) -> None:
    refused = einlass("quota", "set", *options, "--places", "5")
    assert (refused.code, refused.err) == (1, f"einlass: {said}\n")
    assert einlass("quota", "list", "--event", event.slug, "--json").json == []


@pytest.mark.parametrize("places", ["-1", "many", "1.5", "１２", "99999999"])
def test_places_are_a_number_or_none(einlass: Command, event: Event, places: str) -> None:
    refused = einlass("quota", "set", "--event", event.slug, "--places", places)
    assert refused.code == 2
    assert "neither a number of places nor 'none'" in refused.err
