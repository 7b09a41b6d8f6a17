"""Mails about an invitation: to somebody who is not registered yet."""

from flask_babel import lazy_gettext as _l

from registration import clock
from registration.models.deliveries import Delivery
from registration.models.invitations import Invitation
from registration.services.deliveries.telling.told import Told

REVOKED = _l("This invitation has been withdrawn in the meantime.")
DECLINED = _l("You have declined this invitation in the meantime.")
ACCEPTED = _l("You have accepted this invitation in the meantime; a mail of its own says so.")
IS_OVER = _l("The time to accept this invitation is over.")


def tell(delivery: Delivery, invitation: Invitation) -> Told:
    """Return what a mail about this invitation says."""
    del delivery
    return Told(
        name=" ".join(
            part
            for part in (invitation.title, invitation.given_name, invitation.family_name)
            if part
        ),
        locale=invitation.locale,
        link="",
        words={"invitation": invitation},
        overtaken=_overtaken(invitation),
    )


def _overtaken(invitation: Invitation) -> object:
    """Return what has happened since, if the invitation does not stand any more."""
    if invitation.revoked_at is not None:
        return REVOKED
    if invitation.declined_at is not None:
        return DECLINED
    if invitation.used >= invitation.places:
        return ACCEPTED
    if invitation.expires_at is not None and invitation.expires_at <= clock.now():
        return IS_OVER
    return ""
