"""Approval: whose coming somebody must agree to first."""

from collections.abc import Iterable

from registration.database import db
from registration.models.invitations import Invitation
from registration.models.registrations import Registration, RegistrationState, Source
from registration.models.roles import Role, RoleAccess

APPROVED_BY_SOURCE = frozenset(
    {Source.NOMINATION, Source.IMPORT, Source.CONSOLE, Source.GENERATED, Source.WALK_IN}
)
"""Whoever made these answers for the person already."""


def needs_approval(registration: Registration) -> bool:
    """Return whether this person's coming must be approved, as their roles and origin say."""
    if registration.source in APPROVED_BY_SOURCE:
        return False
    if registration.invitation_id is not None:
        invitation = db.session.get_one(Invitation, registration.invitation_id)
        if invitation.skips_approval:
            return False
    return is_asked_for(registration.roles)


def is_asked_for(roles: Iterable[Role]) -> bool:
    """Return whether somebody must agree before a person comes in these roles."""
    return any(role.access == RoleAccess.APPROVAL for role in roles)


def first_state(roles: Iterable[Role], *, skips_approval: bool) -> RegistrationState:
    """Return where somebody stands who comes in these roles and has a place."""
    if is_asked_for(roles) and not skips_approval:
        return RegistrationState.REQUESTED
    return RegistrationState.CONFIRMED
