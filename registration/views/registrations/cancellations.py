"""The attendee gives their place up, or their turn in the queue."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from registration.database import transaction
from registration.errors import ChangesClosed, TransitionRefused
from registration.models.registrations import Registration
from registration.queue import nudge
from registration.services import parties, registrations
from registration.views.registrations import link

blueprint = link.blueprint("cancellations")


@blueprint.get("/cancel")
def ask(token: str) -> ResponseReturnValue:
    """Ask whether the place shall really be given up."""
    return _page(registrations.get_by_link(token), token)


@blueprint.post("/cancel")
def cancel(token: str) -> ResponseReturnValue:
    """Give the place up; once given up, it stays so."""
    try:
        with transaction():
            registrations.cancel(registrations.get_by_link(token))
    except ChangesClosed:
        return _page(registrations.get_by_link(token), token)
    except TransitionRefused:
        return redirect(url_for("registrations.attendee.show", token=token), 303)
    nudge("deliveries.send_due")
    return redirect(url_for("registrations.attendee.show", token=token), 303)


def _page(registration: Registration, token: str) -> ResponseReturnValue:
    may_change = registrations.may_change(registration)
    with link.speaking(registration):
        page = render_template(
            "registrations/cancel.html",
            registration=registration,
            event=registration.event,
            token=token,
            may_change=may_change,
            companions=parties.count_companions(registration),
        )
    return page, 200 if may_change else 409
