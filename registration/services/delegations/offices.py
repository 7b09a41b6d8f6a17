"""The office of an alliance: where mail goes about people without an address of their own."""

from sqlalchemy import update

from registration.database import db
from registration.models.alliances import Alliance
from registration.services import audit, events


def set_office(alliance: Alliance, email: str, *, actor: str) -> bool:
    """Set the office's checked address, or none; return whether it was another one before."""
    changed = db.session.scalars(
        update(Alliance)
        .where(Alliance.id == alliance.id, Alliance.office_email != email)
        .values(office_email=email)
        .returning(Alliance.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        return False
    events.revise(alliance.event_id)
    audit.record(
        "alliance.office_set",
        actor=actor,
        subject=f"alliance:{alliance.id}",
        event_id=alliance.event_id,
    )
    return True
