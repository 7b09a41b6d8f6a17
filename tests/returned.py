"""Mails that were sent, and notices that come back of them; those are under tests/notices."""

from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from registration import clock
from registration.database import db, transaction
from registration.models.deliveries import Bounce, Delivery, DeliveryState, MailAddress
from registration.models.events import Event
from registration.services.bounces import storing
from registration.services.deliveries import envelopes
from tests import factories

NOTICES = Path(__file__).parent / "notices"
NO_MARK = "einlass@localhost"


def sent(event: Event, **told: Any) -> Delivery:
    """Register somebody, and let the mail about it be sent."""
    registration = factories.register(event, **told)
    with transaction():
        db.session.execute(
            update(Delivery)
            .where(Delivery.registration_id == registration.id)
            .values(state=DeliveryState.SENT, sent_at=clock.now(), attempts=1)
        )
    found = db.session.scalars(select(Delivery).filter_by(registration_id=registration.id)).one()
    db.session.refresh(found)
    return found


def envelope(delivery: Delivery) -> str:
    """Return the marked envelope sender of a mail."""
    return f"bounces+{envelopes.mark(delivery.id)}@mail.einlass.example"


def notice(name: str, delivery: Delivery, **instead: str) -> bytes:
    """Return a notice about a mail, with what is to stand in it instead of the truth."""
    words = {
        "envelope": envelope(delivery),
        "message_id": delivery.message_id,
        "recipient": delivery.recipient,
        **instead,
    }
    text = (NOTICES / f"{name}.eml").read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace("{{" + word + "}}", value)
    return text.replace("\n", "\r\n").encode()


def taken(content: bytes) -> storing.Taken:
    """Take a notice as it comes in."""
    with transaction():
        return storing.take(content)


def stored() -> list[Bounce]:
    """Return all notices, the oldest first."""
    db.session.rollback()
    return list(db.session.scalars(select(Bounce).order_by(Bounce.id)))


def flagged() -> dict[str, str]:
    """Return the addresses that are flagged, with why."""
    db.session.rollback()
    rows = db.session.scalars(select(MailAddress).where(MailAddress.bounced_at.is_not(None)))
    return {each.address_key: each.bounce for each in rows}
