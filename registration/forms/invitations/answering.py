"""The registration form of somebody who is invited: role and alliance are settled."""

from typing import Any

from registration.forms.registrations import RegistrationForm
from registration.models.invitations import Invitation, InvitationKind
from registration.services.events import Prospectus

PREFILLED = ("salutation", "title", "given_name", "family_name", "locale")


class InvitedForm(RegistrationForm):
    """The public form without role and alliance; of a personal invitation, with its address.

    Whatever is sent as an address of a personal one is not read.
    """

    def __init__(self, invitation: Invitation, *args: Any, **kwargs: Any) -> None:
        self.is_bound = invitation.kind == InvitationKind.PERSONAL
        told = {name: getattr(invitation, name) for name in PREFILLED} if self.is_bound else {}
        super().__init__(*args, data=told, **kwargs)
        for settled in ("role", "alliance"):
            del self[settled]
        if self.is_bound:
            self.email.data = invitation.email

    @classmethod
    def made_for(
        cls, invitation: Invitation, prospectus: Prospectus, *args: Any, **kwargs: Any
    ) -> "InvitedForm":
        """Return the form with the lists of its event."""
        form = cls(invitation, *args, **kwargs)
        form.offer(prospectus)
        return form
