"""What may happen to a registration: register, correct, approve, decline, cancel, find."""

import secrets
import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db, insert_new, uuid7
from registration.errors import (
    ChangesClosed,
    LinkExpired,
    NotFound,
    RegistrationClosed,
    TransitionRefused,
)
from registration.models.deliveries import DeliveryKind
from registration.models.registrations import (
    CODE_LETTERS,
    HOLDS_PLACE,
    TRANSITIONS,
    Diet,
    Registration,
    RegistrationState,
    Salutation,
    Source,
)
from registration.models.roles import Role, RoleAccess
from registration.services import audit, badges, deliveries, events, quotas
from registration.services.folding import fold

LINK_OUTLIVES_EVENT = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Person:
    """What a person tells about themself, checked by a form; sector and theme by their ids."""

    given_name: str
    family_name: str
    email: str
    salutation: Salutation = Salutation.NEUTRAL
    title: str = ""
    organisation: str = ""
    position: str = ""
    sector_id: int | None = None
    theme_id: int | None = None
    locale: str = "de"
    diet: Diet = Diet.ANY
    support_needs: str = ""
    photo_consent: bool | None = None


def new_short_code() -> str:
    """Return eight random letters and digits that survive being read out at a noisy door."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(8))


@dataclass(frozen=True)
class Receipt:
    """What came of a form: the registration, and where it stands."""

    registration_id: uuid.UUID
    state: RegistrationState


def register(
    prospectus: events.Prospectus,
    person: Person,
    *,
    role: Role,
    alliance_id: int | None,
    idempotency_key: str,
) -> Receipt:
    """Write a registration with its places, its badge and its mail: all of it or nothing.

    A role with approval makes a request that holds its places; any other is confirmed at once.
    The same ``idempotency_key`` returns the receipt of the registration that it made before.

    Raises:
        RegistrationClosed: the event does not take registrations now.
        QuotaExhausted: a matching quota is full; the transaction must be rolled back.
    """
    event = prospectus.event
    moment = clock.now()
    if not events.is_open(event, moment):
        raise RegistrationClosed(opens_at=event.registration_opens_at)
    asked = role.access == RoleAccess.APPROVAL
    state = RegistrationState.REQUESTED if asked else RegistrationState.CONFIRMED
    # The row's foreign key holds the event as `quotas.hold_event` would.
    registration_id = _insert(
        {
            **columns_of(person),
            "event_id": event.id,
            "role_id": role.id,
            "alliance_id": alliance_id,
            "state": state,
            "source": Source.FORM,
            "idempotency_key": idempotency_key,
            "privacy_consent_at": moment,
            "privacy_version": event.privacy_version,
            "photo_consent_at": moment if person.photo_consent is not None else None,
        }
    )
    if registration_id is None:
        return _receipt(idempotency_key)
    quotas.take(event.id, alliance_id, role.id)
    if not asked:
        badges.issue_first(registration_id, event.id)
    deliveries.promise(
        registration_id,
        event.id,
        DeliveryKind.RECEIVED if asked else DeliveryKind.CONFIRMED,
        recipient=person.email,
        reason="registered",
    )
    return Receipt(registration_id, state)


def columns_of(person: Person) -> dict[str, object]:
    """Return the columns that a person's own words fill, with those derived from them."""
    return {
        **asdict(person),
        "sort_name": fold(f"{person.family_name}, {person.given_name}")[:200],
    }


def search_text_of(columns: dict[str, object]) -> str:
    """Return the column in which a registration is searched, made of the others."""
    parts = ("title", "given_name", "family_name", "organisation", "email", "short_code")
    return fold(" ".join(str(columns[part]) for part in parts))


def _insert(columns: dict[str, object]) -> uuid.UUID | None:
    """Insert a registration under a short code that is free; None if its key is there already."""
    moment = clock.now()
    while True:
        registration_id = uuid7()
        row = {**columns, "id": registration_id, "short_code": new_short_code()}
        row |= {"search_text": search_text_of(row), "created_at": moment, "updated_at": moment}
        if insert_new(Registration, row):
            return registration_id
        if find_by_key(str(columns["idempotency_key"])):
            return None


def find_by_key(idempotency_key: str) -> Registration | None:
    """Return the registration that a form with this key made."""
    return db.session.scalars(
        select(Registration).where(Registration.idempotency_key == idempotency_key)
    ).one_or_none()


def _receipt(idempotency_key: str) -> Receipt:
    registration = find_by_key(idempotency_key)
    if registration is None:
        raise NotFound(noun="registration")
    return Receipt(registration.id, RegistrationState(registration.state))


def get(registration_id: uuid.UUID) -> Registration:
    """Return the registration with all that it refers to.

    Raises:
        NotFound: there is none.
    """
    registration = db.session.scalars(
        select(Registration).where(Registration.id == registration_id).options(*ALL_OF_IT)
    ).one_or_none()
    if registration is None:
        raise NotFound(noun="registration")
    return registration


ALL_OF_IT = (
    joinedload(Registration.event),
    joinedload(Registration.alliance),
    joinedload(Registration.role),
    joinedload(Registration.sector),
    joinedload(Registration.theme),
    joinedload(Registration.badge),
)


def _link_serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="registration-link")


def link_token(registration: Registration) -> str:
    """Return the token of ``/r/<token>``: whoever has it may see and change this registration."""
    return str(_link_serializer().dumps(registration.id.hex))


def get_by_link(token: str) -> Registration:
    """Return the registration that a link means.

    Raises:
        NotFound: the link is not one of ours.
        LinkExpired: the event has been over for longer than `LINK_OUTLIVES_EVENT`.
    """
    try:
        registration_id = uuid.UUID(hex=_link_serializer().loads(token))
    except (BadSignature, ValueError, TypeError, AttributeError) as error:
        raise NotFound(noun="link") from error
    registration = get(registration_id)
    if clock.now() > registration.event.ends_at + LINK_OUTLIVES_EVENT:
        raise LinkExpired(noun="link")
    return registration


def may_change(registration: Registration) -> bool:
    """Return whether the attendee may still correct or cancel."""
    return registration.holds_place and clock.now() < registration.event.changes_close_at


def correct(registration: Registration, person: Person, *, actor: str = "attendee") -> bool:
    """Take over what the person says of themself now; return whether anything changed.

    A changed name means a badge of a new generation; any change is mailed. Alliance and role
    stay, since places hang on them.

    Raises:
        ChangesClosed: the attendee's time for changes is over, or the place is given up.
    """
    if actor == "attendee" and not may_change(registration):
        raise ChangesClosed(at=registration.event.changes_close_at)
    columns = columns_of(person)
    changed = sorted(
        name for name, value in columns.items() if getattr(registration, name) != value
    )
    if not changed:
        return False
    for name in changed:
        setattr(registration, name, columns[name])
    if "photo_consent" in changed:
        registration.photo_consent_at = clock.now()
    registration.search_text = search_text_of(columns | {"short_code": registration.short_code})
    registration.updated_at = clock.now()
    registration.sequence += 1
    if registration.badge is not None and {"title", "given_name", "family_name"} & set(changed):
        badges.issue(registration)
    db.session.flush()
    _promise(registration, DeliveryKind.CHANGED, reason=str(registration.sequence))
    audit.record(
        "registration.corrected",
        actor=actor,
        subject=f"registration:{registration.id}",
        event_id=registration.event_id,
        fields=", ".join(changed),
    )
    return True


def _promise(registration: Registration, kind: DeliveryKind, *, reason: str) -> None:
    deliveries.promise(
        registration.id,
        registration.event_id,
        kind,
        recipient=registration.email,
        reason=reason,
    )


def approve(registration: Registration, *, actor: str) -> None:
    """Confirm a request: it gets its badge and its mail; its places it has already.

    Raises:
        TransitionRefused: it is not a request any more.
    """
    _move(registration, RegistrationState.CONFIRMED, actor=actor)
    badges.issue(registration)
    db.session.flush()
    _promise(registration, DeliveryKind.CONFIRMED, reason="approved")


def decline(registration: Registration, *, reason: str, actor: str) -> None:
    """Decline a request and free its places; the reason goes into the mail.

    Raises:
        TransitionRefused: it is not a request any more.
    """
    _move(registration, RegistrationState.DECLINED, actor=actor)
    registration.decision_reason = reason
    db.session.flush()
    _promise(registration, DeliveryKind.DECLINED, reason="declined")


def cancel(registration: Registration, *, actor: str = "attendee") -> None:
    """Give the place up: the badge stops, the places are free at once, a mail says so.

    Raises:
        ChangesClosed: the attendee's time for changes is over.
        TransitionRefused: it holds no place any more.
    """
    if actor == "attendee" and registration.holds_place and not may_change(registration):
        raise ChangesClosed(at=registration.event.changes_close_at)
    _move(registration, RegistrationState.CANCELLED, actor=actor)
    badges.revoke(registration)
    _promise(registration, DeliveryKind.CANCELLED, reason="cancelled")


def _move(registration: Registration, state: RegistrationState, *, actor: str) -> None:
    """Change the state once, whoever else tries at the same time, and free places given up."""
    allowed = [before for before, after in TRANSITIONS.items() if state in after]
    moment = clock.now()
    quotas.hold_event(registration.event_id)
    held = registration.holds_place
    moved = db.session.execute(
        update(Registration)
        .where(Registration.id == registration.id, Registration.state.in_(allowed))
        .values(
            state=state,
            updated_at=moment,
            decided_at=moment if state != RegistrationState.CANCELLED else Registration.decided_at,
            cancelled_at=moment if state == RegistrationState.CANCELLED else None,
            sequence=Registration.sequence + 1,
        )
        .returning(Registration.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if moved is None:
        raise TransitionRefused(state=registration.state, asked=str(state))
    db.session.refresh(registration)
    if held and state not in HOLDS_PLACE:
        quotas.free(
            quotas.matching(registration.event_id, registration.alliance_id, registration.role_id)
        )
    audit.record(
        f"registration.{state}",
        actor=actor,
        subject=f"registration:{registration.id}",
        event_id=registration.event_id,
    )


def resend(registration: Registration, *, actor: str) -> None:
    """Promise the mail that tells the registration's present state once more."""
    kinds = {
        RegistrationState.REQUESTED: DeliveryKind.RECEIVED,
        RegistrationState.CONFIRMED: DeliveryKind.CONFIRMED,
        RegistrationState.DECLINED: DeliveryKind.DECLINED,
        RegistrationState.CANCELLED: DeliveryKind.CANCELLED,
    }
    kind = kinds[RegistrationState(registration.state)]
    _promise(registration, kind, reason=f"resent:{uuid7().hex}")
    audit.record(
        "registration.mail_resent",
        actor=actor,
        subject=f"registration:{registration.id}",
        event_id=registration.event_id,
    )
