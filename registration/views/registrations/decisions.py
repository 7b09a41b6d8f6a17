"""Several requests decided at once by the organisers."""

from functools import partial

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from registration.models.accounts import AccountRole
from registration.models.registrations import RegistrationState
from registration.services import dossier, events
from registration.views.accounts import guard
from registration.views.registrations.bulk import Decider
from registration.views.registrations.console import load

blueprint = Blueprint("decisions", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

DECIDABLE = {
    "approve": frozenset({RegistrationState.REQUESTED}),
    "decline": frozenset({RegistrationState.REQUESTED, RegistrationState.WAITING}),
}
"""Where a registration must stand for each decision; who waits has no place to be given."""


@blueprint.post("/<slug>/registrations/decide")
def decide(slug: str) -> ResponseReturnValue:
    """Approve or decline several requests: ask first, naming them, then do it."""
    event = events.get_prospectus(slug).event
    people = partial(url_for, "registrations_console.list_registrations", slug=slug)
    return Decider(
        page=partial(
            render_template,
            layout="layouts/console.html",
            event=event,
            back=people(state="requested"),
        ),
        find=lambda ids, decision: dossier.list_requests(event.id, ids, states=DECIDABLE[decision]),
        load=partial(load, event),
        may=lambda _registration: True,
        done=people(),
    ).answer()
