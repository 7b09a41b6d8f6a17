"""What mails say: agreed texts in both languages, and the truth when things have changed since."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import delete, select, update

from registration import ROOT
from registration.database import db, transaction
from registration.models.accounts import Account, Mandate
from registration.models.alliances import Alliance
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.models.gates import Presence
from registration.models.invitations import Invitation
from registration.models.registrations import Registration, RegistrationState, Source
from registration.services import (
    accounts,
    delegations,
    deliveries,
    events,
    registrations,
    wordings,
)
from registration.services.deliveries import Fate, Outcome, repeating, sending
from registration.services.deliveries.telling import Told, tell
from registration.services.deliveries.telling.registrations import SINCE, SPEAKS_OF
from registration.services.registrations import Terms
from tests import factories, letters
from tests.letters import mail, page, plain, promised, shown, structure, without_links

SNAPSHOTS = Path(__file__).parents[1] / "snapshots" / "mail"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KINDS = tuple(letters.OCCASIONS)
TOLD_ELSEWHERE = {"certificate", "roster", "roster_code", "roster_change"}
"""Kinds whose mails have tests beside those of what they bring."""


@pytest.fixture
def noon() -> Iterator[None]:
    """It is noon of one day, so that dates in mails are always the same."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def event(app: Flask, noon: None) -> Event:
    """The small event, 42 days after noon."""
    return factories.make_event()


def is_as_agreed(name: str, kind: str) -> bool:
    """Return whether the mail reads as its snapshot; with UPDATE_SNAPSHOTS, make it so."""
    message = mail(kind)
    told = without_links(f"Subject: {message['Subject']}\nTo: {message['To']}\n\n{plain(message)}")
    agreed = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        agreed.write_text(told, encoding="utf-8")
    assert told == agreed.read_text(encoding="utf-8")
    return True


@pytest.mark.parametrize("locale", ["de", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_mail_reads_as_agreed(event: Event, kind: str, locale: str) -> None:
    promised(event, kind, locale=locale)
    assert is_as_agreed(f"{kind}.{locale}", kind)


@pytest.mark.parametrize("locale", ["de", "en"])
@pytest.mark.parametrize("ready", wordings.Ready)
def test_each_ready_made_text_reads_as_agreed(event: Event, ready: str, locale: str) -> None:
    letters.campaigned(
        event, {"locale": locale, "title": letters.TITLE}, kind=ready, everybody=True
    )
    assert is_as_agreed(f"{ready}.{locale}", DeliveryKind.CAMPAIGN)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_says_what_the_text_says(event: Event, kind: str) -> None:
    promised(event, kind, locale="en")
    message = mail(kind)
    state = plain(message).partition("\n\n")[0].replace("\n", " ")
    assert f"<title>{state}</title>" in page(message)
    assert state in shown(message)
    links = re.findall(r"http\S+", plain(message))
    assert links
    assert [link for link in links if f'href="{link}"' not in page(message)] == []
    assert len(message.as_bytes()) < 300_000


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_forms_and_no_folder_is_left_over(kind: str) -> None:
    folder = ROOT / "templates" / "mail"
    worded = kind in wordings.FAMILIES or kind == DeliveryKind.CAMPAIGN
    forms = FORMS if worded else FORMS | {"subject.txt"}
    assert {path.name for path in (folder / kind).iterdir()} == forms
    assert {path.name for path in folder.iterdir() if path.is_dir()} == set(DeliveryKind)
    assert set(KINDS) | TOLD_ELSEWHERE == set(DeliveryKind)


FORMS = {"body.txt", "body.html"}


def test_every_kind_about_a_registration_knows_when_it_is_true() -> None:
    others = {"invitation", "reminder", "coordinator", "password", "short", "arrived"}
    others |= {"digest", "campaign", "roster", "roster_code", "roster_change", "certificate"}
    assert set(SPEAKS_OF) & set(KINDS) == set(KINDS) - others
    assert set(SINCE) == set(RegistrationState)


def told_of(kind: str) -> Told:
    db.session.rollback()
    return tell(db.session.scalars(select(Delivery).where(Delivery.kind == kind)).one())


def with_state(registration: letters.Subject, state: RegistrationState) -> None:
    with transaction():
        db.session.execute(
            update(Registration).where(Registration.id == registration.id).values(state=state)
        )


@pytest.mark.parametrize("state", list(RegistrationState))
@pytest.mark.parametrize("kind", sorted(set(SPEAKS_OF) & set(KINDS)))
def test_a_mail_that_is_not_true_any_more_says_so_and_carries_no_badge(
    event: Event, kind: DeliveryKind, state: RegistrationState
) -> None:
    with_state(promised(event, kind, locale="en"), state)
    told, message = told_of(kind), mail(kind)
    if state in SPEAKS_OF[kind]:
        assert not told.overtaken
    else:
        with force_locale("en"):
            since = str(SINCE[state])
        assert since in shown(message)
        assert since in " ".join(plain(message).split())
        assert "image/png" not in str(structure(message))


def test_a_confirmation_overtaken_by_a_cancellation_says_so(event: Event) -> None:
    promised(event, "cancelled", locale="en")
    message = mail("confirmed")
    assert "cancelled in the meantime" in plain(message)
    assert structure(message) == ("alternative", "text/plain", "text/html")
    assert "You come as" not in plain(message) + page(message)


def test_an_offer_that_is_late_offers_nothing(event: Event) -> None:
    registration = promised(event, "offer", locale="en")
    assert isinstance(registration, Registration)
    assert registration.offer_expires_at is not None
    with time_machine.travel(registration.offer_expires_at, tick=False):
        message = mail("offer")
    assert "The time to accept this place is over." in plain(message)
    assert "Accept the place" not in plain(message) + page(message)


def test_after_the_deadline_a_mail_does_not_offer_changes(event: Event) -> None:
    promised(event, "confirmed", locale="en")
    with time_machine.travel(event.changes_close_at, tick=False):
        assert "The time for changes is over" in plain(mail("confirmed"))


def test_who_waits_learns_the_turn_of_now_and_of_the_party(event: Event) -> None:
    letters.waiting(event, {"locale": "en"}, party=3)
    text = " ".join(plain(mail("waiting")).split())
    assert "You are number 1 in the queue as of 22 November 2026, 13:00." in text
    assert "You wait together with 2 other people" in text


def test_an_offer_to_a_party_says_that_one_accepts_for_all(event: Event) -> None:
    letters.offered(event, {"locale": "en"}, party=2)
    text = " ".join(plain(mail("offer")).split())
    assert "One other person has waited together with you." in text


@pytest.mark.parametrize(
    ("promotion", "sentence"),
    [("offer", "we keep a place for you and ask you"), ("automatic", "you get the place at once")],
)
def test_who_waits_learns_what_happens_next(event: Event, promotion: str, sentence: str) -> None:
    letters.change(event, promotion=promotion)
    promised(event, "waiting", locale="en")
    assert sentence in " ".join(plain(mail("waiting")).split())


def test_a_promotion_in_a_role_with_approval_is_not_called_a_confirmation(event: Event) -> None:
    with_state(promised(event, "promoted", locale="en"), RegistrationState.REQUESTED)
    message = mail("promoted")
    assert message["Subject"].startswith("Received: a place is held for you")
    assert "looked at one by one" in " ".join(plain(message).split())
    assert structure(message) == ("alternative", "text/plain", "text/html")


def test_all_roles_are_named_the_leading_one_first(event: Event) -> None:
    registration = factories.register(event, locale="en")
    prospectus = events.get_prospectus(event.slug)
    roles = [prospectus.find_role(code) for code in ("presenter", "delegate")]
    with transaction():
        registrations.change_roles(
            registrations.get(registration.id), [each for each in roles if each], actor="command"
        )
    named = ", ".join(role.title["en"] for role in registrations.get(registration.id).roles)
    assert f"You come as: {named}" in plain(mail("changed"))
    assert f"You come as: {named}" in shown(mail("changed"))


@pytest.mark.parametrize(
    ("source", "alliance", "consented", "sentences"),
    [
        (Source.NOMINATION, "MR4B", False, ["MR4B has registered you", "agree to how we use it"]),
        (Source.IMPORT, "", True, ["The organisers have registered you", "about you is right."]),
        (Source.TRANSFER, "MR4B", False, ["place of another person of MR4B"]),
        (Source.TRANSFER, "", False, ["You take the place of another person."]),
    ],
)
def test_who_was_registered_by_others_learns_by_whom_and_is_asked_to_check(
    event: Event, source: Source, alliance: str, consented: bool, sentences: list[str]
) -> None:
    prospectus = events.get_prospectus(event.slug)
    role, found = prospectus.find_role("presenter"), prospectus.find_alliance(alliance)
    assert role is not None
    with transaction():
        registrations.register(
            prospectus,
            factories.person(locale="en"),
            role=role,
            alliance_id=found.id if found else None,
            idempotency_key="nominated",
            terms=Terms(source=source, has_consented=consented),
        )
    kind = "nomination" if source == Source.NOMINATION else "confirmed"
    text = " ".join(plain(mail(kind)).split())
    for sentence in sentences:
        assert sentence in text
        assert sentence in shown(mail(kind))
    assert "Thank you for your registration" not in text


def test_a_cancellation_carries_its_reason(event: Event) -> None:
    registration = factories.register(event, locale="en")
    with transaction():
        registrations.cancel(
            registrations.get(registration.id), actor="command", reason="Two <b>\nlines"
        )
    assert "Reason given:\n\nTwo <b>\nlines\n" in plain(mail("cancelled"))
    assert "Two &lt;b&gt;" in page(mail("cancelled"))


def test_who_was_replaced_learns_whom_to_write_to(event: Event) -> None:
    with transaction():
        db.session.execute(update(Alliance).values(office_email="buero@mr4b.example"))
    promised(event, "replaced", locale="en")
    assert "MR4B: buero@mr4b.example" in plain(mail("replaced"))
    assert "MR4B: buero@mr4b.example" in shown(mail("replaced"))


AFTER_AN_INVITATION = [
    ({"revoked_at": NOON}, "has been withdrawn in the meantime"),
    ({"declined_at": NOON}, "You have declined this invitation"),
    ({"used": 1, "accepted_at": NOON}, "You have accepted this invitation"),
    ({"expires_at": NOON}, "The time to accept this invitation is over."),
]


@pytest.mark.parametrize("kind", ["invitation", "reminder"])
@pytest.mark.parametrize(("columns", "sentence"), AFTER_AN_INVITATION)
def test_an_invitation_that_does_not_stand_any_more_invites_nobody(
    event: Event, columns: dict[str, object], sentence: str, kind: str
) -> None:
    promised(event, kind, locale="en")
    with transaction():
        db.session.execute(update(Invitation).values(**columns))
    message = mail(kind)
    assert sentence in " ".join(plain(message).split())
    assert "Accept the invitation" not in plain(message) + page(message)


def test_an_invitation_to_nobody_by_name_greets_without_one(event: Event) -> None:
    promised(event, "invitation", locale="en", given_name="", family_name="", title="")
    message = mail("invitation")
    assert "\nHello,\n" in plain(message)
    assert message["To"] == "aenne.gross@buendnis.example"


def test_a_link_for_many_is_mailed_to_nobody(event: Event) -> None:
    invitation = promised(event, "invitation")
    assert isinstance(invitation, Invitation)
    invitation.email = ""
    with pytest.raises(ValueError, match="bound to no address"):
        deliveries.promise_invitation(invitation, DeliveryKind.INVITATION, reason="x")
    db.session.rollback()


@pytest.mark.parametrize("kind", ["coordinator", "password", "short"])
def test_a_closed_account_is_told_so(event: Event, kind: str) -> None:
    promised(event, kind, locale="en")
    with transaction():
        db.session.execute(update(Account).values(disabled_at=NOON))
    assert "Your access has been closed" in plain(mail(kind))


def test_a_coordinator_with_a_password_signs_in_and_one_without_chooses_one(event: Event) -> None:
    promised(event, "coordinator", locale="en")
    assert "/coordinate/welcome/" in plain(mail("coordinator"))
    with transaction():
        db.session.execute(update(Account).values(password_hash="$argon2id$"))
    text = plain(mail("coordinator"))
    assert "http://127.0.0.1:8000/coordinate/werkstatt/MR4B/" in text
    assert "welcome" not in text


@pytest.mark.parametrize("reason", ["signed off", "filled"])
def test_a_delegation_that_is_complete_by_now_is_asked_for_nobody(
    event: Event, reason: str
) -> None:
    mandate = promised(event, "short", locale="en")
    assert isinstance(mandate, Mandate)
    if reason == "filled":
        factories.set_places(event, 0, alliance="MR4B")
    else:
        with transaction():
            delegations.sign_off(event.id, mandate.alliance_key, account_id=mandate.account_id)
    assert "Nobody is missing any more" in plain(mail("short"))


def test_a_digest_that_is_sent_once_more_tells_of_the_same_day(event: Event) -> None:
    promised(event, "digest", locale="en")
    first = str(mail("digest")["Subject"])
    for days in (2, 3):  # the second time, of the mail that was sent once more
        with time_machine.travel(NOON + timedelta(days=days), tick=False):
            with transaction():
                last = db.session.scalars(
                    select(Delivery).where(Delivery.kind == "digest").order_by(Delivery.id.desc())
                ).first()
                assert last is not None
                assert repeating.promise_again(last, key="")
            assert str(mail("digest")["Subject"]) == first
            assert "Neu Dabei" in plain(mail("digest"))


def test_after_the_deadline_nobody_is_asked_to_name_people(event: Event) -> None:
    promised(event, "short", locale="en")
    with time_machine.travel(delegations.deadline_of(event), tick=False):
        assert "The time to name people is over." in plain(mail("short"))


def test_who_is_dismissed_before_the_mail_was_sent_gets_none(event: Event) -> None:
    mandate = promised(event, "coordinator")
    with transaction():
        accounts.dismiss(db.session.get_one(Mandate, mandate.id), actor="command")
    assert db.session.scalars(select(Delivery)).all() == []


@pytest.mark.parametrize("kind", ["invitation", "coordinator"])
def test_one_occasion_promises_one_mail(event: Event, kind: str) -> None:
    subject = promised(event, kind)
    with transaction():
        again = db.session.get_one(type(subject), subject.id)
        for reason in ("again", "again", "yet again"):
            if isinstance(again, Invitation):
                deliveries.promise_invitation(again, DeliveryKind(kind), reason=reason)
            elif isinstance(again, Mandate):
                deliveries.promise_to_account(again, DeliveryKind(kind), reason=reason)
    assert len(db.session.scalars(select(Delivery)).all()) == 3


def test_a_delivery_about_nothing_is_put_off_and_told(event: Event) -> None:
    promised(event, "invitation")
    with transaction():
        db.session.execute(update(Delivery).values(invitation_id=None))
    outcome = sending.write(db.session.scalars(select(Delivery)).one())
    assert isinstance(outcome, Outcome)
    assert (outcome.fate, "about nothing" in outcome.error) == (Fate.DEFERRED, True)


def test_the_mail_to_a_host_opens_nothing_of_the_guests(event: Event) -> None:
    guest = promised(event, "arrived")
    assert isinstance(guest, Registration)
    message = mail("arrived")
    assert str(message["To"]) == "empfang@haus.example"
    assert "/r/" not in plain(message) + page(message)
    assert guest.email not in plain(message) + page(message)


def test_the_host_of_a_guest_whose_entry_was_taken_back_is_told_so(event: Event) -> None:
    promised(event, "arrived", locale="en")
    with transaction():
        db.session.execute(delete(Presence))
    assert "has not come in after all" in " ".join(plain(mail("arrived")).split())
