"""Register: a person asks to come, and gets places, a request, or a turn in the queue."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select

from registration import clock
from registration.database import db, insert_new, uuid7
from registration.errors import NotFound, QuotaExhausted, RegistrationClosed
from registration.models.deliveries import DeliveryKind
from registration.models.events import AddressPolicy, Event, Promotion
from registration.models.registrations import (
    CODE_LETTERS,
    FurtherRole,
    Registration,
    RegistrationState,
    Source,
)
from registration.models.roles import Role
from registration.services import badges, deliveries, events, quotas
from registration.services.registrations.approval import first_state
from registration.services.registrations.finding import find_by_key
from registration.services.registrations.people import Person, columns_of, search_text_of


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On whose word a registration comes, and what that word is worth."""

    source: Source = Source.FORM
    skips_approval: bool = False
    is_bound_to_opening: bool = True
    """Whether the event must take registrations now; other deadlines are their callers' matter."""
    is_bound_to_policy: bool = True
    """Whether the event may say that the address stands for one person only."""
    invitation_id: uuid.UUID | None = None
    has_consented: bool = True
    """Whether the person has agreed to the privacy notice in the form just sent."""
    actor: str = "attendee"


PUBLIC = Terms()
"""Those of the public form."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What one person asks for."""

    person: Person
    role: Role
    alliance_id: int | None
    idempotency_key: str
    further_roles: tuple[Role, ...] = ()

    @property
    def roles(self) -> tuple[Role, ...]:
        """All roles, the one of the lowest rank first: it leads."""
        return ranked((self.role, *self.further_roles))

    @property
    def role_ids(self) -> tuple[int, ...]:
        """The ids of all roles, the leading one first."""
        return tuple(role.id for role in self.roles)


@dataclass(frozen=True)
class Receipt:
    """What came of a wish: the registration, where it stands, and whether it was made just now."""

    registration_id: uuid.UUID
    state: RegistrationState
    is_new: bool = True


def ranked(roles: Sequence[Role]) -> tuple[Role, ...]:
    """Return the roles, each once, by rank; of equals the one that the form offers first."""
    unique = {role.id: role for role in roles}
    return tuple(sorted(unique.values(), key=lambda role: (role.rank, role.position)))


def new_short_code() -> str:
    """Return eight random letters and digits that survive being read out at a noisy door."""
    number, letters = secrets.randbelow(len(CODE_LETTERS) ** 8), []
    for _ in range(8):
        number, place = divmod(number, len(CODE_LETTERS))
        letters.append(CODE_LETTERS[place])
    return "".join(letters)


def register(
    prospectus: events.Prospectus,
    person: Person,
    *,
    role: Role,
    alliance_id: int | None,
    idempotency_key: str,
    further_roles: tuple[Role, ...] = (),
    terms: Terms = PUBLIC,
) -> Receipt:
    """Write a registration with its places, its badge and its mail: all of it or nothing.

    A role with approval makes a request that holds its places; any other is confirmed at once.
    The same ``idempotency_key`` returns the receipt of the registration that it made before. An
    address that may stand for one person only, and does, gets a mail that says so, and a receipt
    like anybody else's, so that no page tells who is registered.

    Raises:
        RegistrationClosed: the event does not take registrations now.
        QuotaExhausted: a matching quota is full; the transaction must be rolled back.
    """
    wish = Wish(
        person=person,
        role=role,
        alliance_id=alliance_id,
        idempotency_key=idempotency_key,
        further_roles=further_roles,
    )
    _check_open(prospectus.event, terms)
    state = first_state(wish.roles, skips_approval=terms.skips_approval)
    receipt = _write(prospectus.event, wish, state=state, terms=terms)
    if receipt.is_new:
        quotas.take(prospectus.event.id, alliance_id, wish.role_ids)
    return receipt


def register_or_wait(
    prospectus: events.Prospectus, wishes: Sequence[Wish], *, terms: Terms = PUBLIC
) -> tuple[Receipt, ...]:
    """Register all of them, or if not everybody has a place, put all of them in the queue.

    It must come first in its transaction. Several wishes are one party: they come together or
    not at all. Those whose keys are known already are told what became of them before.

    Raises:
        RegistrationClosed: the event does not take registrations now.
        QuotaExhausted: not everybody has a place, and the event has no waiting list.
    """
    event = prospectus.event
    _check_open(event, terms)
    quotas.hold_queue(event.id)
    room = quotas.hold_room(event.id)
    fresh = [wish for wish in wishes if find_by_key(wish.idempotency_key) is None]
    full = room.take_all([(wish.alliance_id, wish.role_ids) for wish in fresh])
    if full is not None and event.promotion == Promotion.NONE:
        raise QuotaExhausted(quota_id=full)
    queue = _next_turn(event.id, is_party=len(fresh) > 1) if full is not None else None
    receipts = []
    for wish in wishes:
        state = (
            RegistrationState.WAITING
            if queue
            else first_state(wish.roles, skips_approval=terms.skips_approval)
        )
        receipt = _write(event, wish, state=state, terms=terms, queue=queue)
        if receipt.is_new and queue is None:
            quotas.take(event.id, wish.alliance_id, wish.role_ids)
        receipts.append(receipt)
    return tuple(receipts)


@dataclass(frozen=True)
class _Queue:
    """Where new rows stand in the queue."""

    queued_at: datetime
    party_id: uuid.UUID | None


def _next_turn(event_id: uuid.UUID, *, is_party: bool) -> _Queue:
    """Return the place behind everybody who waits, also if another machine's clock runs ahead."""
    last = db.session.scalar(
        select(func.max(Registration.queued_at)).where(
            Registration.event_id == event_id, Registration.state == RegistrationState.WAITING
        )
    )
    moment = clock.now()
    behind = moment if last is None else max(moment, last + timedelta(microseconds=1))
    return _Queue(behind, uuid7() if is_party else None)


def _check_open(event: Event, terms: Terms) -> None:
    if terms.is_bound_to_opening and not events.is_open(event, clock.now()):
        raise RegistrationClosed(opens_at=event.registration_opens_at)


FIRST_MAIL = {
    RegistrationState.REQUESTED: DeliveryKind.RECEIVED,
    RegistrationState.CONFIRMED: DeliveryKind.CONFIRMED,
    RegistrationState.WAITING: DeliveryKind.WAITING,
}


def _first_mail(state: RegistrationState, terms: Terms) -> DeliveryKind:
    """Return what the person is told first; whom a coordinator has named, hears that."""
    is_named = terms.source == Source.NOMINATION and state == RegistrationState.CONFIRMED
    return DeliveryKind.NOMINATION if is_named else FIRST_MAIL[state]


def _write(
    event: Event,
    wish: Wish,
    *,
    state: RegistrationState,
    terms: Terms,
    queue: _Queue | None = None,
) -> Receipt:
    """Write one registration with its badge and its mail, but without its places."""
    registration_id = insert_registration(event, wish, state=state, terms=terms, queue=queue)
    if registration_id is None:
        return _known(event, wish, state)
    if state == RegistrationState.CONFIRMED:
        badges.issue_first(registration_id, event.id)
    deliveries.promise(
        registration_id,
        event.id,
        _first_mail(state, terms),
        recipient=wish.person.email,
        reason="registered",
    )
    return Receipt(registration_id, state)


def insert_registration(
    event: Event,
    wish: Wish,
    *,
    state: RegistrationState,
    terms: Terms,
    queue: _Queue | None = None,
    replaces_id: uuid.UUID | None = None,
) -> uuid.UUID | None:
    """Insert a row with its roles, and neither places nor badge nor mail.

    Returns:
        Its id; None if its key is there already, or its address where that may be so once only.
    """
    moment = clock.now()
    # The row's foreign key holds the event as `quotas.hold_event` would.
    registration_id = _insert(
        {
            **columns_of(wish.person),
            "event_id": event.id,
            "role_id": wish.role_ids[0],
            "alliance_id": wish.alliance_id,
            "state": state,
            "source": terms.source,
            "idempotency_key": wish.idempotency_key,
            "privacy_consent_at": moment if terms.has_consented else None,
            "privacy_version": event.privacy_version if terms.has_consented else "",
            "photo_consent_at": moment if wish.person.photo_consent is not None else None,
            "invitation_id": terms.invitation_id,
            "replaces_id": replaces_id,
            "queued_at": queue.queued_at if queue else None,
            "party_id": queue.party_id if queue else None,
            "address_key": (
                address_key_of(event, wish.person.email) if terms.is_bound_to_policy else None
            ),
        }
    )
    if registration_id is not None and wish.further_roles:
        db.session.execute(
            insert(FurtherRole),
            [
                {"registration_id": registration_id, "role_id": role_id}
                for role_id in wish.role_ids[1:]
            ],
        )
    return registration_id


def address_key_of(event: Event, email: str) -> str | None:
    """Return what must be unique of an address at this event, if anything."""
    return email.lower() if event.address_policy == AddressPolicy.ONE else None


def _insert(columns: dict[str, object]) -> uuid.UUID | None:
    """Insert a registration under a short code that is free; None if it is there already."""
    moment = clock.now()
    while True:
        registration_id = uuid7()
        row = {**columns, "id": registration_id, "short_code": new_short_code()}
        row |= {"search_text": search_text_of(row), "created_at": moment, "updated_at": moment}
        if insert_new(Registration, row):
            return registration_id
        if find_by_key(str(columns["idempotency_key"])) or _find_by_address(columns):
            return None


def is_address_taken(event_id: uuid.UUID, address_key: str) -> bool:
    """Return whether the address stands for somebody who comes or may come to this event."""
    return _find_by_address({"event_id": event_id, "address_key": address_key}) is not None


def _find_by_address(columns: Mapping[str, object]) -> Registration | None:
    if columns["address_key"] is None:
        return None
    return db.session.scalars(
        select(Registration).where(
            Registration.event_id == columns["event_id"],
            Registration.address_key == columns["address_key"],
        )
    ).one_or_none()


def _known(event: Event, wish: Wish, state: RegistrationState) -> Receipt:
    """Return the receipt of what was there before: of the same form, or of the same address.

    Raises:
        QuotaExhausted: there is no place and no queue, as anybody else would be told.
    """
    same_form = find_by_key(wish.idempotency_key)
    if same_form is not None:
        return Receipt(same_form.id, RegistrationState(same_form.state), is_new=False)
    address = {"event_id": event.id, "address_key": address_key_of(event, wish.person.email)}
    same_address = _find_by_address(address)
    if same_address is None:
        raise NotFound(noun="registration")
    if state != RegistrationState.WAITING:
        quotas.check_room(event.id, wish.alliance_id, wish.role_ids)
    deliveries.promise(
        same_address.id,
        event.id,
        DeliveryKind.TWICE,
        recipient=same_address.email,
        reason=wish.idempotency_key,
    )
    return Receipt(same_address.id, state, is_new=False)
