"""Approval: whose coming somebody must agree to first."""

from registration.database import db
from registration.models.invitations import Invitation
from registration.models.registrations import Registration, Source
from registration.models.roles import RoleAccess

APPROVED_BY_SOURCE = frozenset({Source.NOMINATION, Source.IMPORT, Source.CONSOLE, Source.GENERATED})
"""Whoever made these answers for the person already."""


def needs_approval(registration: Registration) -> bool:
    """Return whether this person's coming must be approved, as their roles and origin say."""
    if registration.source in APPROVED_BY_SOURCE:
        return False
    if registration.invitation_id is not None:
        invitation = db.session.get_one(Invitation, registration.invitation_id)
        if invitation.skips_approval:
            return False
    return any(role.access == RoleAccess.APPROVAL for role in registration.roles)
