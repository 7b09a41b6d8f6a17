"""Mails about an invitation: to somebody who is not registered yet."""

from flask_babel import lazy_gettext as _l

from registration import clock
from registration.models.deliveries import Delivery
from registration.models.invitations import Invitation
from registration.services import invitations
from registration.services.deliveries.telling.told import Told

REVOKED = _l("This invitation has been withdrawn in the meantime.")
ACCEPTED = _l("You have accepted this invitation in the meantime; a mail of its own says so.")
DECLINED = _l("You have declined this invitation in the meantime.")
IS_OVER = _l("The time to accept this invitation is over.")


def tell(delivery: Delivery, invitation: Invitation) -> Told:
    """Return what a mail about this invitation says; it is bound to the address it goes to."""
    del delivery
    named = (invitation.title, invitation.given_name, invitation.family_name)
    link = invitations.address_of(invitation)
    return Told(
        name=" ".join(part for part in named if part),
        locale=invitation.locale,
        link=link,
        words={
            "decline_link": f"{link}/decline",
            "inviter": invitations.name_of_inviter(invitation),
            "answer_by": invitations.deadline_of(invitation),
            "roles": (invitation.role,),
            "alliance": invitation.alliance,
        },
        overtaken=_overtaken(invitation),
        unsubscribe=f"{link}/decline",
    )


def _overtaken(invitation: Invitation) -> object:
    """Return what has happened since, if the invitation does not stand any more."""
    if invitation.revoked_at is not None:
        return REVOKED
    if invitation.used >= invitation.places:
        return ACCEPTED
    if invitation.declined_at is not None:
        return DECLINED
    return IS_OVER if invitations.deadline_of(invitation) <= clock.now() else ""
