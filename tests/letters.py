"""Mails as their readers get them: let something happen that promises one, and open it."""

import email
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from email import policy
from email.message import EmailMessage, MIMEPart
from typing import Any

import time_machine
from sqlalchemy import select, true, update

from registration import clock
from registration.database import db, snapshot, transaction, uuid7
from registration.models.accounts import Account, Mandate
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.models.gates import ScanKind
from registration.models.invitations import Invitation
from registration.models.registrations import Registration, Source
from registration.models.rosters import Dispatch
from registration.services import (
    accounts,
    campaigns,
    certificates,
    delegations,
    deliveries,
    dispatches,
    events,
    invitations,
    registrations,
)
from registration.services.deliveries import sending
from registration.services.deliveries.message import Letter
from registration.services.gates import devices, scans
from registration.services.registrations import Terms, Wish
from tasks.dispatches import send_due as send_lists
from tasks.dispatches import tell_changes as tell_list_changes
from tests import factories
from tests.doors import Door

TITLE = "Prof. Dr."
Subject = Registration | Invitation | Mandate | Dispatch
"""What a mail is about."""


def letter_of(kind: str, *, to: str | None = None) -> Letter:
    """Return the mail of this kind, to this address if one is told, that was promised last."""
    addressed = Delivery.recipient == to if to else true()
    with snapshot():
        delivery = db.session.scalars(
            select(Delivery)
            .where(Delivery.kind == kind, addressed)
            .order_by(Delivery.created_at.desc(), Delivery.id.desc())
            .options(*sending.WITH_ALL_A_MAIL_TELLS)
        ).first()
        assert delivery is not None, kind
        letter = sending.write(delivery)
    assert isinstance(letter, Letter), letter
    return letter


def mail(kind: str, *, to: str | None = None) -> EmailMessage:
    """Return it as a reader's program sees it."""
    return email.message_from_bytes(letter_of(kind, to=to).content, policy=policy.default)


def plain(message: EmailMessage) -> str:
    """Return the text of a mail."""
    part = message.get_body(("plain",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def page(message: EmailMessage) -> str:
    """Return the page of a mail."""
    part = message.get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def shown(message: EmailMessage) -> str:
    """Return the words that the page of a mail shows, on one line."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page(message), flags=re.S).split())


def attached(message: EmailMessage, media_type: str) -> bytes:
    """Return the only part of this type."""
    (found,) = [part for part in message.walk() if part.get_content_type() == media_type]
    content = found.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def structure(part: MIMEPart) -> object:
    """Return which parts a mail has, and how they are nested."""
    if not part.is_multipart():
        return part.get_content_type()
    return (part.get_content_subtype(), *[structure(each) for each in part.iter_parts()])


def without_links(text: str) -> str:
    """Return the text with what differs from run to run left out."""
    text = re.sub(r"(/(?:r|i|u|d|certificates|welcome)/)[\w.-]+", r"\1<token>", text)
    text = re.sub(r"(?m)^\d{3} \d{3}$", "<code>", text)
    return re.sub(r"(?m)^((?:Short code|Kurzcode): )\w{8}$", r"\1<code>", text)


def promised(event: Event, kind: str, **told: Any) -> Subject:
    """Let something happen that promises a mail of this kind; return what it is about."""
    subject = OCCASIONS[DeliveryKind(kind)](event, {"title": TITLE, **told})
    db.session.rollback()
    return subject


def registered(event: Event, told: dict[str, Any], role: str = "delegate") -> Registration:
    """Register the person whom the mail is to."""
    return factories.register(event, role=role, **told)


def change(event: Event, **columns: object) -> None:
    """Change how the event deals with those who wait, or with addresses."""
    with transaction():
        values = columns | {"revision": Event.revision + 1}
        db.session.execute(update(Event).where(Event.id == event.id).values(**values))


def requested(event: Event, told: dict[str, Any]) -> Registration:
    return registered(event, told, role="guest")


def declined(event: Event, told: dict[str, Any]) -> Registration:
    registration = requested(event, told)
    with transaction():
        registrations.decline(
            registrations.get(registration.id),
            reason="Alle Plätze für Gäste sind vergeben.",
            actor="command",
        )
    return registrations.get(registration.id)


def changed(event: Event, told: dict[str, Any]) -> Registration:
    registration = registered(event, told)
    with transaction():
        registrations.correct(
            registrations.get(registration.id), factories.person(**told, organisation="Neu")
        )
    return registrations.get(registration.id)


def cancelled(event: Event, told: dict[str, Any]) -> Registration:
    registration = registered(event, told)
    with transaction():
        registrations.cancel(registrations.get(registration.id))
    return registrations.get(registration.id)


def replaced(event: Event, told: dict[str, Any]) -> Registration:
    registration = registered(event, told)
    with transaction():
        registrations.replace(
            registrations.get(registration.id),
            factories.person(given_name="Neu", email="neu@buendnis.example"),
            idempotency_key=uuid.uuid4().hex,
            terms=Terms(),
        )
    return registrations.get(registration.id)


def twice(event: Event, told: dict[str, Any]) -> Registration:
    change(event, address_policy="one")
    registration = registered(event, told)
    registered(event, told)
    return registration


def waiting(event: Event, told: dict[str, Any], *, party: int = 1) -> Registration:
    """Let a party wait for a delegate's places, all of which others hold."""
    factories.set_places(event, party, role="delegate")
    for number in range(party):
        factories.register(event, email=f"holder{number}@buendnis.example")
    prospectus = events.get_prospectus(event.slug)
    role, alliance = prospectus.find_role("delegate"), prospectus.find_alliance("MR4B")
    assert role is not None
    assert alliance is not None
    wishes = [
        Wish(
            person=factories.person(**told),
            role=role,
            alliance_id=alliance.id,
            idempotency_key=uuid.uuid4().hex,
        )
        for _ in range(party)
    ]
    with transaction():
        receipts = registrations.register_or_wait(prospectus, wishes)
    return registrations.get(receipts[-1].registration_id)


def make_room(event: Event) -> None:
    """Let everybody who has a place as a delegate give it up."""
    holders = select(Registration.id).where(
        Registration.event_id == event.id, Registration.state == "confirmed"
    )
    for registration_id in db.session.scalars(holders).all():
        with transaction():
            registrations.cancel(registrations.get(registration_id))


def offered(event: Event, told: dict[str, Any], *, party: int = 1) -> Registration:
    change(event, promotion="offer")
    registration = waiting(event, told, party=party)
    make_room(event)
    return registrations.get(registration.id)


def promoted(event: Event, told: dict[str, Any]) -> Registration:
    change(event, promotion="automatic")
    registration = waiting(event, told)
    make_room(event)
    return registrations.get(registration.id)


def expired(event: Event, told: dict[str, Any]) -> Registration:
    registration = offered(event, told)
    assert registration.offer_expires_at is not None
    ends_at = registration.offer_expires_at
    with time_machine.travel(ends_at + timedelta(minutes=1), tick=False), transaction():
        registrations.expire_offers()
    return registrations.get(registration.id)


def invited(event: Event, told: dict[str, Any]) -> Invitation:
    prospectus = events.get_prospectus(event.slug)
    role = prospectus.find_role("political")
    assert role is not None
    named = {"given_name": "Änne", "family_name": "Groß", "email": "aenne.gross@buendnis.example"}
    with transaction():
        invitation = invitations.invite(
            prospectus, **named | told, role=role, alliance=None, actor="command"
        )
    return invitation


def reminded(event: Event, told: dict[str, Any]) -> Invitation:
    invitation = invited(event, told)
    later = clock.now() + timedelta(days=2)
    with time_machine.travel(later, tick=False), transaction():
        assert invitations.remind(db.session.merge(invitation), actor="command")
    return invitation


def appointed(event: Event, told: dict[str, Any]) -> Mandate:
    alliance = events.get_prospectus(event.slug).find_alliance("MR4B")
    assert alliance is not None
    with transaction():
        return accounts.appoint(
            email="koordination@mr4b.example",
            name=told.get("family_name", "Kim Groß"),
            locale=told.get("locale", "de"),
            alliance=alliance,
            actor="command",
        )


def forgot(event: Event, told: dict[str, Any]) -> Mandate:
    mandate = appointed(event, told)
    with transaction():
        accounts.ask_for_password("koordination@mr4b.example")
    return mandate


def short(event: Event, told: dict[str, Any]) -> Mandate:
    factories.set_places(event, 7, alliance="MR4B")
    mandate = appointed(event, told)
    with transaction():
        deliveries.promise_to_account(
            db.session.merge(mandate), DeliveryKind.SHORT, reason="one week before"
        )
        assert delegations.standing(event.id, mandate.alliance_key).short == 7
    return mandate


def arrived(event: Event, told: dict[str, Any]) -> Registration:
    registration = registered(event, told)
    with transaction():
        registrations.get(registration.id).host_email = "empfang@haus.example"
        _, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    seen = scans.Seen(
        id=uuid7(),
        seq=1,
        badge=registration.short_code,
        gate="main",
        kind=ScanKind.ENTRY,
        wall_at=clock.now(),
    )
    with transaction():
        scans.store([scans.prepare(devices.authenticate(token, slug=event.slug), [seen])])
    return registration


def approved(event: Event, told: dict[str, Any]) -> Registration:
    registration = requested(event, told)
    with transaction():
        registrations.approve(registrations.get(registration.id), actor="command")
    return registrations.get(registration.id)


def named(event: Event, told: dict[str, Any]) -> Registration:
    prospectus = events.get_prospectus(event.slug)
    role, alliance = prospectus.find_role("delegate"), prospectus.find_alliance("MR4B")
    assert role is not None
    assert alliance is not None
    with transaction():
        receipt = registrations.register(
            prospectus,
            factories.person(**told),
            role=role,
            alliance_id=alliance.id,
            idempotency_key=uuid.uuid4().hex,
            terms=Terms(source=Source.NOMINATION),
        )
    return registrations.get(receipt.registration_id)


def digested(event: Event, told: dict[str, Any]) -> Mandate:
    mandate = appointed(event, told)
    with transaction():
        db.session.execute(update(Account).values(password_hash="x"))
    with time_machine.travel(clock.now() - timedelta(days=1), tick=False):
        cancelled(event, {"given_name": "Ab", "family_name": "Gesagt"})
        factories.register(event, given_name="Neu", family_name="Dabei")
    with transaction():
        assert delegations.digest_due() == 1
    return mandate


def campaigned(
    event: Event, told: dict[str, Any], *, kind: str = "logistics", everybody: bool = False
) -> Registration:
    registration = registered(event, told)
    with transaction():
        campaign = campaigns.draft(event, kind, account_id=None, actor="command")
        campaign.is_transactional = everybody
        campaign.selection = campaigns.Selection().stored()
        campaigns.start(campaign, actor="command")
        campaigns.promise_some(campaign.id)
    return registrations.get(registration.id)


def listed(event: Event, told: dict[str, Any]) -> Dispatch:
    """Send the house its list, as a link."""
    with transaction():
        dispatch, _ = dispatches.plan(
            events.get_event(event.slug),
            dispatches.Plan(
                roster={"kind": "security", "format": "pdf", "locale": told.get("locale", "de")},
                recipient="pforte@haus.example",
                recipient_name="Pforte der Landesvertretung",
                purpose="Einlasskontrolle des Hauses",
                is_attached=False,
                expires_at=event.ends_at,
                tells_changes=True,
            ),
            account_id=None,
        )
        dispatch_id = dispatch.id
    send_lists()
    return dispatches.get(dispatch_id, event_id=event.id)


def list_code(event: Event, told: dict[str, Any]) -> Dispatch:
    dispatch = listed(event, told)
    with transaction():
        dispatches.ask_code(dispatch.id)
    return dispatches.get(dispatch.id, event_id=event.id)


def list_changed(event: Event, told: dict[str, Any]) -> Dispatch:
    dispatch = listed(event, told)
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        factories.register(event)
        tell_list_changes()
    return dispatches.get(dispatch.id, event_id=event.id)


def certified(event: Event, told: dict[str, Any]) -> Registration:
    registration = registered(event, told)
    with time_machine.travel(event.starts_at, tick=False):
        Door(event).scan(registration)
        with transaction():
            person = registrations.get(registration.id)
            certificates.issue_one(person, by_mail=True, actor="command")
    return registrations.get(registration.id)


OCCASIONS: dict[DeliveryKind, Callable[[Event, dict[str, Any]], Subject]] = {
    DeliveryKind.RECEIVED: requested,
    DeliveryKind.CONFIRMED: registered,
    DeliveryKind.APPROVED: approved,
    DeliveryKind.NOMINATION: named,
    DeliveryKind.DIGEST: digested,
    DeliveryKind.CAMPAIGN: campaigned,
    DeliveryKind.DECLINED: declined,
    DeliveryKind.CHANGED: changed,
    DeliveryKind.CANCELLED: cancelled,
    DeliveryKind.WAITING: waiting,
    DeliveryKind.OFFER: offered,
    DeliveryKind.PROMOTED: promoted,
    DeliveryKind.EXPIRED: expired,
    DeliveryKind.REPLACED: replaced,
    DeliveryKind.TWICE: twice,
    DeliveryKind.INVITATION: invited,
    DeliveryKind.INVITATION_REMINDER: reminded,
    DeliveryKind.COORDINATOR: appointed,
    DeliveryKind.PASSWORD: forgot,
    DeliveryKind.SHORT: short,
    DeliveryKind.ARRIVED: arrived,
    DeliveryKind.ROSTER: listed,
    DeliveryKind.ROSTER_CODE: list_code,
    DeliveryKind.ROSTER_CHANGE: list_changed,
    DeliveryKind.CERTIFICATE: certified,
}
"""What promises each kind of mail."""
