"""Find invitations and say where each stands."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db
from registration.errors import NotFound
from registration.models.accounts import Account
from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState
from registration.models.events import Event
from registration.models.invitations import Invitation, InvitationKind, InvitationStatus
from registration.models.registrations import Registration


@dataclass(frozen=True)
class Standing:
    """An invitation and where it stands at this moment."""

    invitation: Invitation
    status: InvitationStatus


def deadline_of(invitation: Invitation) -> datetime:
    """Return until when it may be used: its own end, else that of registration, before the event's.

    `_is_over` says the same in SQL.
    """
    event = invitation.event
    return min(invitation.expires_at or event.registration_closes_at, event.ends_at)


def _is_over(moment: datetime) -> ColumnElement[bool]:
    ends_at = func.coalesce(Invitation.expires_at, Event.registration_closes_at)
    return or_(ends_at <= moment, Event.ends_at <= moment)


def _status(moment: datetime) -> ColumnElement[str]:
    """Return the status as a column; of an unanswered one, what happened last."""
    mail = (
        select(Delivery.state)
        .where(Delivery.invitation_id == Invitation.id, Delivery.kind == DeliveryKind.INVITATION)
        .order_by(Delivery.created_at.desc())
        .limit(1)
        .correlate(Invitation)
        .scalar_subquery()
    )
    is_link = Invitation.kind == InvitationKind.LINK
    is_full = Invitation.used >= Invitation.places
    opened_last = and_(
        Invitation.opened_at.is_not(None),
        or_(Invitation.reminded_at.is_(None), Invitation.reminded_at <= Invitation.opened_at),
    )
    return case(
        (Invitation.revoked_at.is_not(None), InvitationStatus.REVOKED.value),
        (and_(is_link, is_full), InvitationStatus.USED_UP.value),
        (is_full, InvitationStatus.ACCEPTED.value),
        (Invitation.declined_at.is_not(None), InvitationStatus.DECLINED.value),
        (_is_over(moment), InvitationStatus.EXPIRED.value),
        (is_link, InvitationStatus.ACTIVE.value),
        (opened_last, InvitationStatus.OPENED.value),
        (Invitation.reminded_at.is_not(None), InvitationStatus.REMINDED.value),
        (mail == DeliveryState.SENT, InvitationStatus.SENT.value),
        (mail == DeliveryState.FAILED, InvitationStatus.FAILED.value),
        else_=InvitationStatus.PROMISED.value,
    )


def _standings(event_id: uuid.UUID, alliance_id: int | None, *columns: Any) -> Select[Any]:
    query = (
        select(*columns)
        .select_from(Invitation)
        .join(Event, Event.id == Invitation.event_id)
        .where(Invitation.event_id == event_id)
    )
    return query if alliance_id is None else query.where(Invitation.alliance_id == alliance_id)


def list_invitations(
    event_id: uuid.UUID,
    alliance_id: int | None = None,
    *,
    kind: InvitationKind | None = None,
    statuses: Iterable[InvitationStatus] = (),
    first: int = 0,
    most: int | None = None,
) -> Sequence[Standing]:
    """Return the event's invitations with their alliances and roles, the newest first.

    Args:
        event_id: the event.
        alliance_id: only those for this alliance.
        kind: only personal ones, or only links.
        statuses: only those that stand so; without any, all.
        first: how many to leave out.
        most: how many at most.
    """
    status = _status(clock.now())
    query = _standings(event_id, alliance_id, Invitation, status)
    if kind is not None:
        query = query.where(Invitation.kind == kind)
    wanted = [each.value for each in statuses]
    if wanted:
        query = query.where(status.in_(wanted))
    rows = db.session.execute(
        query.options(joinedload(Invitation.alliance), joinedload(Invitation.role))
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .offset(first)
        .limit(most)
    )
    return [Standing(invitation, InvitationStatus(status)) for invitation, status in rows]


def count_statuses(
    event_id: uuid.UUID, alliance_id: int | None = None, *, kind: InvitationKind | None = None
) -> Mapping[InvitationStatus, int]:
    """Return how many invitations stand how; a status that none has is left out."""
    status = _status(clock.now()).label("status")
    query = _standings(event_id, alliance_id, status)
    if kind is not None:
        query = query.where(Invitation.kind == kind)
    statuses = query.subquery()
    rows = db.session.execute(select(statuses.c.status, func.count()).group_by(statuses.c.status))
    counts = {InvitationStatus(name): count for name, count in rows}
    return {each: counts[each] for each in InvitationStatus if each in counts}


def standing_of(invitation: Invitation) -> Standing:
    """Return where one invitation stands now."""
    status = db.session.scalars(
        _standings(invitation.event_id, None, _status(clock.now())).where(
            Invitation.id == invitation.id
        )
    ).one()
    return Standing(invitation, InvitationStatus(status))


def get(
    invitation_id: uuid.UUID, *, event_id: uuid.UUID, alliance_id: int | None = None
) -> Invitation:
    """Return the invitation with its event, alliance and role.

    Raises:
        NotFound: this event, or this alliance of it, has none with this id.
    """
    query = select(Invitation).where(
        Invitation.id == invitation_id, Invitation.event_id == event_id
    )
    if alliance_id is not None:
        query = query.where(Invitation.alliance_id == alliance_id)
    parts = (Invitation.event, Invitation.alliance, Invitation.role)
    found = db.session.scalars(query.options(*(joinedload(part) for part in parts))).one_or_none()
    if found is None:
        raise NotFound(noun="invitation", name=str(invitation_id))
    return found


def names_of_inviters(invitations: Iterable[Invitation]) -> Mapping[str, str]:
    """Return the names of those accounts that have made these invitations, by actor."""
    actors = {invitation.created_by for invitation in invitations}
    ids = [int(actor.removeprefix("account:")) for actor in actors if actor.startswith("account:")]
    if not ids:
        return {}
    rows = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
    return {f"account:{account_id}": name for account_id, name in rows if name}


def name_of_inviter(invitation: Invitation) -> str:
    """Return who invites, as the invited person reads it: the account's name, else the organiser's.

    Never an address: a coordinator's is not for everybody.
    """
    names = names_of_inviters([invitation])
    return names.get(invitation.created_by, invitation.event.organiser_name)


def registered_by(invitations: Iterable[Invitation]) -> Mapping[uuid.UUID, Sequence[uuid.UUID]]:
    """Return the ids of the registrations that came of each of these invitations, oldest first."""
    rows = db.session.execute(
        select(Registration.invitation_id, Registration.id)
        .where(Registration.invitation_id.in_([each.id for each in invitations]))
        .order_by(Registration.id)
    )
    found: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for invitation_id, registration_id in rows:
        if invitation_id is not None:
            found[invitation_id].append(registration_id)
    return found


def list_registered(invitation: Invitation) -> Sequence[Registration]:
    """Return who has registered by an invitation, the newest first."""
    return db.session.scalars(
        select(Registration)
        .where(Registration.invitation_id == invitation.id)
        .order_by(Registration.id.desc())
    ).all()
