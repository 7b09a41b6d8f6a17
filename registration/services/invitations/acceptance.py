"""Register by an invitation: the registration and the use of the invitation, both or neither."""

from registration.models.invitations import Invitation
from registration.models.registrations import Registration, Source
from registration.services import registrations
from registration.services.events import Prospectus
from registration.services.invitations.answers import use


def accept(
    prospectus: Prospectus,
    invitation: Invitation,
    person: registrations.Person,
    *,
    idempotency_key: str,
    waits: bool = False,
) -> registrations.Receipt:
    """Register a person as the invitation says; the same form sent again uses it no second time.

    Args:
        prospectus: the invitation's event.
        invitation: read in this transaction; decides on role and alliance.
        person: what they told of themself; of a personal invitation, with its address.
        idempotency_key: of the form.
        waits: whether to join the waiting list where no place is free. Then this comes first in
            its transaction.

    Raises:
        QuotaExhausted: no place is free, and nobody waits; the transaction must be rolled back.
        InvitationUsedUp: a link has no place left; likewise.
        InvitationClosed: it was answered, has expired or was revoked; likewise.
    """
    terms = registrations.Terms(
        source=Source.INVITATION,
        skips_approval=invitation.skips_approval,
        is_bound_to_opening=False,
        invitation_id=invitation.id,
    )
    wish = registrations.Wish(
        person=person,
        role=invitation.role,
        alliance_id=invitation.alliance_id,
        idempotency_key=idempotency_key,
    )
    if waits:
        (receipt,) = registrations.register_or_wait(prospectus, [wish], terms=terms)
    else:
        receipt = registrations.register(
            prospectus,
            person,
            role=wish.role,
            alliance_id=wish.alliance_id,
            idempotency_key=idempotency_key,
            terms=terms,
        )
    if receipt.is_new:
        use(invitation)
    return receipt


def find_accepted(invitation: Invitation, idempotency_key: str) -> Registration | None:
    """Return the registration that a form with this key made by this invitation before."""
    found = registrations.find_by_key(idempotency_key)
    return found if found is not None and found.invitation_id == invitation.id else None
