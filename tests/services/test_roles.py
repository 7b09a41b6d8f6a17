"""Several roles of one person, said in the order of their ranks wherever people are shown."""

import pytest

from registration import clock
from registration.database import Localised, db, transaction
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import events, registrations, roles
from registration.services.gates.scans import bearers
from registration.services.gates.search import PersonState, find_people
from tests import factories


def with_roles(event: Event, *codes: str) -> Registration:
    registration = factories.register(event, role=codes[0])
    wanted = [role for role in events.get_prospectus(event.slug).roles if role.code in codes]
    with transaction():
        registrations.change_roles(registrations.get(registration.id), wanted, actor="command")
    return registrations.get(registration.id)


def test_the_door_reads_all_roles_by_rank(event: Event) -> None:
    with_roles(event, "delegate", "presenter", "guest")
    (found,) = find_people(event.id, "groß")
    assert found.role.in_locale("en") == "Presenter, Delegate, Guest"


def test_a_scan_tells_all_roles_in_its_one_query(event: Event) -> None:
    badge = with_roles(event, "delegate", "presenter").badge
    assert badge is not None
    told = {"devices": [], "lately": clock.now(), "names": [badge.id]}
    (row,) = bearers._BY_BADGE.rows(db.session.connection(), told)
    assert bearers._bearer(row).role.in_locale("en") == "Presenter, Delegate"


def test_one_role_is_said_as_it_is(event: Event) -> None:
    factories.register(event)
    (found,) = find_people(event.id, "groß")
    assert found.role.in_locale("en") == "Delegate"


def test_a_title_without_the_readers_language_is_said_in_german() -> None:
    leading = Localised({"de": "Gast", "en": "Guest"})
    joined = roles.joined(leading, '[9,{"de":"Jury"}],[2,{"de":"Presse","en":"Press"}]')
    assert joined == {"de": "Gast, Presse, Jury", "en": "Guest, Press, Jury"}


@pytest.mark.parametrize("state", ["waiting", "offered", "requested", "declined", "expired"])
def test_who_has_no_place_is_found_at_the_door_and_said_to_have_none(
    event: Event, state: str
) -> None:
    person = factories.register(event)
    with transaction():
        registrations.get(person.id).state = state
    (found,) = find_people(event.id, "groß")
    assert found.state == PersonState(state)
