"""What all pages about a delegation share: who may see them, whom they are about, and what to say.

Each of them is about one alliance of one event; whoever belongs to another is not found.
"""

import uuid
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template

from registration import clock
from registration.errors import NotFound
from registration.models.events import Event
from registration.models.registrations import IS_OPEN, Registration, RegistrationState
from registration.models.roles import Coordination, RoleAccess
from registration.services import delegations, registrations
from registration.views.accounts import delegation, guard_delegation

PLACE = "/<slug>/<code>"
"""Below ``/coordinate``: the event, and the alliance's code."""


def part(name: str) -> Blueprint:
    """Return a blueprint for pages about one delegation, for those who answer for it."""
    made = Blueprint(name, __name__, url_prefix=PLACE)
    guard_delegation(made)
    made.url_defaults(_stay_here)
    return made


def _stay_here(_endpoint: str, values: dict[str, Any]) -> None:
    """Let addresses lead to the present delegation unless they name another."""
    if "slug" not in values:
        here = delegation()
        values.update(slug=here.prospectus.event.slug, code=here.alliance.code)


def page(template: str, **more: Any) -> str:
    """Return a page about the present delegation, of the coordinators' own templates."""
    return draw(f"coordinate/{template}", **more)


def draw(template: str, **more: Any) -> str:
    """Return a page about the present delegation, by a template that others share."""
    here = delegation()
    event = here.prospectus.event
    return render_template(
        template,
        event=event,
        prospectus=here.prospectus,
        alliance=here.alliance,
        nominations_close_at=nominations_close_at(event),
        may_nominate=may_nominate(event),
        is_over=is_over(event),
        **more,
    )


def nominations_close_at(event: Event) -> datetime:
    """Return until when coordinators name their people."""
    return delegations.deadline_of(event)


def may_nominate(event: Event) -> bool:
    """Return whether coordinators may still name their people."""
    return clock.now() < nominations_close_at(event)


def is_over(event: Event) -> bool:
    """Return whether the event has ended: who came has come, and nobody is exchanged any more."""
    return clock.now() >= event.ends_at


def load(registration_id: uuid.UUID) -> Registration:
    """Return one person of this delegation.

    Raises:
        NotFound: it has none with this id.
    """
    here = delegation()
    registration = registrations.get(registration_id)
    theirs = (registration.event_id, registration.alliance_id)
    if theirs != (here.prospectus.event.id, here.alliance.id):
        raise NotFound(noun="registration")
    return registration


def may_decide(registration: Registration) -> bool:
    """Return whether the coordinator approves or declines this person, not the organisers."""
    asked = [role for role in registration.roles if role.access == RoleAccess.APPROVAL]
    return (
        registration.state == RegistrationState.REQUESTED
        and registration.role.coordination == Coordination.APPROVE
        and all(role.coordination == Coordination.APPROVE for role in asked)
    )


def may_replace(registration: Registration) -> bool:
    """Return whether the coordinator may send somebody else in this person's place."""
    return (
        registration.state in {RegistrationState.REQUESTED, RegistrationState.CONFIRMED}
        and all(role.coordination != Coordination.NONE for role in registration.roles)
        and not is_over(registration.event)
    )


def may_change(registration: Registration) -> bool:
    """Return whether the coordinator may correct or cancel."""
    return registration.state in IS_OPEN and not is_over(registration.event)
