"""The overview of one event: how it stands, and what to do next."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from registration import clock
from registration.models.accounts import AccountRole
from registration.services import events, matrix, overview
from registration.services.gates import presence
from registration.views.accounts import guard
from registration.views.deliveries import mail_accounts

blueprint = Blueprint("overview", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.get("/<slug>/")
def show(slug: str) -> ResponseReturnValue:
    """Show the counts of one event, and what waits for a decision."""
    event = events.get_prospectus(slug).event
    deliveries = overview.count_deliveries(event.id)
    return render_template(
        "console/overview.html",
        event=event,
        states=overview.count_states(event.id),
        deliveries=deliveries,
        **mail_accounts(),
        failed=overview.list_failed(event.id) if deliveries["failed"] else (),
        devices=overview.count_devices(event.id),
        total=matrix.load(event.id).cell(None, None),
        arrivals=presence.count(event.id),
        is_open=events.is_open(event, clock.now()),
    )
