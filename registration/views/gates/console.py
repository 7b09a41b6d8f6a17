"""The console's view of the door: arrivals as they happen, and who of an alliance is missing."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from registration import clock
from registration.errors import NotFound
from registration.models.accounts import AccountRole
from registration.models.alliances import Alliance
from registration.services import events
from registration.services.gates import absences, arrivals, devices, timeline
from registration.views.accounts import guard
from registration.views.gates import charts, live

blueprint = Blueprint("arrivals", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER, AccountRole.STAFF)

LATELY = timedelta(minutes=10)
ALONE = "-"
"""Stands in an address for the people without an alliance."""
MOST_NAMES = 1000
"""Of one alliance; a longer list is a file's job."""


@blueprint.get("/<slug>/arrivals")
def show(slug: str) -> ResponseReturnValue:
    """Show who has come; ``?fragment=1`` returns only what changes, if it has."""
    prospectus = events.get_prospectus(slug)
    event_id = prospectus.event.id
    return live.show(
        "arrivals", version=arrivals.version_of(event_id), context=lambda: _arrivals(prospectus)
    )


def _arrivals(prospectus: events.Prospectus) -> tuple[str, Mapping[str, Any]]:
    event, now = prospectus.event, clock.now()
    counted = arrivals.count(event.id)
    line = timeline.arrange(counted.by_minute, event, now=now)
    return counted.version, {
        "event": event,
        "prospectus": prospectus,
        "arrivals": counted,
        "timeline": line,
        "chart": charts.draw(line, expected=counted.total.expected),
        "words": charts.words(line, event.zone),
        "lately": now - LATELY,
        "passages": arrivals.latest(event.id),
        "gates": devices.gate_names(event.id),
        "now": now,
    }


@blueprint.get("/<slug>/arrivals/<code>")
def show_alliance(slug: str, code: str) -> ResponseReturnValue:
    """Show who of an alliance is missing, inside and gone."""
    prospectus = events.get_prospectus(slug)
    alliance = _alliance(prospectus, code)
    event = prospectus.event
    version = arrivals.version_of(event.id)

    def context() -> tuple[str, Mapping[str, Any]]:
        attendance = absences.attendance(event.id, alliance.id if alliance else None)
        return version, {
            "event": event,
            "alliance": alliance,
            "code": code,
            "attendance": attendance,
            "most": MOST_NAMES,
            "gates": devices.gate_names(event.id),
            "now": clock.now(),
        }

    return live.show("arrivals-alliance", version=version, context=context)


def _alliance(prospectus: events.Prospectus, code: str) -> Alliance | None:
    alliance = prospectus.find_alliance(code)
    if alliance is None and code != ALONE:
        raise NotFound(noun="alliance", name=code)
    return alliance
