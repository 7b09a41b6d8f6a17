"""The console's evacuation: one tap to the list of who is inside, ticked off as they are seen."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock
from registration.database import transaction
from registration.models.accounts import AccountRole
from registration.services import events
from registration.services.gates import arrivals, evacuation
from registration.services.gates.evacuation import Evacuee
from registration.views.accounts import actor, guard
from registration.views.gates import live

blueprint = Blueprint("evacuation", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER, AccountRole.STAFF)


@blueprint.get("/<slug>/evacuation")
def show(slug: str) -> ResponseReturnValue:
    """Show who is inside by alliance, and during an evacuation who is still looked for."""
    prospectus = events.get_prospectus(slug)
    event = prospectus.event
    version = f"{event.revision}/{arrivals.version_of(event.id)}"
    return live.show("evacuation", version=version, context=lambda: (version, _context(prospectus)))


def _context(prospectus: events.Prospectus) -> Mapping[str, Any]:
    event = prospectus.event
    people = evacuation.list_people(event.id, since=event.evacuation_at)
    groups: defaultdict[int | None, list[Evacuee]] = defaultdict(list)
    for each in people:
        groups[each.alliance_id].append(each)
    names = [(each.id, each.name) for each in prospectus.alliances]
    return {
        "event": event,
        "people": people,
        "left": sum(not each.is_out for each in people),
        "groups": [
            (alliance_id, name, groups[alliance_id])
            for alliance_id, name in (*names, (None, _("Without an alliance")))
            if alliance_id in groups
        ],
        "now": clock.now(),
    }


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
    return redirect(url_for("evacuation.show", slug=slug) + f"#person-{safe or missed}", 303)
