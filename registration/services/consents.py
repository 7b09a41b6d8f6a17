"""Consents that a person gives after their registration, where somebody else has named them."""

from registration import clock
from registration.models.registrations import IS_OPEN, Registration
from registration.services import audit


def is_missing(registration: Registration) -> bool:
    """Return whether the person still has to agree to the use of their data."""
    return (
        registration.state in IS_OPEN
        and registration.privacy_consent_at is None
        and registration.privacy_withdrawn_at is None
    )


def give(registration: Registration) -> bool:
    """Note that the person agrees to the present text; return whether that was still missing."""
    if not is_missing(registration):
        return False
    # Nothing that lists or badges show has changed, so `updated_at` stays.
    registration.privacy_consent_at = clock.now()
    registration.privacy_version = registration.event.privacy_version
    audit.record(
        "registration.privacy_consent_given",
        actor="attendee",
        subject=f"registration:{registration.id}",
        event_id=registration.event_id,
    )
    return True
