"""Change what stands: correct data, hand a place over, change roles, withdraw a consent."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, update

from registration import clock
from registration.database import db
from registration.errors import ChangesClosed, Duplicate, Invalid, TransitionRefused
from registration.models.deliveries import DeliveryKind
from registration.models.registrations import (
    HOLDS_PLACE,
    IS_OPEN,
    FurtherRole,
    Registration,
    RegistrationState,
)
from registration.models.roles import Role, RoleAccess
from registration.services import badges, quotas
from registration.services.registrations import waiting
from registration.services.registrations.approval import first_state
from registration.services.registrations.deciding import cancel
from registration.services.registrations.finding import find_by_key, get, may_change
from registration.services.registrations.moving import move, promise, record
from registration.services.registrations.people import Person, columns_of, search_text_of
from registration.services.registrations.registering import (
    Receipt,
    Terms,
    Wish,
    address_key_of,
    insert_registration,
    is_address_taken,
    ranked,
)

CAN_BE_REPLACED = frozenset({RegistrationState.REQUESTED, RegistrationState.CONFIRMED})
ON_THE_BADGE = frozenset({"title", "given_name", "family_name"})


def needs_approval_again(registration: Registration, person: Person) -> bool:
    """Return whether taking these words over would make a confirmed registration a request.

    It would if the name changes in a role that is not open to everybody, also the one on the badge:
    that may be somebody else, and only this person was let in, however they came.
    """
    renamed = (person.given_name, person.family_name, person.badge_name) != (
        registration.given_name,
        registration.family_name,
        registration.badge_name,
    )
    confirmed = registration.state == RegistrationState.CONFIRMED
    return (
        renamed
        and confirmed
        and not all(each.access == RoleAccess.OPEN for each in registration.roles)
    )


def correct(registration: Registration, person: Person, *, actor: str = "attendee") -> bool:
    """Take over what the person says of themself now; return whether anything changed.

    A changed name means a badge of a new generation; any change is mailed. Alliance and roles
    stay, since places hang on them. See `needs_approval_again` for what else an attendee's
    change of name can mean; whoever else corrects may decide, and so needs no approval.

    Raises:
        ChangesClosed: the attendee's time for changes is over, or the place is given up.
        Duplicate: the address may stand for one person only, and stands for another.
    """
    if actor == "attendee" and not may_change(registration):
        raise ChangesClosed(at=registration.event.changes_close_at)
    columns = columns_of(person)
    changed = sorted(
        name for name, value in columns.items() if getattr(registration, name) != value
    )
    if not changed:
        return False
    again = actor == "attendee" and needs_approval_again(registration, person)
    if "email" in changed:
        _keep_address(registration, person.email)
    for name in changed:
        setattr(registration, name, columns[name])
    if "photo_consent" in changed:
        registration.photo_consent_at = clock.now()
    registration.search_text = search_text_of(columns | {"short_code": registration.short_code})
    registration.updated_at = clock.now()
    registration.sequence += 1
    record(registration, "registration.corrected", actor=actor, fields=", ".join(changed))
    if again:
        _ask_again(registration, actor=actor)
        return True
    if registration.badge is not None and ON_THE_BADGE & set(changed):
        badges.issue(registration, actor=actor)
    db.session.flush()
    promise(registration, DeliveryKind.CHANGED, reason=str(registration.sequence))
    return True


def _keep_address(registration: Registration, email: str) -> None:
    """Let the new address stand for this person, where one stands for one only."""
    key = address_key_of(registration.event, email)
    if key is not None and key != registration.address_key:
        if is_address_taken(registration.event_id, key):
            raise Duplicate(field="email")
        registration.address_key = key if registration.state in IS_OPEN else None


def _ask_again(registration: Registration, *, actor: str) -> None:
    db.session.flush()
    move(
        registration,
        RegistrationState.REQUESTED,
        before={RegistrationState.CONFIRMED},
        actor=actor,
    )
    badges.revoke(registration)
    promise(registration, DeliveryKind.RECEIVED, reason=f"again:{registration.sequence}")


def replace(
    registration: Registration, person: Person, *, idempotency_key: str, terms: Terms
) -> Receipt:
    """Let another person of the same alliance have this one's places and roles.

    The old badge stops at once; the new person gets theirs by mail, or is a request first where a
    role needs approval and the terms do not skip it. No place is free in between, so nobody who
    waits can slip in.

    Raises:
        ChangesClosed: the attendee's time for changes is over.
        TransitionRefused: it is neither requested nor confirmed.
    """
    known = find_by_key(idempotency_key)
    if known is not None:
        return Receipt(known.id, RegistrationState(known.state), is_new=False)
    is_open = registration.state in IS_OPEN
    if terms.actor == "attendee" and is_open and not may_change(registration):
        raise ChangesClosed(at=registration.event.changes_close_at)
    quotas.hold_event(registration.event_id)
    move(
        registration,
        RegistrationState.CANCELLED,
        before=CAN_BE_REPLACED,
        actor=terms.actor,
        action="registration.replaced",
    )
    badges.revoke(registration)
    promise(registration, DeliveryKind.REPLACED, reason="replaced")
    return _succeed(registration, person, idempotency_key=idempotency_key, terms=terms)


def _succeed(
    registration: Registration, person: Person, *, idempotency_key: str, terms: Terms
) -> Receipt:
    """Write the registration of whoever takes over."""
    wish = Wish(
        person=person,
        role=registration.role,
        further_roles=tuple(registration.further_roles),
        alliance_id=registration.alliance_id,
        idempotency_key=idempotency_key,
    )
    state = first_state(wish.roles, skips_approval=terms.skips_approval)
    new_id = insert_registration(
        registration.event, wish, state=state, terms=terms, replaces_id=registration.id
    )
    if new_id is None:
        raise Duplicate(field="email")
    successor = get(new_id)
    successor.invitation_id = registration.invitation_id
    if state == RegistrationState.CONFIRMED:
        badges.issue(successor)
    db.session.flush()
    confirmed = state == RegistrationState.CONFIRMED
    kind = DeliveryKind.CONFIRMED if confirmed else DeliveryKind.RECEIVED
    promise(successor, kind, reason="registered")
    record(successor, "registration.took_over", actor=terms.actor, of=str(registration.id))
    return Receipt(new_id, state)


def change_roles(registration: Registration, roles: Sequence[Role], *, actor: str) -> None:
    """Let the person have exactly these roles, moving their places with them, or change nothing.

    The role of the lowest rank leads. A badge is issued anew, and a mail says so.

    Raises:
        Invalid: no role is left, or one needs an alliance and there is none.
        QuotaExhausted: a role's quota has no place; the transaction must be rolled back.
        TransitionRefused: the registration is over.
    """
    wanted = ranked(roles)
    if not wanted:
        raise Invalid(fields={"roles": "required"})
    if registration.alliance_id is None and any(role.needs_alliance for role in wanted):
        raise Invalid(fields={"roles": "needs_alliance"})
    waiting.hold(registration.event_id)
    _hold(registration)
    if registration.state not in IS_OPEN:
        raise TransitionRefused(state=registration.state, asked="roles")
    before = [role.id for role in registration.roles]
    after = [role.id for role in wanted]
    if before == after:
        return
    if registration.state in HOLDS_PLACE:
        quotas.shift(registration.event_id, registration.alliance_id, before=before, after=after)
    _set_roles(registration, after)
    _tell_of_roles(registration, before, actor=actor)
    waiting.promote(registration.event_id)


def _hold(registration: Registration) -> None:
    """Read the registration anew, and keep its state and its roles until the transaction ends.

    Whoever is replaced meanwhile hands on the places of the roles that they have now, and needs
    no turn at the queue for it.
    """
    db.session.refresh(registration, with_for_update={"of": Registration, "key_share": True})


def _set_roles(registration: Registration, role_ids: Sequence[int]) -> None:
    of_person = FurtherRole.registration_id == registration.id
    db.session.execute(delete(FurtherRole).where(of_person))
    if role_ids[1:]:
        further = [
            {"registration_id": registration.id, "role_id": role_id} for role_id in role_ids[1:]
        ]
        db.session.execute(insert(FurtherRole), further)
    db.session.execute(
        update(Registration)
        .where(Registration.id == registration.id)
        .values(
            role_id=role_ids[0],
            updated_at=clock.now(),
            sequence=Registration.sequence + 1,
        )
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(registration)


def _tell_of_roles(registration: Registration, before: Sequence[int], *, actor: str) -> None:
    if registration.badge is not None and registration.state == RegistrationState.CONFIRMED:
        badges.issue(registration, actor=actor)
    db.session.flush()
    promise(registration, DeliveryKind.CHANGED, reason=str(registration.sequence))
    record(
        registration,
        "registration.roles_changed",
        actor=actor,
        before=", ".join(map(str, before)),
        after=", ".join(str(role.id) for role in registration.roles),
    )


def withdraw_photo_consent(registration: Registration) -> bool:
    """Take the consent to photos back; return whether there was one.

    Allowed as long as the link works: a consent can be withdrawn at any time (GDPR art. 7(3)).
    """
    if not registration.photo_consent:
        return False
    registration.photo_consent = False
    registration.photo_consent_at = clock.now()
    registration.updated_at = clock.now()
    record(registration, "registration.photo_consent_withdrawn", actor="attendee")
    return True


def withdraw_privacy_consent(registration: Registration) -> bool:
    """Take the consent to the use of the data back; return whether there was one.

    Without it nobody can take part, so an open registration is cancelled, also after the time
    for changes.
    """
    if registration.privacy_withdrawn_at is not None:
        return False
    registration.privacy_withdrawn_at = clock.now()
    db.session.flush()
    record(registration, "registration.privacy_consent_withdrawn", actor="attendee")
    if registration.state in IS_OPEN:
        cancel(registration, actor="withdrawal")
    return True
