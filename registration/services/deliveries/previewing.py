"""Previewing: a mail with a text that is not used yet and a real person's data, sent to nobody."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db, uuid7
from registration.errors import NotFound
from registration.models.accounts import Account, Mandate
from registration.models.campaigns import Campaign
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.models.invitations import Invitation
from registration.models.registrations import Registration
from registration.services import deliveries, invitations, registrations, wordings
from registration.services.deliveries.telling import tell, without_keys
from registration.services.deliveries.texts import Texts, texts_with
from registration.services.wordings import FAMILIES, Family, Ready, Text

MOST_SAMPLES = 200
Sample = tuple[str, str]
"""An id, and the name that is shown for it."""

ABOUT = {
    Family.REGISTRATION: "registration_id",
    Family.INVITATION: "invitation_id",
    Family.MANDATE: "mandate_id",
}


def list_samples(event_id: uuid.UUID, family: Family) -> Sequence[Sample]:
    """Return whose data a preview may show, sorted by name: the first `MOST_SAMPLES`."""
    if family == Family.REGISTRATION:
        rows = db.session.scalars(
            select(Registration)
            .where(Registration.event_id == event_id)
            .order_by(Registration.sort_name, Registration.id)
            .limit(MOST_SAMPLES)
        )
        return [(str(each.id), each.full_name) for each in rows]
    if family == Family.INVITATION:
        invited = db.session.scalars(
            select(Invitation)
            .where(Invitation.event_id == event_id, Invitation.email != "")
            .order_by(Invitation.family_name, Invitation.id)
            .limit(MOST_SAMPLES)
        )
        return [(str(each.id), _name_of(each)) for each in invited]
    answering = db.session.scalars(
        select(Mandate)
        .join(Mandate.account)
        .where(Mandate.event_id == event_id, Mandate.alliance_id.is_not(None))
        .order_by(Account.name, Mandate.id)
        .options(joinedload(Mandate.account), joinedload(Mandate.alliance))
        .limit(MOST_SAMPLES)
    )
    return [
        (str(each.id), f"{each.account.name or each.account.email} ({each.alliance.name})")
        for each in answering
        if each.alliance
    ]


def _name_of(invitation: Invitation) -> str:
    return f"{invitation.given_name} {invitation.family_name}".strip() or invitation.email


def preview(event: Event, kind: str, locale: str, text: Text, *, sample: str) -> Texts:
    """Return the mail of a kind with this text and the data of a sample.

    It holds no link that acts for the person, and no badge.

    Raises:
        NotFound: the event has no such sample.
        Unreadable: the text cannot be filled in.
    """
    is_ready = kind in set(Ready)
    delivery = Delivery(
        id=uuid7(),
        event_id=event.id,
        event=event,
        kind=DeliveryKind.CAMPAIGN if is_ready else kind,
        recipient="",
        dedupe_key=f"{wordings.TEST}preview",
        created_at=clock.now(),
        **_about(event, FAMILIES[kind], sample),
    )
    if is_ready:
        delivery.campaign = Campaign(
            texts={locale: {}}, selection={}, is_transactional=kind == Ready.LOGISTICS, kind=kind
        )
    return _previewed(delivery, locale, text)


def preview_campaign(campaign: Campaign, locale: str, text: Text, *, sample: str) -> Texts:
    """Return a campaign's mail with this text and the data of a registration; see `preview`."""
    event = db.session.get_one(Event, campaign.event_id)
    shown = Campaign(
        texts={locale: {}}, selection={}, is_transactional=campaign.is_transactional, kind=""
    )
    about = _about(event, Family.REGISTRATION, sample)
    delivery = Delivery(
        id=uuid7(),
        event_id=event.id,
        event=event,
        kind=DeliveryKind.CAMPAIGN,
        recipient="",
        dedupe_key=f"{wordings.TEST}preview",
        created_at=clock.now(),
        campaign=shown,
        **about,
    )
    return _previewed(delivery, locale, text)


def _previewed(delivery: Delivery, locale: str, text: Text) -> Texts:
    told = replace(without_keys(delivery, tell(delivery)), locale=locale)
    with force_locale(locale):
        written = wordings.filled(text, wordings.values_of(delivery, told))
        return texts_with(written, delivery, told, code_id="")


def _about(event: Event, family: Family, sample: str) -> dict[str, object]:
    """Return what a sample's mail is about.

    Raises:
        NotFound: the event has no such sample.
    """
    found: Registration | Invitation | Mandate | None = None
    try:
        if family == Family.REGISTRATION:
            found = registrations.get(uuid.UUID(sample))
        elif family == Family.INVITATION:
            found = invitations.get(uuid.UUID(sample), event_id=event.id)
        else:
            found = db.session.get(Mandate, int(sample))
    except ValueError as error:
        raise NotFound(noun=family) from error
    if found is None or found.event_id != event.id:
        raise NotFound(noun=family)
    return {family.value: found}


def try_out(wording_id: int, event: Event, kind: str, *, sample: str, recipient: str) -> None:
    """Promise one mail with a kept version of a wording to whoever writes it.

    Raises:
        NotFound: the event has no such sample.
    """
    family = FAMILIES[kind]
    (found,) = _about(event, family, sample).values()
    deliveries.promise_test(
        event.id,
        DeliveryKind(kind),
        recipient=recipient,
        reason=f"{wordings.TEST_OF_WORDING}{wording_id}",
        **{ABOUT[family]: found.id},  # type: ignore[attr-defined]  # all three have one
    )
