"""Promise mails, send them, and settle what became of them: the outbox."""

from flask import current_app

from registration import clock
from registration.database import insert_new, uuid7
from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState
from registration.models.registrations import Registration


def promise(registration: Registration, kind: DeliveryKind, *, reason: str) -> None:
    """Write one mail to the outbox, in the caller's transaction.

    Args:
        registration: whom it is about; it goes to the address that is there now.
        kind: what it says.
        reason: names this occasion among those of the registration; the same occasion promises
            nothing twice.
    """
    delivery_id = uuid7()
    moment = clock.now()
    insert_new(
        Delivery,
        {
            "id": delivery_id,
            "event_id": registration.event_id,
            "registration_id": registration.id,
            "kind": kind,
            "recipient": registration.email,
            "dedupe_key": f"{registration.id.hex}:{kind}:{reason}",
            "message_id": f"<{delivery_id}@{current_app.config['MAIL_DOMAIN']}>",
            "state": DeliveryState.NEW,
            "due_at": moment,
            "created_at": moment,
        },
    )
