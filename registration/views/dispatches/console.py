"""Lists for others in the console: plan them, see what became of them, take them back."""

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock
from registration.database import transaction
from registration.errors import Conflict, Invalid
from registration.forms.dispatches import DispatchForm, rosters
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.queue import nudge
from registration.services import dispatches, dossier, events
from registration.views.accounts import actor, guard, signed_in

blueprint = Blueprint("dispatches", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.get("/<slug>/dispatches")
def list_dispatches(slug: str) -> ResponseReturnValue:
    """Show what is planned, and what was sent."""
    event = events.get_prospectus(slug).event
    return render_template(
        "dispatches/list.html",
        event=event,
        dispatches=dispatches.list_all(event.id),
        titles=_titles(event),
    )


def _titles(event: Event) -> dict[str, str]:
    """Return what each list is called, by how a dispatch names it."""
    return {choice.code: choice.title for choice in rosters(event)}


@blueprint.route("/<slug>/dispatches/new", methods=["GET", "POST"])
def add(slug: str) -> ResponseReturnValue:
    """Plan one; the password of attachments is shown now, and never again."""
    event = events.get_prospectus(slug).event
    form = DispatchForm(event)
    account = signed_in()
    if form.validate_on_submit():
        try:
            with transaction():
                dispatch, password = dispatches.plan(
                    event, form.plan(), account_id=account.id if account else None
                )
                dispatch_id = dispatch.id
        except Invalid as error:
            form.blame(error)
        else:
            nudge("dispatches.send_due")
            if password:
                return _page(event, dispatch_id, password=password)
            flash(_("The list is planned."))
            return redirect(_address(slug, dispatch_id), 303)
    page = render_template("dispatches/new.html", event=event, form=form)
    return page, 422 if form.errors else 200


def _address(slug: str, dispatch_id: uuid.UUID) -> str:
    return url_for("dispatches.show", slug=slug, dispatch_id=dispatch_id)


@blueprint.get("/<slug>/dispatches/<uuid:dispatch_id>")
def show(slug: str, dispatch_id: uuid.UUID) -> ResponseReturnValue:
    """Show one: its state, its mails, and who did what."""
    return _page(events.get_prospectus(slug).event, dispatch_id)


def _page(event: Event, dispatch_id: uuid.UUID, *, password: str = "") -> str:
    dispatch = dispatches.get(dispatch_id, event_id=event.id)
    history = dispatches.list_history(dispatch.id)
    return render_template(
        "dispatches/show.html",
        event=event,
        dispatch=dispatch,
        titles=_titles(event),
        mails=dispatches.list_mails(dispatch.id),
        history=history,
        names=dossier.names_of(entry.actor for entry in history),
        password=password,
        is_over=dispatch.expires_at <= clock.now(),
    )


@blueprint.post("/<slug>/dispatches/<uuid:dispatch_id>/cancel")
def cancel(slug: str, dispatch_id: uuid.UUID) -> ResponseReturnValue:
    """Take one back."""
    done = _("The list is taken back; its link opens nothing any more.")
    return _act(slug, dispatch_id, dispatches.cancel, done=done)


@blueprint.post("/<slug>/dispatches/<uuid:dispatch_id>/now")
def send_now(slug: str, dispatch_id: uuid.UUID) -> ResponseReturnValue:
    """Send a planned one at once."""
    return _act(slug, dispatch_id, dispatches.send_now, done=_("The list is being sent."))


@blueprint.post("/<slug>/dispatches/<uuid:dispatch_id>/again")
def send_again(slug: str, dispatch_id: uuid.UUID) -> ResponseReturnValue:
    """Send one that was sent once more."""
    return _act(slug, dispatch_id, dispatches.send_again, done=_("The mail is sent once more."))


@blueprint.post("/<slug>/dispatches/<uuid:dispatch_id>/password")
def renew_password(slug: str, dispatch_id: uuid.UUID) -> ResponseReturnValue:
    """Make another password for what is attached from now on, and show it."""
    event = events.get_prospectus(slug).event
    try:
        with transaction():
            password = dispatches.renew_password(
                dispatches.get(dispatch_id, event_id=event.id), actor=actor()
            )
    except Conflict:
        _say_over()
        return redirect(_address(slug, dispatch_id), 303)
    return _page(event, dispatch_id, password=password)


def _act(
    slug: str, dispatch_id: uuid.UUID, work: Callable[..., None], *, done: str
) -> ResponseReturnValue:
    """Do one thing to a dispatch, and go back to its page; say there if it cannot be done."""
    event = events.get_prospectus(slug).event
    who = actor()
    try:
        with transaction():
            work(dispatches.get(dispatch_id, event_id=event.id), actor=who)
    except Conflict:
        _say_over()
    else:
        nudge("dispatches.send_due")
        nudge("deliveries.send_due")
        flash(done)
    return redirect(_address(slug, dispatch_id), 303)


def _say_over() -> None:
    flash(_("Nothing was changed: this list was sent, taken back or is over by now."), "attention")
