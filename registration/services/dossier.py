"""The dossier: what has happened around one registration."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from registration.database import db
from registration.models.accounts import Account
from registration.models.audit import AuditEntry
from registration.models.deliveries import Delivery
from registration.models.gates import Device, Gate, Presence, Scan
from registration.models.invitations import Invitation
from registration.models.registrations import Registration, RegistrationState


def list_deliveries(registration: Registration) -> Sequence[Delivery]:
    """Return the mails about this registration, the newest first."""
    return db.session.scalars(
        select(Delivery)
        .where(Delivery.registration_id == registration.id)
        .order_by(Delivery.created_at.desc(), Delivery.id.desc())
    ).all()


def list_scans(registration: Registration) -> Sequence[Scan]:
    """Return the scans of this registration's badge, the newest first."""
    if registration.badge is None:
        return ()
    return db.session.scalars(
        select(Scan)
        .where(Scan.badge_id == registration.badge.id)
        .order_by(Scan.scanned_at.desc(), Scan.id.desc())
    ).all()


def list_entries(registration: Registration) -> Sequence[AuditEntry]:
    """Return who did what to this registration, the newest first."""
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"registration:{registration.id}")
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    ).all()


def find_presence(registration: Registration) -> Presence | None:
    """Return whether the person is inside, and since when; None: never was."""
    if registration.badge is None:
        return None
    return db.session.get(Presence, registration.badge.id)


def names_of(actors: Iterable[str]) -> Mapping[str, str]:
    """Return the names of those actors that are accounts or devices."""
    wanted = set(actors)
    accounts = [int(actor[8:]) for actor in wanted if actor.startswith("account:")]
    devices = [uuid.UUID(actor[7:]) for actor in wanted if actor.startswith("device:")]
    names: dict[str, str] = {}
    if accounts:
        query = select(Account).where(Account.id.in_(accounts))
        names |= {f"account:{row.id}": row.name or row.email for row in db.session.scalars(query)}
    if devices:
        found = db.session.execute(
            select(Device.id, Device.name, Gate.name.label("gate"))
            .join(Gate, Gate.id == Device.gate_id)
            .where(Device.id.in_(devices))
        )
        names |= {f"device:{row.id}": row.name or row.gate for row in found}
    return names


def list_requests(
    event_id: uuid.UUID,
    ids: Sequence[uuid.UUID],
    *,
    states: Collection[RegistrationState] = (RegistrationState.REQUESTED,),
) -> Sequence[Registration]:
    """Return those of these registrations that still stand in one of these states, by name."""
    return db.session.scalars(
        select(Registration)
        .where(
            Registration.event_id == event_id,
            Registration.id.in_(ids),
            Registration.state.in_(states),
        )
        .options(
            joinedload(Registration.alliance),
            joinedload(Registration.role),
            selectinload(Registration.further_roles),
        )
        .order_by(Registration.sort_name, Registration.id)
    ).all()


def list_party(registration: Registration) -> Sequence[Registration]:
    """Return the others of the party that comes together or not at all, by name."""
    if registration.party_id is None:
        return ()
    return db.session.scalars(
        select(Registration)
        .where(
            Registration.event_id == registration.event_id,
            Registration.party_id == registration.party_id,
            Registration.id != registration.id,
        )
        .order_by(Registration.sort_name, Registration.id)
    ).all()


def find_predecessor(registration: Registration) -> Registration | None:
    """Return the registration whose place this one took over."""
    if registration.replaces_id is None:
        return None
    return db.session.get(Registration, registration.replaces_id)


def find_invitation(registration: Registration) -> Invitation | None:
    """Return the invitation by which this registration came."""
    if registration.invitation_id is None:
        return None
    return db.session.get(Invitation, registration.invitation_id)
