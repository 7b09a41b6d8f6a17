"""Mandates: for which events, and for which alliances of them, an account answers."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db, insert_new
from registration.errors import Invalid, NotFound
from registration.models.accounts import Account, AccountRole, Mandate
from registration.models.alliances import Alliance
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event
from registration.services import audit, deliveries, events
from registration.services.accounts.passwords import checked_email, find


def mandates_of(account: Account) -> Sequence[Mandate]:
    """Return the account's mandates with their alliances, by event, then by the alliance's name."""
    return db.session.scalars(
        select(Mandate)
        .outerjoin(Mandate.alliance)
        .where(Mandate.account_id == account.id)
        .order_by(Mandate.event_id, Alliance.sort_name, Mandate.id)
        .options(joinedload(Mandate.alliance))
    ).all()


def _event_ids(account: Account) -> frozenset[uuid.UUID]:
    return frozenset(
        db.session.scalars(select(Mandate.event_id).where(Mandate.account_id == account.id))
    )


def may_see_event(account: Account, event_id: uuid.UUID) -> bool:
    """Return whether this event is one of the account's.

    An organiser or staff without any mandate answers for every event; with some only for those. A
    coordinator has an alliance to answer for, or nothing; what they see of it is not said here.
    """
    return is_among(event_id, _event_ids(account), account)


def is_among(event_id: uuid.UUID, own: frozenset[uuid.UUID], account: Account) -> bool:
    """Return whether the event is one of ``own``, where none at all may mean every one."""
    if not own:
        return account.role != AccountRole.COORDINATOR
    return event_id in own


def events_of(account: Account) -> Sequence[Event]:
    """Return the events that the account may see, the next one first."""
    own = _event_ids(account)
    return [event for event in events.list_events() if is_among(event.id, own, account)]


def alliances_of(account: Account, event_id: uuid.UUID) -> Sequence[Alliance]:
    """Return the alliances of the event for which the account answers, by name.

    Of an organiser's event that is each; staff answer for none.
    """
    wanted = select(Alliance).where(Alliance.event_id == event_id)
    if account.role == AccountRole.COORDINATOR:
        wanted = wanted.join(Mandate, Mandate.alliance_id == Alliance.id).where(
            Mandate.account_id == account.id
        )
    elif account.role != AccountRole.ORGANISER or not may_see_event(account, event_id):
        return ()
    return db.session.scalars(wanted.order_by(Alliance.sort_name, Alliance.id)).all()


def list_coordinators(event_id: uuid.UUID) -> Mapping[int, Sequence[Mandate]]:
    """Return the coordinators' mandates with their accounts, by alliance id, each by address."""
    found: defaultdict[int, list[Mandate]] = defaultdict(list)
    for mandate in db.session.scalars(
        select(Mandate)
        .join(Mandate.account)
        .where(Mandate.event_id == event_id, Mandate.alliance_id.is_not(None))
        .order_by(Account.email)
        .options(joinedload(Mandate.account))
    ):
        found[mandate.alliance_key].append(mandate)
    return found


def get_mandate(alliance: Alliance, mandate_id: int) -> Mandate:
    """Return one mandate of a coordinator of this alliance.

    Raises:
        NotFound: the alliance has none with this id.
    """
    mandate = db.session.get(Mandate, mandate_id)
    if mandate is None or mandate.alliance_id != alliance.id:
        raise NotFound(noun="mandate", name=str(mandate_id))
    return mandate


def grant(
    account: Account, *, event_id: uuid.UUID, alliance: Alliance | None = None, actor: str
) -> tuple[Mandate, bool]:
    """Let the account answer for an event, or for an alliance of it; nobody is mailed.

    Returns:
        The mandate, and whether it is new.

    Raises:
        Invalid: a coordinator needs an alliance, and nobody else takes one.
    """
    if (account.role == AccountRole.COORDINATOR) != (alliance is not None):
        raise Invalid(fields={"alliance": "role"})
    key = alliance.id if alliance else 0
    is_new = insert_new(
        Mandate,
        {
            "account_id": account.id,
            "event_id": event_id,
            "alliance_id": alliance.id if alliance else None,
            "alliance_key": key,
        },
    )
    mandate = db.session.scalars(
        select(Mandate).filter_by(account_id=account.id, event_id=event_id, alliance_key=key)
    ).one()
    if is_new:
        _record("mandate.granted", mandate, actor)
    return mandate, bool(is_new)


def appoint(*, email: str, name: str, locale: str, alliance: Alliance, actor: str) -> Mandate:
    """Let somebody coordinate an alliance, and promise the mail that tells them.

    An address without an account gets one, for which its owner chooses a password by that mail.
    Appointing somebody twice changes nothing and mails nothing.

    Raises:
        Invalid: the address is none, belongs to an organiser or staff, or its account is disabled.
    """
    account = _coordinator(checked_email(email), name=name, locale=locale, actor=actor)
    mandate, is_new = grant(account, event_id=alliance.event_id, alliance=alliance, actor=actor)
    if is_new:
        invite_again(mandate)
    return mandate


def _coordinator(address: str, *, name: str, locale: str, actor: str) -> Account:
    """Return the coordinator's account with this address, made if there is none."""
    made = insert_new(
        Account,
        {
            "email": address,
            "name": name.strip()[:160],
            "role": AccountRole.COORDINATOR,
            "password_hash": "",
            "locale": locale,
            "created_at": clock.now(),
        },
    )
    account = find(address)
    if account is None or account.role != AccountRole.COORDINATOR:
        raise Invalid(fields={"email": "other_role"})
    if account.disabled_at is not None:
        raise Invalid(fields={"email": "disabled"})
    if made:
        audit.record(
            "account.created", actor=actor, subject=f"account:{account.id}", role=account.role
        )
    return account


def invite_again(mandate: Mandate) -> None:
    """Promise the mail that tells a coordinator of their task; once a minute at most."""
    mandate.invited_at = clock.now()
    deliveries.promise_to_account(
        mandate, DeliveryKind.COORDINATOR, reason=f"invited:{_to_the_minute(mandate.invited_at)}"
    )


def _to_the_minute(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M}"


def dismiss(mandate: Mandate, *, actor: str) -> None:
    """End a mandate at once, and drop its mails that have not been sent."""
    _record("mandate.ended", mandate, actor)
    db.session.delete(mandate)
    db.session.flush()


def _record(action: str, mandate: Mandate, actor: str) -> None:
    audit.record(
        action,
        actor=actor,
        subject=f"account:{mandate.account_id}",
        event_id=mandate.event_id,
        alliance_id=mandate.alliance_id,
    )
