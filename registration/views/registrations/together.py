"""Register together: one contact, and people who all come or all wait."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from registration import clock
from registration.database import transaction
from registration.errors import QuotaExhausted, RegistrationClosed
from registration.forms import shortages
from registration.forms.members import digest
from registration.forms.parties import PartyForm
from registration.models.registrations import RegistrationState
from registration.queue import nudge
from registration.services import events, quotas, registrations
from registration.views.limits import limiter, register_rate
from registration.views.protection import csrf
from registration.views.registrations.form import closed, remember

blueprint = Blueprint("together", __name__)


@blueprint.get("/<slug>/register/together")
def ask(slug: str) -> ResponseReturnValue:
    """Show the form for two people, with a new key, or say since or until when it is closed."""
    prospectus = events.get_prospectus(slug)
    if not events.is_open(prospectus.event, clock.now()):
        return closed(prospectus)
    form = PartyForm(prospectus, None)
    form.renew_key()
    return _page(form)


@blueprint.post("/<slug>/register/together")
@limiter.limit(register_rate)
def register(slug: str) -> ResponseReturnValue:
    """Register all of them, or show the form again with what was entered."""
    prospectus = events.get_prospectus(slug)
    if not events.is_open(prospectus.event, clock.now()):
        return closed(prospectus)
    form = PartyForm(prospectus, request.form)
    unready = _unready(form)
    return _register(form, prospectus) if unready is None else unready


csrf.exempt(register)  # the form checks its own token, so that a stale one loses no input


def _unready(form: PartyForm) -> ResponseReturnValue | None:
    """Return the form again if it cannot be taken, or was sent to change the page only."""
    key_kept = form.keep_key()
    if "leaving" in request.form:
        form.follow_language(request.form["leaving"])
        return _page(form)
    if "more" in request.form:
        form.grow()
        return _page(form, grown=True)
    if not form.validate():
        return _page(form), 400 if form.is_stale else 422
    if not key_kept or _was_sent_for_others(form):
        form.renew_key()
        return _page(form, again=True), 422
    return None


def _register(form: PartyForm, prospectus: events.Prospectus) -> ResponseReturnValue:
    try:
        with transaction():
            receipts = registrations.register_or_wait(prospectus, form.wishes())
            if not form.wait.data and any(map(_waits_now, receipts)):
                raise QuotaExhausted  # which takes back their turn in the queue
    except QuotaExhausted:
        short = shortages.say(form, quotas.list_quotas(prospectus.event.id))
        return _page(form, full=short or _("No place is left for somebody of you")), 409
    except RegistrationClosed:
        return closed(prospectus)
    remember(prospectus.event, receipts, email=form.email.data, key=_mark(form))
    nudge("deliveries.send_due")
    return redirect(url_for("registrations.form.registered", slug=prospectus.event.slug), 303)


def _waits_now(receipt: registrations.Receipt) -> bool:
    return receipt.is_new and receipt.state == RegistrationState.WAITING


def _mark(form: PartyForm) -> str:
    """Return the form's key with what tells one party from another."""
    people = [
        f"{wish.person.given_name}\n{wish.person.family_name}\n{wish.person.email}"
        for wish in form.wishes()
    ]
    return f"{form.idempotency_key.data}:{digest(*people)}"


def _was_sent_for_others(form: PartyForm) -> bool:
    """Return whether this browser used the form's key for other people: by going back."""
    known: str = (session.get("registered") or {}).get("key", "")
    return known.startswith(f"{form.idempotency_key.data}:") and known != _mark(form)


def _page(form: PartyForm, *, full: str = "", again: bool = False, grown: bool = False) -> str:
    return render_template(
        "registrations/together.html",
        form=form,
        event=form.prospectus.event,
        token=generate_csrf(),
        full=full,
        again=again or form.is_stale,
        grown=grown,
    )
