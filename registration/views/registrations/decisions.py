"""Several requests decided at once."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from registration.database import transaction
from registration.errors import Invalid, TransitionRefused
from registration.forms.decisions import DeclineForm
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.registrations import Registration, RegistrationState
from registration.queue import nudge
from registration.services import dossier, events, registrations
from registration.views.accounts import actor, guard
from registration.views.registrations.console import load

blueprint = Blueprint("decisions", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

MOST_AT_ONCE = 200
DECIDABLE = {
    "approve": frozenset({RegistrationState.REQUESTED}),
    "decline": frozenset({RegistrationState.REQUESTED, RegistrationState.WAITING}),
}
"""Where a registration must stand for each decision; who waits has no place to be given."""
IN_ONE_TRANSACTION = 20
"""So many decisions share a transaction: registrations and scans get their turn in between."""


@blueprint.post("/<slug>/registrations/decide")
def decide(slug: str) -> ResponseReturnValue:
    """Approve or decline several requests: ask first, naming them, then do it."""
    event = events.get_prospectus(slug).event
    decision = request.form.get("decision", "")
    if decision not in DECIDABLE:
        raise Invalid(fields={"decision": "unknown"})
    ids = _marked()
    form = DeclineForm()
    if request.form.get("sure") and ids and form.validate():
        _decide_all(event, ids, decision, form.reason.data or "")
        return redirect(url_for("registrations_console.list_registrations", slug=slug), 303)
    page = render_template(
        "console/decide.html",
        event=event,
        form=form,
        decision=decision,
        requests=dossier.list_requests(event.id, ids, states=DECIDABLE[decision]),
        marked=len(ids),
    )
    return page, 422 if request.form.get("sure") and form.errors else 200


def _marked() -> list[uuid.UUID]:
    """Return the ids of the rows that were marked, each once; what is no id is left out."""
    found: dict[uuid.UUID, None] = {}
    for text in request.form.getlist("id")[:MOST_AT_ONCE]:
        try:
            found[uuid.UUID(text)] = None
        except ValueError:
            continue
    return list(found)


def _decide_all(event: Event, ids: list[uuid.UUID], decision: str, reason: str) -> None:
    who = actor()
    decided = 0
    for start in range(0, len(ids), IN_ONE_TRANSACTION):
        with transaction():
            for registration_id in ids[start : start + IN_ONE_TRANSACTION]:
                decided += _decide_one(load(event, registration_id), decision, reason, who)
    nudge("deliveries.send_due")
    late = len(ids) - decided
    if decision == "approve":
        flash(ngettext("%(num)s request approved.", "%(num)s requests approved.", decided))
    else:
        flash(ngettext("%(num)s request declined.", "%(num)s requests declined.", decided))
    if late:
        flash(
            ngettext(
                "%(num)s had been decided in the meantime and was left as it is.",
                "%(num)s had been decided in the meantime and were left as they are.",
                late,
            ),
            "attention",
        )


def _decide_one(registration: Registration, decision: str, reason: str, who: str) -> bool:
    """Decide one request; return False if somebody was faster, with nothing written."""
    try:
        if decision == "approve":
            registrations.approve(registration, actor=who)
        else:
            registrations.decline(registration, reason=reason, actor=who)
    except TransitionRefused:
        return False
    return True
