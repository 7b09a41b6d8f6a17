"""The rules of an event: until when, on whose word and in what order people come."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from registration.database import db
from registration.errors import Invalid, NotFound
from registration.models.events import AddressPolicy, Event, Promotion
from registration.models.gates import Reentry
from registration.models.roles import Coordination, Role, RoleAccess
from registration.services import audit
from registration.services.events.prospectus import revise

MOST_OFFER_HOURS = 24 * 28


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What an organiser decides about registration; all times are aware."""

    registration_opens_at: datetime
    registration_closes_at: datetime
    changes_close_at: datetime
    nominations_close_at: datetime | None
    promotion: Promotion
    offer_hours: int
    address_policy: AddressPolicy


def rules_of(event: Event) -> Rules:
    """Return the event's rules as they are."""
    return Rules(
        registration_opens_at=event.registration_opens_at,
        registration_closes_at=event.registration_closes_at,
        changes_close_at=event.changes_close_at,
        nominations_close_at=event.nominations_close_at,
        promotion=Promotion(event.promotion),
        offer_hours=event.offer_hours,
        address_policy=AddressPolicy(event.address_policy),
    )


def find_faults(rules: Rules, event: Event) -> Mapping[str, str]:
    """Return what cannot be meant, by the name of the field: a code for each."""
    faults = {}
    if rules.registration_closes_at <= rules.registration_opens_at:
        faults["registration_closes_at"] = "before_opening"
    for name in ("registration_closes_at", "changes_close_at", "nominations_close_at"):
        moment = getattr(rules, name)
        if moment is not None and moment > event.ends_at:
            faults[name] = "after_event"
    if not 1 <= rules.offer_hours <= MOST_OFFER_HOURS:
        faults["offer_hours"] = "out_of_range"
    return faults


def change_rules(event_id: uuid.UUID, rules: Rules, *, actor: str) -> bool:
    """Set the event's rules; return whether anything changed.

    An address that stands for several people already keeps doing so when the policy becomes one
    person an address: the policy binds those who come after.

    Raises:
        NotFound: there is no such event.
        Invalid: the rules contradict themselves or the event; ``fields`` says where.
    """
    event = db.session.get(Event, event_id)
    if event is None:
        raise NotFound(noun="event")
    faults = find_faults(rules, event)
    if faults:
        raise Invalid(fields=faults)
    before, after = asdict(rules_of(event)), asdict(rules)
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return False
    for name in changed:
        setattr(event, name, after[name])
    revise(event_id)
    audit.record(
        "event.rules_changed",
        actor=actor,
        subject=f"event:{event.slug}",
        event_id=event_id,
        **{name: str(after[name]) for name in changed},
    )
    return True


def change_role(
    event_id: uuid.UUID,
    code: str,
    *,
    access: RoleAccess,
    coordination: Coordination,
    reentry: Reentry,
    actor: str,
) -> bool:
    """Set how people come to a role, what coordinators do for it, and whether they come again.

    Returns whether anything changed. Re-entry holds for scans that are decided from now on.

    Whoever has the role keeps it.

    Raises:
        NotFound: the event has no such role.
        Invalid: coordinators answer only for roles that need an alliance.
    """
    role = db.session.scalars(select(Role).filter_by(event_id=event_id, code=code)).one_or_none()
    if role is None:
        raise NotFound(noun="role", name=code)
    if coordination != Coordination.NONE and not role.needs_alliance:
        raise Invalid(fields={f"coordination_{code}": "needs_alliance"})
    if (role.access, role.coordination, role.reentry) == (access, coordination, reentry):
        return False
    role.access, role.coordination, role.reentry = access, coordination, reentry
    revise(event_id)
    audit.record(
        "role.rules_changed",
        actor=actor,
        subject=f"role:{code}",
        event_id=event_id,
        access=access,
        coordination=coordination,
        reentry=reentry,
    )
    return True
