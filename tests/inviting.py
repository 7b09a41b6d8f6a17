"""Invite people and make links, as the console does."""

from typing import Any

from registration.database import transaction
from registration.models.invitations import Invitation
from registration.services import invitations
from registration.services.events import Prospectus


def invite(prospectus: Prospectus, **told: Any) -> Invitation:
    """Invite a person as a delegate of MR4B; what is not told is made up."""
    wanted = {
        "email": "mila.hahn@landtag.example",
        "given_name": "Mila",
        "family_name": "Hahn",
        "role": "delegate",
        "alliance": "MR4B",
        "actor": "command",
        **told,
    }
    wanted["role"] = prospectus.find_role(wanted["role"])
    wanted["alliance"] = prospectus.find_alliance(wanted["alliance"])
    with transaction():
        return invitations.invite(prospectus, **wanted)


def make_link(prospectus: Prospectus, *, places: int = 2, **told: Any) -> Invitation:
    """Make a link for delegates of MR4B."""
    role = prospectus.find_role(told.pop("role", "delegate"))
    assert role is not None
    with transaction():
        return invitations.make_link(
            prospectus,
            role=role,
            alliance=prospectus.find_alliance("MR4B"),
            places=places,
            actor="command",
            **told,
        )
