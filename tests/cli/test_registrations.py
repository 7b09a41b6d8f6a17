"""People made up, and counts checked, from the command line."""

from registration.database import transaction
from registration.models.events import Event
from registration.services import quotas
from tests import factories
from tests.cli.conftest import Command


def test_people_are_added_beyond_the_quotas_and_it_says_so(einlass: Command, event: Event) -> None:
    factories.set_places(event, 5)
    added = einlass("registrations", "add", "--event", event.slug, "--count", "30")
    assert "30 generated people" in added.out
    assert "beyond the quotas: 1 of 1 quotas are overdrawn" in added.out
    assert quotas.count_holders(event.id, None, None) == 30


def test_scripts_learn_that_quotas_are_overdrawn(einlass: Command, event: Event) -> None:
    added = einlass("registrations", "add", "--event", event.slug, "--count", "3", "--json")
    assert added.json == {
        "event": event.slug,
        "added": 3,
        "beyond_quotas": True,
        "overdrawn_quotas": 0,
    }


def test_nobody_is_added_to_an_unknown_event(einlass: Command) -> None:
    refused = einlass("registrations", "add", "--event", "nowhere", "--count", "3")
    assert (refused.code, refused.err) == (1, "einlass: There is no event 'nowhere'.\n")


def test_a_wrong_count_is_found_and_then_repaired(einlass: Command, event: Event) -> None:
    factories.set_places(event, 5)
    with transaction():
        quotas.list_quotas(event.id)[0].taken = 3
    arguments = ("registrations", "reconcile", "--event", event.slug)
    found = einlass(*arguments, "--json")
    assert found.code == 1
    assert [(each["taken"], each["counted"]) for each in found.json] == [(3, 0)]
    assert einlass(*arguments, "--repair").code == 0
    assert einlass(*arguments).out == "All counts are right.\n"
