"""Make invitations: one to a person, or a link for many."""

import hashlib
from collections.abc import Sequence, Set
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update

from registration import clock
from registration.database import db, insert_new, uuid7
from registration.errors import Duplicate, Invalid
from registration.models.alliances import Alliance
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event
from registration.models.invitations import Invitation, InvitationKind
from registration.models.registrations import Salutation
from registration.models.roles import Role
from registration.services import audit, deliveries
from registration.services.events import Prospectus
from registration.services.folding import fold
from registration.services.text import usual_address

MOST_PLACES = 10_000
MOST_SIGNS = {"title": 60, "given_name": 80, "family_name": 80}


class Addressee(NamedTuple):
    """Whom an invitation is for."""

    email: str
    given_name: str
    family_name: str

    @property
    def key(self) -> str:
        """What is the same for the same person: an office's address may stand for several."""
        return "\n".join((self.email.casefold(), fold(self.given_name), fold(self.family_name)))


def invite(  # noqa: PLR0913  # the parts of a name are what they are
    prospectus: Prospectus,
    *,
    email: str,
    role: Role,
    alliance: Alliance | None,
    given_name: str = "",
    family_name: str = "",
    salutation: Salutation = Salutation.NEUTRAL,
    title: str = "",
    locale: str = "de",
    skips_approval: bool = False,
    expires_at: datetime | None = None,
    actor: str,
) -> Invitation:
    """Invite one person and promise the mail.

    Args:
        prospectus: the event.
        email: where the mail goes; who accepts registers with this address.
        role: what the person is invited as.
        alliance: for whom they come.
        given_name: may be empty, as the other parts of the name; they fill the form beforehand.
        family_name: see ``given_name``.
        salutation: see ``given_name``.
        title: see ``given_name``.
        locale: the language of the mail.
        skips_approval: whether who accepts is confirmed at once in a role with approval.
        expires_at: until when it may be answered; None: until registration closes.
        actor: who invites, as the audit log names them.

    Raises:
        Invalid: the address, a name, the deadline or the missing alliance cannot be taken.
        Duplicate: this person has an invitation for this alliance that waits for an answer.
    """
    address = _checked_address(email)
    _check_names(title=title, given_name=given_name, family_name=family_name)
    _check(prospectus.event, role, alliance, expires_at)
    addressee = Addressee(address, given_name, family_name)
    key = _person_key(prospectus.event, alliance, addressee)
    _forget_expired(prospectus.event, key)
    invitation = _insert(
        prospectus.event,
        role,
        alliance,
        actor,
        kind=InvitationKind.PERSONAL,
        email=address,
        person_key=key,
        given_name=given_name,
        family_name=family_name,
        salutation=salutation,
        title=title,
        locale=locale,
        skips_approval=skips_approval,
        expires_at=expires_at,
    )
    deliveries.promise_invitation(invitation, DeliveryKind.INVITATION, reason="invited")
    return invitation


def make_link(
    prospectus: Prospectus,
    *,
    role: Role,
    alliance: Alliance | None,
    places: int,
    skips_approval: bool = False,
    expires_at: datetime | None = None,
    actor: str,
) -> Invitation:
    """Make a link by which so many people may register; `links.address_of` says where it leads.

    Raises:
        Invalid: the number of places (from 1 to `MOST_PLACES`), the deadline or the missing
            alliance cannot be taken.
    """
    if not 1 <= places <= MOST_PLACES:
        raise Invalid(fields={"places": "range"})
    _check(prospectus.event, role, alliance, expires_at)
    return _insert(
        prospectus.event,
        role,
        alliance,
        actor,
        kind=InvitationKind.LINK,
        places=places,
        skips_approval=skips_approval,
        expires_at=expires_at,
    )


def _checked_address(email: str) -> str:
    address = usual_address(email.strip())
    if not address:
        raise Invalid(fields={"email": "email"})
    return address


def _check_names(**names: str) -> None:
    too_long = [name for name, text in names.items() if len(text) > MOST_SIGNS[name]]
    if too_long:
        raise Invalid(fields=dict.fromkeys(too_long, "too_long"))


def _check(
    event: Event, role: Role, alliance: Alliance | None, expires_at: datetime | None
) -> None:
    if role.needs_alliance and alliance is None:
        raise Invalid(fields={"alliance": "needed"})
    ends_at = expires_at or event.registration_closes_at
    if ends_at <= clock.now():
        raise Invalid(fields={"expires_at": "past"})
    if ends_at > event.ends_at:
        raise Invalid(fields={"expires_at": "after_event"})


def _person_key(event: Event, alliance: Alliance | None, addressee: Addressee) -> str:
    """Return what is unique; with the alliance, lest one learns whom another has invited."""
    scope = f"{event.id.hex}\n{alliance.id if alliance else 0}"
    return hashlib.sha256(f"{scope}\n{addressee.key}".encode()).hexdigest()


def find_invited(
    event: Event, alliance: Alliance | None, addressees: Sequence[Addressee]
) -> Set[str]:
    """Return the keys of those who have an invitation for this alliance without an answer yet."""
    keys = {_person_key(event, alliance, each): each.key for each in addressees}
    ends_at = func.coalesce(Invitation.expires_at, event.registration_closes_at)
    found = db.session.scalars(
        select(Invitation.person_key).where(Invitation.person_key.in_(keys), ends_at > clock.now())
    )
    return {keys[key] for key in found if key}


def _forget_expired(event: Event, key: str) -> None:
    """Let an invitation that has expired without an answer not stand in the way of another."""
    ended = func.coalesce(Invitation.expires_at, event.registration_closes_at) <= clock.now()
    db.session.execute(
        update(Invitation)
        .where(Invitation.person_key == key, ended)
        .values(person_key=None)
        .execution_options(synchronize_session=False)
    )


def _insert(
    event: Event, role: Role, alliance: Alliance | None, actor: str, **columns: object
) -> Invitation:
    invitation_id = uuid7()
    whole = columns | {
        "id": invitation_id,
        "event_id": event.id,
        "role_id": role.id,
        "alliance_id": alliance.id if alliance else None,
        "created_by": actor,
        "created_at": clock.now(),
    }
    if not insert_new(Invitation, whole):
        raise Duplicate(field="email", name=columns["email"])
    kind = columns["kind"]
    audit.record(
        "invitation.sent" if kind == InvitationKind.PERSONAL else "invitation.link_made",
        actor=actor,
        subject=f"invitation:{invitation_id}",
        event_id=event.id,
        role=role.code,
        alliance=alliance.code if alliance else None,
    )
    return db.session.get_one(Invitation, invitation_id)
