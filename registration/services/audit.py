"""Write down who did what, in the transaction that did it."""

import uuid

from registration import clock
from registration.database import db
from registration.models.audit import AuditEntry


def record(
    action: str,
    *,
    actor: str,
    subject: str,
    event_id: uuid.UUID | None = None,
    **detail: str | int | None,
) -> None:
    """Add one entry.

    Args:
        action: ``<noun>.<verb in the past>``, for instance ``registration.cancelled``.
        actor: ``account:<id>``, ``device:<id>``, ``attendee``, ``command`` or ``worker``.
        subject: ``<noun>:<id>``.
        event_id: the event that it belongs to, if any.
        detail: what else a reader will want to know; never a secret.
    """
    db.session.add(
        AuditEntry(
            at=clock.now(),
            event_id=event_id,
            actor=actor,
            action=action,
            subject=subject,
            detail=detail,
        )
    )
