"""How the delegation of an alliance stands: its people, its places, and whether it is complete."""

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from registration.database import db
from registration.models.accounts import Account
from registration.models.alliances import Alliance, SignOff
from registration.models.quotas import Quota
from registration.models.registrations import HOLDS_PLACE, Registration, RegistrationState
from registration.models.roles import Role
from registration.services import quotas

Limits = Mapping[tuple[int | None, int | None], Quota]
"""An event's quotas by alliance and role; None for any."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Somebody's word that a delegation is complete."""

    signed_at: datetime
    people: int
    """How many had a place then."""
    account_id: int
    name: str
    """Of who signed it."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the delegation of an alliance stands."""

    people: int
    """Who hold a place: confirmed, requested or offered."""
    places: int | None
    """How many may come; None: nothing is set for this alliance."""
    short: int
    """How many places of the alliance can still be filled, by every quota that binds it."""
    waiting: int
    requested: int
    sign_off: Signature | None
    """The last one, also if it does not stand any more."""
    withdrawn_at: datetime | None
    """When the delegation was changed after it had been signed off."""

    @property
    def is_signed_off(self) -> bool:
        """Whether somebody signed it off and nothing has changed since."""
        return self.sign_off is not None and self.withdrawn_at is None


@dataclass(frozen=True)
class _Count:
    state: str
    people: int
    updated_at: datetime


def standing(event_id: uuid.UUID, alliance_id: int) -> Standing:
    """Return how one delegation stands."""
    return _standings(event_id, [alliance_id])[alliance_id]


def standings(event_id: uuid.UUID) -> Mapping[int, Standing]:
    """Return how each delegation of the event stands, by alliance id."""
    ids = db.session.scalars(select(Alliance.id).where(Alliance.event_id == event_id)).all()
    return _standings(event_id, ids)


def _standings(event_id: uuid.UUID, alliance_ids: Sequence[int]) -> Mapping[int, Standing]:
    counts = _counts(event_id, alliance_ids)
    signatures = _signatures(alliance_ids)
    limits: Limits = {
        (each.alliance_id, each.role_id): each for each in quotas.list_quotas(event_id)
    }
    role_ids = db.session.scalars(
        select(Role.id).where(Role.event_id == event_id, Role.needs_alliance)
    ).all()
    return {
        each: _standing(counts[each], signatures.get(each), *_room(each, limits, role_ids))
        for each in alliance_ids
    }


def _counts(event_id: uuid.UUID, alliance_ids: Sequence[int]) -> Mapping[int, Sequence[_Count]]:
    """Return the people of each alliance by state, and when the last of them was changed."""
    rows = db.session.execute(
        select(
            Registration.alliance_id,
            Registration.state,
            func.count(),
            func.max(Registration.updated_at),
        )
        .where(Registration.event_id == event_id, Registration.alliance_id.in_(alliance_ids))
        .group_by(Registration.alliance_id, Registration.state)
    )
    counts: dict[int, list[_Count]] = {each: [] for each in alliance_ids}
    for alliance_id, state, people, updated_at in rows:
        if alliance_id is not None:
            counts[alliance_id].append(_Count(state, people, updated_at))
    return counts


def _signatures(alliance_ids: Sequence[int]) -> Mapping[int, Signature]:
    """Return the last signature of each alliance that has one."""
    rows = db.session.execute(
        select(SignOff, Account.name, Account.email)
        .join(Account, Account.id == SignOff.account_id)
        .where(SignOff.alliance_id.in_(alliance_ids))
        .order_by(SignOff.signed_at, SignOff.id)
    )
    return {
        row.alliance_id: Signature(
            signed_at=row.signed_at,
            people=row.people,
            account_id=row.account_id,
            name=name or email,
        )
        for row, name, email in rows
    }


def _room(alliance_id: int, limits: Limits, role_ids: Sequence[int]) -> tuple[int | None, int]:
    """Return how many may come for the alliance, and how many of these places are free.

    Args:
        alliance_id: the alliance.
        limits: the event's quotas.
        role_ids: the roles in which one comes for an alliance.
    """
    row = limits.get((alliance_id, None))
    cells = {role: quota for (alliance, role), quota in limits.items() if alliance == alliance_id}
    cells.pop(None, None)
    if row is None and not cells:
        return None, 0
    places = sum(quota.places for quota in cells.values())
    if row is not None:
        is_whole = set(role_ids) <= set(cells)
        places = min(row.places, places) if is_whole else row.places
    wanted = set(cells) | (set(role_ids) if row is not None else set())
    free = min(
        _free(limits, (alliance_id, None), (None, None)),
        sum(_free(limits, (alliance_id, role), (None, role)) for role in wanted),
    )
    return places, 0 if math.isinf(free) else int(free)


def _free(limits: Limits, *keys: tuple[int | None, int | None]) -> float:
    """Return how many can still come by each of these quotas; infinity where there is none."""
    left = (max(0, limits[key].places - limits[key].taken) for key in keys if key in limits)
    return min(left, default=math.inf)


def _standing(
    counts: Sequence[_Count], signature: Signature | None, places: int | None, short: int
) -> Standing:
    by_state = {count.state: count.people for count in counts}
    people = sum(by_state.get(state, 0) for state in HOLDS_PLACE)
    return Standing(
        people=people,
        places=places,
        short=short,
        waiting=by_state.get(RegistrationState.WAITING, 0),
        requested=by_state.get(RegistrationState.REQUESTED, 0),
        sign_off=signature,
        withdrawn_at=_withdrawn_at(counts, signature, people),
    )


def _withdrawn_at(
    counts: Sequence[_Count], signature: Signature | None, people: int
) -> datetime | None:
    """Return when a signature stopped to stand: at the last change after it, if there is one.

    Also a number of people that differs says so: of two transactions at once, the one that began
    first may be stored last.
    """
    if signature is None:
        return None
    changed_at = max((count.updated_at for count in counts), default=signature.signed_at)
    if changed_at <= signature.signed_at and people == signature.people:
        return None
    return max(changed_at, signature.signed_at)


def list_short(event_id: uuid.UUID) -> Sequence[tuple[Alliance, Standing]]:
    """Return the alliances, by name, with free places that nobody has signed off, and how many."""
    found = standings(event_id)
    alliances = db.session.scalars(
        select(Alliance)
        .where(Alliance.event_id == event_id)
        .order_by(Alliance.sort_name, Alliance.id)
    )
    return [
        (alliance, found[alliance.id])
        for alliance in alliances
        if found[alliance.id].short and not found[alliance.id].is_signed_off
    ]
