"""Several requests decided at once by the alliance's coordinator."""

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from registration.database import transaction
from registration.errors import Invalid, TransitionRefused
from registration.forms.decisions import DeclineForm
from registration.models.registrations import Registration
from registration.queue import nudge
from registration.services import dossier, registrations
from registration.views.accounts import actor, delegation
from registration.views.coordinate.surface import load, may_decide, page, part

blueprint = part("decisions")

MOST_AT_ONCE = 200
IN_ONE_TRANSACTION = 20
"""So many decisions share a transaction: registrations and scans get their turn in between."""


@blueprint.post("/people/decide")
def decide(**_place: str) -> ResponseReturnValue:
    """Approve or decline several requests: ask first, naming them, then do it."""
    decision = request.form.get("decision", "")
    if decision not in {"approve", "decline"}:
        raise Invalid(fields={"decision": "unknown"})
    ids = _marked()
    form = DeclineForm()
    if request.form.get("sure") and ids and form.validate():
        _decide_all(ids, decision, form.reason.data or "")
        return redirect(url_for("coordinate.delegation.show"), 303)
    shown = page(
        "decide.html", form=form, decision=decision, requests=_decidable(ids), marked=len(ids)
    )
    return shown, 422 if request.form.get("sure") and form.errors else 200


def _marked() -> list[uuid.UUID]:
    """Return the ids of the rows that were marked, each once; what is no id is left out."""
    found: dict[uuid.UUID, None] = {}
    for text in request.form.getlist("id")[:MOST_AT_ONCE]:
        try:
            found[uuid.UUID(text)] = None
        except ValueError:
            continue
    return list(found)


def _decidable(ids: list[uuid.UUID]) -> list[Registration]:
    """Return the people of this delegation, of those marked, whom the coordinator decides on."""
    here = delegation()
    requests = dossier.list_requests(here.prospectus.event.id, ids)
    return [row for row in requests if row.alliance_id == here.alliance.id and may_decide(row)]


def _decide_all(ids: list[uuid.UUID], decision: str, reason: str) -> None:
    who = actor()
    decided = 0
    for start in range(0, len(ids), IN_ONE_TRANSACTION):
        with transaction():
            for registration_id in ids[start : start + IN_ONE_TRANSACTION]:
                decided += _decide_one(load(registration_id), decision, reason, who)
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
    """Decide one request; return False if it is not the coordinator's to decide now."""
    if not may_decide(registration):
        return False
    try:
        if decision == "approve":
            registrations.approve(registration, actor=who)
        else:
            registrations.decline(registration, reason=reason, actor=who)
    except TransitionRefused:
        return False
    return True
