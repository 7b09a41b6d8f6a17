"""What a badge says beyond the name."""

import pytest
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.audit import AuditEntry
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import badges, listing, registrations
from registration.services.events import Prospectus
from registration.services.registrations import Label
from tests import factories
from tests.lists import check, found


def label(registration: Registration, **told: str | int) -> bool:
    with transaction():
        return registrations.set_label(
            registrations.get(registration.id),
            Label(**told),  # type: ignore[arg-type]  # a test names real fields
            actor="account:1",
        )


def mails(registration: Registration) -> list[str]:
    query = select(Delivery.kind).where(Delivery.registration_id == registration.id)
    return list(db.session.scalars(query.order_by(Delivery.id)))


def test_other_words_on_a_badge_leave_its_code_and_are_mailed(event: Event) -> None:
    person = factories.register(event)
    assert person.badge is not None
    token, before = badges.token_of(person.badge), person.updated_at
    assert label(person, badge_name="Mia", pronouns="sie/ihr")
    now = registrations.get(person.id)
    assert now.badge is not None
    assert badges.token_of(now.badge) == token
    assert now.updated_at > before, "devices and print runs look at it"
    assert mails(person) == ["confirmed", "changed"]
    entry = db.session.scalars(select(AuditEntry).filter_by(action="registration.label_set")).one()
    assert entry.detail == {"fields": "badge_name, pronouns"}


def test_a_room_and_a_place_in_the_protocol_are_no_reason_for_a_mail(event: Event) -> None:
    person = factories.register(event)
    assert label(person, room="Saal 2", precedence=3)
    assert mails(person) == ["confirmed"]
    assert not label(person, room="Saal 2", precedence=3), "nothing has changed"


def test_a_person_is_found_by_the_name_on_their_badge(event: Event) -> None:
    person = factories.register(event, badge_name="Mia")
    found_by = listing.search(event.id, listing.Filter(query="mia"))
    assert [row.id for row in found_by.rows] == [person.id]
    label(person, badge_name="Lou")
    assert listing.search(event.id, listing.Filter(query="mia")).total == 0
    assert listing.search(event.id, listing.Filter(query="lou groß")).total == 1


def test_the_persons_own_correction_keeps_the_code_too(event: Event) -> None:
    person = factories.register(event)
    assert person.badge is not None
    token = badges.token_of(person.badge)
    with transaction():
        now = registrations.get(person.id)
        registrations.correct(now, factories.person(badge_organisation="IfB"))
    now = registrations.get(person.id)
    assert now.badge is not None
    assert badges.token_of(now.badge) == token
    assert mails(person) == ["confirmed", "changed"]
    with transaction():
        registrations.correct(registrations.get(person.id), factories.person(family_name="Klein"))
    renamed = registrations.get(person.id)
    assert renamed.badge is not None
    assert badges.token_of(renamed.badge) != token, "a name is what a badge is issued for"


@pytest.mark.parametrize(
    "header",
    [
        "Name auf dem Badge;Organisation auf dem Badge;Pronomen;Gesprochene Sprachen",
        "Badge name;Organisation on the badge;Pronouns;Languages",
    ],
)
def test_a_list_may_say_what_badges_show(prospectus: Prospectus, header: str) -> None:
    checked = check(
        prospectus,
        "Änne;Groß;a@b.example;Delegierte;Mia;IfB;sie/ihr;DE EN",
        header=f"Vorname;Nachname;E-Mail;Rolle;{header}",
    )
    assert found(checked) == []
    wish = checked.good[0].wish
    assert wish is not None
    person = wish.person
    assert (person.badge_name, person.badge_organisation) == ("Mia", "IfB")
    assert (person.pronouns, person.languages, person.locale) == ("sie/ihr", "DE EN", "de")
