"""Set how many places there are, for (alliance or any) × (role or any)."""

import uuid

from sqlalchemy import select

from registration.database import db
from registration.models.quotas import Quota
from registration.services import audit
from registration.services.quotas.counting import count_holders
from registration.services.quotas.holding import hold_event


def set_quota(
    *,
    event_id: uuid.UUID,
    places: int | None,
    alliance_id: int | None = None,
    role_id: int | None = None,
    actor: str,
) -> Quota | None:
    """Give (alliance or any) × (role or any) a number of places, or with None no limit.

    Lowering below what is taken is allowed and evicts nobody; raising promotes those who wait.
    Returns the quota, or None when there is no limit now.

    Raises:
        NotFound: there is no such event.
    """
    hold_event(event_id, alone=True)
    quota = _find(event_id, alliance_id, role_id)
    before = quota.places if quota else None
    if places is None:
        if quota:
            db.session.delete(quota)
        quota = None
    else:
        quota = quota or _new(event_id, alliance_id, role_id)
        quota.places = places
    db.session.flush()
    record_set(event_id, (alliance_id, role_id), before=before, after=places, actor=actor)
    # it imports this module; only whoever changes a quota needs both ways
    from registration.services.registrations import waiting  # noqa: PLC0415

    waiting.promote(event_id)
    return quota


def record_set(
    event_id: uuid.UUID,
    cell: tuple[int | None, int | None],
    *,
    before: int | None,
    after: int | None,
    actor: str,
) -> None:
    """Write down that the limit of (alliance or any) × (role or any) is another one now."""
    alliance, role = (each or "any" for each in cell)
    audit.record(
        "quota.set",
        actor=actor,
        subject=f"quota:{alliance}×{role}",
        event_id=event_id,
        before=before,
        after=after,
    )


def _find(event_id: uuid.UUID, alliance_id: int | None, role_id: int | None) -> Quota | None:
    return db.session.scalars(
        select(Quota)
        .where(
            Quota.event_id == event_id,
            Quota.alliance_key == (alliance_id or 0),
            Quota.role_key == (role_id or 0),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def _new(event_id: uuid.UUID, alliance_id: int | None, role_id: int | None) -> Quota:
    """Add a quota that counts everybody who has a place already."""
    quota = Quota(
        event_id=event_id,
        alliance_id=alliance_id,
        role_id=role_id,
        alliance_key=alliance_id or 0,
        role_key=role_id or 0,
        taken=count_holders(event_id, alliance_id, role_id),
    )
    db.session.add(quota)
    return quota
