"""The public form: ask for a place, and be told where to look."""

import secrets
import uuid
from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from registration import clock, languages
from registration.database import db, transaction
from registration.errors import QuotaExhausted, RegistrationClosed
from registration.forms.registrations import RegistrationForm
from registration.models.events import Event, Promotion
from registration.models.quotas import Quota
from registration.models.registrations import RegistrationState
from registration.queue import nudge
from registration.services import events, quotas, registrations
from registration.views.events import phase_of, places_of
from registration.views.limits import limiter, register_rate
from registration.views.protection import csrf
from registration.views.registrations import answers

blueprint = Blueprint("form", __name__)


HARDEST_FIRST = (RegistrationState.WAITING, RegistrationState.REQUESTED)

TOKEN_MARK, KEY_MARK = secrets.token_hex(16), secrets.token_hex(16)
"""What stands in a blank form where each reader gets a token and a key of their own."""

_blanks: dict[tuple[uuid.UUID, str, frozenset[int]], tuple[int, str]] = {}


@blueprint.get("/<slug>/register")
def ask(slug: str) -> ResponseReturnValue:
    """Show the form, with a new key, or say since or until when it is closed."""
    prospectus = events.get_prospectus(slug)
    if not events.is_open(prospectus.event, clock.now()):
        return closed(prospectus)
    blank = _blank(prospectus, _full_roles(prospectus))
    return blank.replace(TOKEN_MARK, generate_csrf(), 1).replace(KEY_MARK, uuid.uuid4().hex, 1)


def _full_roles(prospectus: events.Prospectus) -> frozenset[int]:
    left = quotas.places_left(prospectus.event.id)
    return frozenset(each.role.id for each in places_of(prospectus, left) if each.left == 0)


def _blank(prospectus: events.Prospectus, full_roles: frozenset[int]) -> str:
    """Return the empty form, drawn once for each revision, language and set of full roles.

    Drawing it takes five times as long as all the rest of a request.
    """
    event = prospectus.event
    place = (event.id, languages.current(), full_roles)
    revision, page = _blanks.get(place, (0, ""))
    if revision != event.revision:
        form = RegistrationForm(formdata=None, meta={"csrf": False})
        form.offer(prospectus, full_roles=full_roles)
        answers.ask_blank(form, prospectus)
        form.idempotency_key.data = KEY_MARK
        page = _draw(form, event, token=TOKEN_MARK)
        _blanks[place] = (event.revision, page)
    return page


@blueprint.post("/<slug>/register")
@limiter.limit(register_rate)
def register(slug: str) -> ResponseReturnValue:
    """Register the person, or show the form again with what they entered."""
    prospectus = events.get_prospectus(slug)
    if not events.is_open(prospectus.event, clock.now()):
        return closed(prospectus)
    answers.allow_files(prospectus)
    form = RegistrationForm(formdata=request.form)
    form.offer(prospectus)
    answers.ask_sent(form, prospectus)
    unready = _unready(form, prospectus)
    if unready is not None:
        return unready
    try:
        _register(form, prospectus)
    except QuotaExhausted as error:
        return _page(form, prospectus, full=_say_what_is_full(form, error)), 409
    except RegistrationClosed:
        return closed(prospectus)
    return redirect(url_for("registrations.form.registered", slug=slug), 303)


csrf.exempt(register)  # the form checks its own token, so that a stale one loses no input


def _unready(form: RegistrationForm, prospectus: events.Prospectus) -> ResponseReturnValue | None:
    """Return the form again if it cannot be taken, or was sent to change the language only."""
    key_kept = form.keep_key()
    if "leaving" in request.form:
        form.follow_language(request.form["leaving"])
        return _page(form, prospectus)
    if not form.validate():
        return _page(form, prospectus), 400 if form.is_stale else 422
    if not key_kept or _was_sent_for_another(form):
        form.renew_key()
        return _page(form, prospectus, again=True), 422
    return None


def _was_sent_for_another(form: RegistrationForm) -> bool:
    """Return whether this browser used the form's key for another address: by going back."""
    told = session.get("registered") or {}
    same_form = told.get("key") == form.idempotency_key.data
    return same_form and told["email"] != form.email.data


def _wants_to_wait() -> bool:
    return request.form.get("wait") == "yes"


def _register(form: RegistrationForm, prospectus: events.Prospectus) -> None:
    wish = form.wish()
    with transaction():
        if _wants_to_wait():
            receipts = registrations.register_or_wait(prospectus, [wish])
        else:
            receipts = (
                registrations.register(
                    prospectus,
                    wish.person,
                    role=wish.role,
                    alliance_id=wish.alliance_id,
                    idempotency_key=wish.idempotency_key,
                ),
            )
        answers.store(form, receipts[0])
    remember(prospectus.event, receipts, email=wish.person.email, key=wish.idempotency_key)
    nudge("deliveries.send_due")


def remember(
    event: Event, receipts: Sequence[registrations.Receipt], *, email: str, key: str
) -> None:
    """Note for the page after what has become of the form, and to whom its mail goes.

    Of several people, the state is that of whoever has it hardest: waiting before requested.
    """
    states = {receipt.state for receipt in receipts}
    session["registered"] = {
        "event": event.slug,
        "email": email,
        "people": len(receipts),
        "state": next((state for state in HARDEST_FIRST if state in states), "confirmed"),
        "key": key,
    }


def _say_what_is_full(form: RegistrationForm, error: QuotaExhausted) -> str:
    """Return in words that nothing is free, and say at the field that could change it what is."""
    of_alliance, of_role = db.session.execute(
        select(Quota.alliance_id, Quota.role_id).where(Quota.id == error.details["quota_id"])
    ).one_or_none() or (None, None)
    role = form.prospectus.find_role(form.role.data)
    alliance = form.prospectus.find_alliance(form.alliance.data)
    names = {
        "role": languages.in_language(role.title) if role else "",
        "alliance": alliance.name if alliance else "",
    }
    if of_alliance and of_role:
        form.role.errors = [_("All places of %(alliance)s for “%(role)s” are taken.", **names)]
    elif of_alliance:
        form.alliance.errors = [_("All places of %(alliance)s are taken.", **names)]
    elif of_role:
        form.role.errors = [_("All places for “%(role)s” are taken.", **names)]
    else:
        return str(_("All places of this event are taken"))
    return str(_("No place is left for this choice"))


def _page(
    form: RegistrationForm, prospectus: events.Prospectus, *, full: str = "", again: bool = False
) -> str:
    """Return the form with what was entered and what is to be said about it."""
    form.offer(prospectus, full_roles=_full_roles(prospectus))
    form.say_that_files_are_lost()
    again = again or form.is_stale
    return _draw(form, prospectus.event, token=generate_csrf(), full=full, again=again)


def _draw(
    form: RegistrationForm, event: Event, *, token: str, full: str = "", again: bool = False
) -> str:
    return render_template(
        "registrations/form.html",
        form=form,
        event=event,
        token=token,
        full=full,
        again=again,
        may_wait=event.promotion != Promotion.NONE and bool(full or _wants_to_wait()),
    )


def closed(prospectus: events.Prospectus) -> ResponseReturnValue:
    """Return the page that says since or until when nobody can register."""
    event = prospectus.event
    phase = phase_of(event, clock.now())
    return render_template("registrations/closed.html", event=event, phase=phase), 409


@blueprint.get("/<slug>/registered")
def registered(slug: str) -> ResponseReturnValue:
    """Say that a mail is on its way; to whom, only to the browser that registered."""
    prospectus = events.get_prospectus(slug)
    told = session.get("registered") or {}
    return render_template(
        "registrations/registered.html",
        event=prospectus.event,
        told=told if told.get("event") == slug else None,
    )
