"""Kinds of mail whose words the organisers may change, and what each is about."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext as _

from registration.models.deliveries import DeliveryKind

TEST = "test:"
"""How the reason of a mail begins that only tries its text out."""


class Family(StrEnum):
    """What a mail is about; decides which variables its wording may name."""

    REGISTRATION = "registration"
    INVITATION = "invitation"
    MANDATE = "mandate"


class Ready(StrEnum):
    """Ready-made texts that campaigns begin with."""

    REMINDER = "event_reminder"
    LOGISTICS = "logistics"
    LAST_DAY = "last_day"
    THANKS = "thanks"
    RESULTS = "results"


FAMILIES: Mapping[str, Family] = {
    DeliveryKind.RECEIVED: Family.REGISTRATION,
    DeliveryKind.CONFIRMED: Family.REGISTRATION,
    DeliveryKind.APPROVED: Family.REGISTRATION,
    DeliveryKind.NOMINATION: Family.REGISTRATION,
    DeliveryKind.WAITING: Family.REGISTRATION,
    DeliveryKind.OFFER: Family.REGISTRATION,
    DeliveryKind.PROMOTED: Family.REGISTRATION,
    DeliveryKind.CHANGED: Family.REGISTRATION,
    DeliveryKind.DECLINED: Family.REGISTRATION,
    DeliveryKind.CANCELLED: Family.REGISTRATION,
    DeliveryKind.EXPIRED: Family.REGISTRATION,
    DeliveryKind.REPLACED: Family.REGISTRATION,
    DeliveryKind.CERTIFICATE: Family.REGISTRATION,
    DeliveryKind.INVITATION: Family.INVITATION,
    DeliveryKind.INVITATION_REMINDER: Family.INVITATION,
    DeliveryKind.SHORT: Family.MANDATE,
    DeliveryKind.DIGEST: Family.MANDATE,
    **dict.fromkeys(Ready, Family.REGISTRATION),
}
"""Every kind that has a wording, in the order in which the console lists them."""


def titles() -> Mapping[str, tuple[str, str]]:
    """Return the name of each kind, and when it is sent, in the reader's words."""
    return {
        "received": (_("Request received"), _("At once, where a role needs approval")),
        "confirmed": (_("Confirmation with badge"), _("At once, where a role needs no approval")),
        "approved": (_("Request approved"), _("When you approve a request")),
        "nomination": (_("Named by a coordinator"), _("When a coordinator has named the person")),
        "waiting": (_("On the waiting list"), _("At once, when no place is free")),
        "offer": (_("Offer of a place"), _("When a place is kept for whoever is next")),
        "promoted": (_("Moved up from the waiting list"), _("When a place has come free")),
        "changed": (_("Data changed"), _("When details or roles have changed")),
        "declined": (_("Request declined"), _("When you decline a request")),
        "cancelled": (_("Cancellation"), _("When a place has been given up")),
        "expired": (_("Offer expired"), _("When nobody has taken an offered place in time")),
        "replaced": (_("Replaced by somebody else"), _("To whom had the place before")),
        "certificate": (_("Certificate of attendance"), _("When you send certificates")),
        "invitation": (_("Invitation"), _("When somebody is invited")),
        "reminder": (_("Reminder of the invitation"), _("A week before the end, or by hand")),
        "short": (_("Reminder of free places"), _("To coordinators, before the deadline")),
        "digest": (_("Daily summary for coordinators"), _("In the morning, if anything changed")),
        "event_reminder": (_("Reminder of the event"), _("Ready-made text for campaigns")),
        "logistics": (_("Getting there"), _("Ready-made text for campaigns")),
        "last_day": (_("The day before"), _("Ready-made text for campaigns")),
        "thanks": (_("Thanks"), _("Ready-made text for campaigns")),
        "results": (_("Results"), _("Ready-made text for campaigns")),
    }
