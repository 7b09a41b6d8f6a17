"""One person of the delegation: see, correct, approve, decline, cancel, write to once more."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import Conflict
from registration.forms.coordinate import TheirCorrectionForm
from registration.forms.decisions import DeclineForm
from registration.models.registrations import Registration
from registration.queue import nudge
from registration.services import dossier, questions, registrations
from registration.views.accounts import actor, delegation
from registration.views.coordinate.surface import (
    load,
    may_change,
    may_decide,
    may_replace,
    page,
    part,
)
from registration.views.protection import csrf
from registration.views.registrations.telling import word_of

blueprint = part("people")

HERE = "/people/<uuid:registration_id>"


@blueprint.get(HERE)
def show(registration_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Show what a coordinator may know of one person, and what can be done."""
    return person_page(registration_id)


def person_page(registration_id: uuid.UUID, *, problem: str = "") -> str:
    """Return the page about one person, with what is to be said first."""
    registration = load(registration_id)
    entries = dossier.list_entries(registration)
    asked = delegation().prospectus.questions
    return page(
        "person.html",
        registration=registration,
        deliveries=dossier.list_deliveries(registration),
        entries=entries,
        actors=dossier.names_of(entry.actor for entry in entries),
        word_of=word_of,
        position=registrations.position(registration),
        successor=registrations.find_successor(registration),
        unanswered=questions.missing_of(registration, asked),
        may_decide=may_decide(registration),
        may_replace=may_replace(registration),
        may_change=may_change(registration),
        problem=problem,
    )


def act(
    registration_id: uuid.UUID,
    may: Callable[[Registration], bool],
    work: Callable[[Registration], object],
    done: str,
) -> ResponseReturnValue:
    """Do one thing to a person of this delegation; if it cannot be done now, show why not."""
    try:
        with transaction():
            registration = load(registration_id)
            if not may(registration):
                raise Conflict(state=registration.state)
            work(registration)
    except Conflict:
        return not_possible(registration_id)
    nudge("deliveries.send_due")
    flash(done)
    return redirect(url_for("coordinate.people.show", registration_id=registration_id), 303)


def not_possible(registration_id: uuid.UUID) -> ResponseReturnValue:
    """Return the page about one person, saying that what was asked is not possible now."""
    late = _("This is not possible, or not any more. Below is how the registration stands now.")
    return person_page(registration_id, problem=late), 409


@blueprint.post(f"{HERE}/approve")
def approve(registration_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Confirm a request in a role that coordinators decide on."""
    who = actor()
    done = _("Approved. The confirmation with the badge is on its way.")
    return act(registration_id, may_decide, lambda row: registrations.approve(row, actor=who), done)


@blueprint.route(f"{HERE}/decline", methods=["GET", "POST"])
def decline(registration_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Ask for the reason, then decline a request."""
    return _with_reason(
        "decline.html",
        registration_id,
        may=may_decide,
        work=registrations.decline,
        done=_("Declined. The place is free, and a mail says so."),
    )


@blueprint.route(f"{HERE}/cancel", methods=["GET", "POST"])
def cancel(registration_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Ask for the reason, then cancel: the badge stops and the place is free."""
    return _with_reason(
        "cancel.html",
        registration_id,
        may=may_change,
        work=registrations.cancel,
        done=_("Cancelled. The badge has stopped, the place is free, and a mail says so."),
    )


def _with_reason(
    template: str,
    registration_id: uuid.UUID,
    *,
    may: Callable[[Registration], bool],
    work: Callable[..., object],
    done: str,
) -> ResponseReturnValue:
    """Ask for the reason in this template; once it is told, do the work, which takes it."""
    form = DeclineForm()
    if form.validate_on_submit():
        said = {"reason": form.reason.data or "", "actor": actor()}
        return act(registration_id, may, lambda row: work(row, **said), done)
    return _question(template, registration_id, may, form=form)


def _question(
    template: str, registration_id: uuid.UUID, may: Callable[[Registration], bool], **more: Any
) -> ResponseReturnValue:
    registration = load(registration_id)
    if not may(registration):
        return not_possible(registration_id)
    form = more["form"]
    return page(template, registration=registration, **more), 422 if form.errors else 200


@blueprint.post(f"{HERE}/resend")
def resend(registration_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Send the mail that tells the present state once more."""
    who = actor()
    done = _("The mail is on its way once more.")
    return act(
        registration_id,
        lambda _registration: True,
        lambda row: registrations.resend(row, actor=who),
        done,
    )


@blueprint.get(f"{HERE}/edit")
def edit(registration_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Show what a coordinator can correct."""
    registration = load(registration_id)
    if not may_change(registration):
        return not_possible(registration_id)
    form = TheirCorrectionForm(registration, formdata=None)
    form.offer(delegation().prospectus)
    return page("edit.html", registration=registration, form=form)


@blueprint.post(f"{HERE}/edit")
def correct(registration_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Take over the corrections, or show the form again with them."""
    registration = load(registration_id)
    form = TheirCorrectionForm(registration, formdata=request.form)
    form.offer(delegation().prospectus)
    if not form.validate():
        shown = page("edit.html", registration=registration, form=form, again=form.is_stale)
        return shown, 400 if form.is_stale else 422
    who = actor()
    done = _("The changes are saved. If there were any, a mail tells the person.")
    return act(
        registration_id,
        may_change,
        lambda row: registrations.correct(row, form.person(), actor=who),
        done,
    )


csrf.exempt(correct)  # the form checks its own token, so that a stale one loses no input
