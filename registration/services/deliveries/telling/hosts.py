"""Mails to a host: the guest has arrived. They hold no link that opens the guest's registration."""

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from registration import clock
from registration.database import db
from registration.models.badges import Badge
from registration.models.deliveries import Delivery
from registration.models.gates import Gate, Presence
from registration.models.registrations import Registration
from registration.services.deliveries.telling.told import Told

TAKEN_BACK = _l("The scan at the door was taken back: your guest has not come in after all.")


def tell(delivery: Delivery, guest: Registration) -> Told:
    """Return what a mail to the host of this guest says, in the guest's language."""
    event = delivery.event
    came = db.session.execute(
        select(Presence.first_at, Presence.first_gate)
        .join(Badge, Badge.id == Presence.badge_id)
        .where(Badge.registration_id == guest.id)
    ).one_or_none()
    code = came.first_gate if came else ""
    names = select(Gate.name).where(Gate.event_id == event.id, Gate.code == code)
    return Told(
        name="",
        locale=guest.locale,
        link=f"{current_app.config['BASE_URL']}/{event.slug}/",
        words={
            "guest": guest,
            "alliance": guest.alliance,
            "came_at": came.first_at if came else clock.now(),
            "gate": db.session.scalar(names) or code,
        },
        overtaken="" if came else TAKEN_BACK,
    )
