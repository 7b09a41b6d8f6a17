"""Transfers: an attendee lets a colleague of the same alliance come in their place."""

from registration.errors import ChangesClosed
from registration.models.registrations import Registration, RegistrationState, Source
from registration.models.roles import RoleAccess
from registration.services import registrations
from registration.services.registrations import Person, Receipt, Terms

TERMS = Terms(source=Source.TRANSFER, is_bound_to_opening=False, has_consented=False)
"""The colleague has not seen the form, so the consent is still theirs to give."""

TRANSFERABLE = frozenset({RegistrationState.REQUESTED, RegistrationState.CONFIRMED})


def may_transfer(registration: Registration) -> bool:
    """Return whether the attendee may hand their place to a colleague by themself.

    Nobody who comes for no alliance has a colleague here, and a role by invitation is only for
    whom the organisers invite.
    """
    return (
        registration.state in TRANSFERABLE
        and registration.alliance_id is not None
        and all(role.access != RoleAccess.INVITATION for role in registration.roles)
        and registrations.may_change(registration)
    )


def is_approved_anew(registration: Registration) -> bool:
    """Return whether somebody must agree to the colleague before they are in."""
    return any(role.access == RoleAccess.APPROVAL for role in registration.roles)


def transfer(registration: Registration, person: Person, *, idempotency_key: str) -> Receipt:
    """Let the colleague have the place and the roles; the old badge stops at once.

    Raises:
        ChangesClosed: the attendee may not, or not any more.
        Duplicate: the address may stand for one person only, and stands for another.
        TransitionRefused: somebody else has ended the registration in the meantime.
    """
    if not may_transfer(registration):
        raise ChangesClosed(at=registration.event.changes_close_at)
    return registrations.replace(registration, person, idempotency_key=idempotency_key, terms=TERMS)
