"""Hosting: what the door must know of somebody, and who is told when they arrive."""

from registration import clock
from registration.models.registrations import Registration
from registration.services.registrations.moving import record


def set_hosting(registration: Registration, *, gate_note: str, host_email: str, actor: str) -> bool:
    """Set the note for the door and the host's address; return whether anything changed.

    The attendee is not told: neither is theirs. Devices learn of it with their next manifest.
    """
    asked = {"gate_note": gate_note, "host_email": host_email}
    changed = sorted(name for name, value in asked.items() if getattr(registration, name) != value)
    if not changed:
        return False
    for name in changed:
        setattr(registration, name, asked[name])
    registration.updated_at = clock.now()
    record(registration, "registration.hosting_set", actor=actor, fields=", ".join(changed))
    return True
