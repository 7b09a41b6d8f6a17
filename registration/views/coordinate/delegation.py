"""The delegation at a glance: places, deadline, what to do next, and the people."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue

from registration import clock
from registration.models.registrations import RegistrationState
from registration.models.roles import Coordination, Role
from registration.services import delegations, listing, matrix, overview
from registration.services.matrix import Cell
from registration.views.accounts import delegation
from registration.views.coordinate.surface import may_decide, nominations_close_at, page, part

blueprint = part("delegation")

PAGE_SIZE = 250


@dataclass(frozen=True)
class Line:
    """The places of one role, or with None of all of them."""

    role: Role | None
    cell: Cell


@blueprint.get("/")
def show(**_place: str) -> ResponseReturnValue:
    """Show the delegation."""
    here = delegation()
    event = here.prospectus.event
    state = request.args.get("state", "")
    wanted = listing.Filter(
        alliance_id=here.alliance.id,
        state=RegistrationState(state) if state in set(RegistrationState) else None,
    )
    people = listing.search(
        event.id, wanted, page=max(1, request.args.get("page", 1, int)), size=PAGE_SIZE
    )
    states = overview.count_states_of(event.id, here.alliance.id)
    return page(
        "delegation.html",
        lines=_lines(),
        standing=delegations.standing(event.id, here.alliance.id),
        states={each: count for each, count in states.items() if count},
        requests=_count_requests() if states[RegistrationState.REQUESTED] else 0,
        state=wanted.state,
        people=people,
        decidable={row.id for row in people.rows if may_decide(row)},
        days_left=_days_left(),
    )


def _count_requests() -> int:
    """Return how many requests the coordinator decides on; others are the organisers'."""
    here = delegation()
    wanted = listing.Filter(alliance_id=here.alliance.id, state=RegistrationState.REQUESTED)
    found = listing.search(here.prospectus.event.id, wanted, size=PAGE_SIZE)
    return sum(may_decide(row) for row in found.rows)


def _lines() -> Sequence[Line]:
    """Return the places of each role in which people come for an alliance, then their sum."""
    here = delegation()
    cells = matrix.load(here.prospectus.event.id)
    lines = [Line(role, cells.cell(here.alliance.id, role.id)) for role in here.prospectus.roles]
    theirs = [line for line in lines if _concerns(line)]
    return [*theirs, Line(None, cells.cell(here.alliance.id, None))]


def _concerns(line: Line) -> bool:
    """Return whether the role is one for alliances, or one that somebody of this one has."""
    role, cell = line.role, line.cell
    for_alliances = role is not None and (
        role.needs_alliance or role.coordination != Coordination.NONE
    )
    return bool(for_alliances or cell.taken or cell.waiting or cell.places)


def _days_left() -> int:
    """Return the days until the deadline for nominations, as a calendar counts them."""
    event = delegation().prospectus.event
    until = nominations_close_at(event).astimezone(event.zone).date()
    return (until - clock.now().astimezone(event.zone).date()).days
