"""A coordinator signs that the delegation is complete, or takes that back."""

import uuid

from sqlalchemy import delete

from registration import clock
from registration.database import db
from registration.models.alliances import SignOff
from registration.services import audit
from registration.services.delegations.standings import Standing, standing


def sign_off(event_id: uuid.UUID, alliance_id: int, *, account_id: int) -> Standing:
    """Write down that the account calls the delegation complete; return how it stands now.

    A signature that still stands is kept as it is.
    """
    now = standing(event_id, alliance_id)
    if now.is_signed_off:
        return now
    db.session.add(
        SignOff(
            alliance_id=alliance_id,
            account_id=account_id,
            signed_at=clock.now(),
            people=now.people,
        )
    )
    db.session.flush()
    audit.record(
        "delegation.signed_off",
        actor=f"account:{account_id}",
        subject=f"alliance:{alliance_id}",
        event_id=event_id,
        people=now.people,
    )
    return standing(event_id, alliance_id)


def withdraw(event_id: uuid.UUID, alliance_id: int, *, account_id: int) -> Standing:
    """Take a signature back that still stands; return how the delegation stands now."""
    now = standing(event_id, alliance_id)
    if not now.is_signed_off:
        return now
    db.session.execute(delete(SignOff).where(SignOff.alliance_id == alliance_id))
    audit.record(
        "delegation.reopened",
        actor=f"account:{account_id}",
        subject=f"alliance:{alliance_id}",
        event_id=event_id,
        people=now.people,
    )
    return standing(event_id, alliance_id)
