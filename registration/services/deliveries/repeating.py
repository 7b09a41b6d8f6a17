"""Repeating: a mail is sent once more, as another delivery, to the person's present address."""

import uuid

from flask import current_app

from registration import clock
from registration.database import db, insert_new, uuid7
from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState
from registration.services.wordings.kinds import TEST

AGAIN = "again:"
"""How the occasion of a mail begins that is sent once more."""


def promise_again(delivery: Delivery, *, key: str) -> bool:
    """Promise another mail of the same kind about the same; return whether there is one.

    There is none where this request has promised it already, or the person has left no address.

    Args:
        delivery: the mail to send once more, with what it is about.
        key: names the request; "" stands for a request that nobody sends twice.
    """
    new_id, moment, recipient = uuid7(), clock.now(), present_address(delivery)
    if not recipient:
        return False
    about = ("event_id", "registration_id", "invitation_id", "mandate_id", "dispatch_id", "kind")
    row = {name: getattr(delivery, name) for name in about} | {
        "id": new_id,
        "recipient": recipient,
        "dedupe_key": again_key(delivery.id, key or new_id.hex),
        "message_id": f"<{new_id}@{current_app.config['MAIL_DOMAIN']}>",
        "state": DeliveryState.NEW,
        "due_at": moment,
        "created_at": moment,
    }
    return bool(insert_new(Delivery, row))


def again_key(delivery_id: uuid.UUID, key: str) -> str:
    """Return what names a request to send a mail once more, so that it is done once."""
    return f"{AGAIN}{delivery_id.hex}:{key}"[:120]


def first_occasion(delivery: Delivery) -> str:
    """Return why a mail was promised; of one that is sent once more, why the first was."""
    occasion = delivery.dedupe_key
    while occasion.startswith(AGAIN):
        first_id = uuid.UUID(occasion.removeprefix(AGAIN).partition(":")[0])
        first = db.session.get(Delivery, first_id)
        if first is None:
            break
        occasion = first.dedupe_key
    return occasion


def is_test(delivery: Delivery) -> bool:
    """Return whether a mail only tries a text out, with the data of whom it is not to."""
    return delivery.dedupe_key.startswith(TEST)


def present_address(delivery: Delivery) -> str:
    """Return where the mail would go now: whom it is about may have another address since."""
    if is_test(delivery):
        return delivery.recipient
    if delivery.registration is not None and delivery.kind != DeliveryKind.ARRIVED:
        return delivery.registration.email
    if delivery.invitation is not None:
        return delivery.invitation.email
    if delivery.mandate is not None:
        return delivery.mandate.account.email
    return delivery.recipient
