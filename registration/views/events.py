"""The events' own pages: all of them, and one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from registration import clock
from registration.models.events import Event, Promotion
from registration.models.roles import Role, RoleAccess
from registration.services import events, quotas

blueprint = Blueprint("events", __name__)


class Phase(StrEnum):
    """Where an event stands for somebody who would like to come."""

    BEFORE = "before"
    OPEN = "open"
    CLOSED = "closed"
    OVER = "over"


def phase_of(event: Event, moment: datetime) -> Phase:
    """Return where the event stands at this moment."""
    if moment >= event.ends_at:
        return Phase.OVER
    if events.is_open(event, moment):
        return Phase.OPEN
    return Phase.BEFORE if moment < event.registration_opens_at else Phase.CLOSED


@dataclass(frozen=True)
class Places:
    """A role and how many places it has left; None for no limit."""

    role: Role
    left: int | None

    @property
    def by_approval(self) -> bool:
        """Whether the organisers decide on each request."""
        return self.role.access == RoleAccess.APPROVAL


def places_of(
    prospectus: events.Prospectus, left: Mapping[int | None, int | None]
) -> Sequence[Places]:
    """Return the places left of each public role: never more than the event has in all."""
    total = left[None]
    return tuple(Places(role, _least(left.get(role.id), total)) for role in prospectus.public_roles)


def _least(own: int | None, total: int | None) -> int | None:
    if own is None:
        return 0 if total == 0 else None
    return own if total is None else min(own, total)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """List the events, the next one first."""
    moment = clock.now()
    known = [(event, phase_of(event, moment)) for event in events.list_events()]
    return render_template(
        "events/index.html",
        coming=[(event, phase) for event, phase in known if phase != Phase.OVER],
        past=[event for event, phase in reversed(known) if phase == Phase.OVER],
    )


@blueprint.get("/<slug>/")
def show(slug: str) -> ResponseReturnValue:
    """Show one event: what, when, where, and how many places are left."""
    prospectus = events.get_prospectus(slug)
    left = quotas.places_left(prospectus.event.id)
    return render_template(
        "events/show.html",
        event=prospectus.event,
        prospectus=prospectus,
        phase=phase_of(prospectus.event, clock.now()),
        places=places_of(prospectus, left),
        total=left[None],
        has_queue=prospectus.event.promotion != Promotion.NONE,
    )
