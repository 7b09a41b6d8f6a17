"""Parties: people who wait together, and come together or not at all."""

from sqlalchemy import func, select

from registration.database import db
from registration.models.registrations import Registration


def count_companions(registration: Registration) -> int:
    """Return how many others stand where this person does, and come only together with them."""
    if registration.party_id is None:
        return 0
    found = db.session.scalar(
        select(func.count())
        .select_from(Registration)
        .where(
            Registration.event_id == registration.event_id,
            Registration.party_id == registration.party_id,
            Registration.state == registration.state,
            Registration.id != registration.id,
        )
    )
    return found or 0
