"""Telling: what a mail says, and to whom; one module for each thing that mails are about.

A new kind of mail is a word in `DeliveryKind`, a folder under ``templates/mail/``, and, where its
templates speak of more than the others of its family, a line in that family's ``MORE``.
"""

from registration.models.deliveries import Delivery, DeliveryKind
from registration.services.deliveries.telling import hosts, invitations, mandates, registrations
from registration.services.deliveries.telling.told import Told

__all__ = ["Told", "tell"]


def tell(delivery: Delivery) -> Told:
    """Return what the mail says as things stand now.

    Raises:
        ValueError: the delivery is about nothing.
    """
    if delivery.registration is not None and delivery.kind == DeliveryKind.ARRIVED:
        return hosts.tell(delivery, delivery.registration)
    if delivery.registration is not None:
        return registrations.tell(delivery, delivery.registration)
    if delivery.invitation is not None:
        return invitations.tell(delivery, delivery.invitation)
    if delivery.mandate is not None:
        return mandates.tell(delivery, delivery.mandate)
    raise ValueError("the mail is about nothing")
