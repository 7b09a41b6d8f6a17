"""For whom a list is: what whoever brings it may decide."""

from dataclasses import dataclass

from registration.models.alliances import Alliance
from registration.models.roles import Coordination, Role, RoleAccess
from registration.services.events import Prospectus


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """An event, the alliance that all people of a list come for, and the roles they may get."""

    prospectus: Prospectus
    alliance: Alliance | None = None
    """None: a column says it, or nobody comes for any."""
    roles: tuple[Role, ...]
    default_role: Role | None = None
    """Of people for whom the list has none."""
    fills_gaps: bool = False
    """Whether the default role was chosen on purpose, and so is meant for empty cells, too."""


def for_organiser(
    prospectus: Prospectus, alliance: Alliance | None, *, role: Role | None = None
) -> Bounds:
    """Return the bounds of an organiser: every role, for one alliance or as the list says.

    Args:
        prospectus: the event.
        alliance: whose people these are, if all come for the same.
        role: the role of people for whom the list has none, if it was chosen.
    """
    return _bounds(prospectus, alliance, prospectus.roles, role)


def for_coordinator(
    prospectus: Prospectus, alliance: Alliance, *, role: Role | None = None
) -> Bounds:
    """Return the bounds of a coordinator: their alliance, and roles that they answer for."""
    roles = tuple(role for role in prospectus.roles if role.coordination != Coordination.NONE)
    return _bounds(prospectus, alliance, roles, role)


def _bounds(
    prospectus: Prospectus, alliance: Alliance | None, roles: tuple[Role, ...], role: Role | None
) -> Bounds:
    return Bounds(
        prospectus=prospectus,
        alliance=alliance,
        roles=roles,
        default_role=role or _usual(roles, alliance),
        fills_gaps=role is not None,
    )


def usual_role(bounds: Bounds) -> Role | None:
    """Return the role of people for whom the list has none, if none was chosen."""
    return _usual(bounds.roles, bounds.alliance)


def _usual(roles: tuple[Role, ...], alliance: Alliance | None) -> Role | None:
    """Return the role that an alliance's people come in unless something else is said."""
    if alliance is None:
        return None
    theirs = [role for role in roles if role.needs_alliance]
    named = [role for role in theirs if role.coordination == Coordination.NOMINATE]
    public = [role for role in theirs if role.access != RoleAccess.INVITATION]
    return next(iter((*named, *public)), None)
