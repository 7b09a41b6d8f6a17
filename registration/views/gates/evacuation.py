"""The console's evacuation: one tap to the list of who is inside, ticked off as they are seen."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock
from registration.database import transaction
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.services import events
from registration.services.gates import arrivals, evacuation
from registration.services.gates.evacuation import Evacuee, Tally
from registration.views.accounts import actor, guard
from registration.views.gates import live
from registration.views.gates.console import ALONE

blueprint = Blueprint("evacuation", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER, AccountRole.STAFF)

MOST_AT_ONCE = 2000
"""Names on one page; where more are inside, one chooses an alliance."""


@blueprint.get("/<slug>/evacuation")
def show(slug: str) -> ResponseReturnValue:
    """Show who is inside by alliance, and during an evacuation who is still looked for."""
    prospectus = events.get_prospectus(slug)
    event = prospectus.event
    version = f"{event.revision}/{arrivals.version_of(event.id)}"
    return live.show("evacuation", version=version, context=lambda: (version, _context(prospectus)))


@dataclass(frozen=True)
class Group:
    """An alliance on the list; its members are left out where the page would be too long."""

    id: int
    """0 for those without an alliance."""
    code: str
    name: str
    tally: Tally
    members: Sequence[Evacuee]


def _context(prospectus: events.Prospectus) -> Mapping[str, Any]:
    event = prospectus.event
    tallies = evacuation.count_people(event.id, since=event.evacuation_at)
    count = sum(tally.people for tally in tallies.values())
    chosen = request.args.get("alliance", "")
    is_whole = count <= MOST_AT_ONCE
    return {
        "event": event,
        "count": count,
        "left": sum(tally.left for tally in tallies.values()),
        "groups": _groups(prospectus, tallies, chosen=None if is_whole else chosen),
        "chosen": "" if is_whole else chosen,
        "is_whole": is_whole,
        "now": clock.now(),
    }


def _groups(
    prospectus: events.Prospectus, tallies: Mapping[int | None, Tally], *, chosen: str | None
) -> Sequence[Group]:
    """Return who is listed by alliance: with all names, or with those of the chosen one only."""
    names: list[tuple[int | None, str, str]] = [
        *((each.id, each.code, each.name) for each in prospectus.alliances),
        (None, ALONE, _("Without an alliance")),
    ]
    members: defaultdict[int | None, list[Evacuee]] = defaultdict(list)
    for each in _people(prospectus.event, names, chosen):
        members[each.alliance_id].append(each)
    return [
        Group(alliance_id or 0, code, name, tallies[alliance_id], members[alliance_id])
        for alliance_id, code, name in names
        if alliance_id in tallies
    ]


def _people(
    event: Event, names: Sequence[tuple[int | None, str, str]], chosen: str | None
) -> Sequence[Evacuee]:
    since = event.evacuation_at
    if chosen is None:
        return evacuation.list_people(event.id, since=since)
    found = [alliance_id for alliance_id, code, _name in names if code == chosen]
    if not found:
        return ()
    return evacuation.list_people(event.id, since=since, alliance_id=found[0])


@blueprint.get("/<slug>/evacuation/start")
def ask_start(slug: str) -> ResponseReturnValue:
    """Ask once whether the house is to be evacuated."""
    return render_template("console/evacuation-ask.html", event=events.get_prospectus(slug).event)


@blueprint.post("/<slug>/evacuation/start")
def start(slug: str) -> ResponseReturnValue:
    """Begin: every device and every page of the console says so."""
    event_id = events.get_prospectus(slug).event.id
    with transaction():
        evacuation.start(event_id, actor=actor())
    return redirect(url_for("evacuation.show", slug=slug), 303)


@blueprint.get("/<slug>/evacuation/stop")
def ask_stop(slug: str) -> ResponseReturnValue:
    """Ask once whether it is over, and say who was not seen."""
    prospectus = events.get_prospectus(slug)
    context = _context(prospectus)
    return render_template("console/evacuation-ask.html", is_over=True, **context)


@blueprint.post("/<slug>/evacuation/stop")
def stop(slug: str) -> ResponseReturnValue:
    """End it; what was ticked stays among the scans."""
    event_id = events.get_prospectus(slug).event.id
    with transaction():
        evacuation.stop(event_id, actor=actor())
    flash(_("The evacuation is over. Who was ticked stays in the log."))
    return redirect(url_for("evacuation.show", slug=slug), 303)


@blueprint.post("/<slug>/evacuation/tick")
def tick(slug: str) -> ResponseReturnValue:
    """Note that a badge's person is ``safe``, or ``missed`` after all: the fields name a badge."""
    safe, missed = request.form.get("safe", ""), request.form.get("missed", "")
    with transaction():
        event = events.get_event(slug)
        if missed:
            evacuation.take_back(event, missed, actor=actor())
        else:
            evacuation.mark_safe(event, safe, actor=actor())
    chosen = request.args.get("alliance") or None
    page = url_for("evacuation.show", slug=slug, alliance=chosen)
    return redirect(f"{page}#person-{safe or missed}", 303)
