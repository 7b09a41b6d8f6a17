"""Send somebody else in a person's place."""

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import Conflict, Duplicate
from registration.forms.coordinate import SuccessorForm
from registration.models.registrations import Registration, Source
from registration.queue import nudge
from registration.services import registrations
from registration.services.registrations import Receipt
from registration.views.accounts import delegation
from registration.views.coordinate.nominations import on_their_behalf, say_taken
from registration.views.coordinate.people import HERE, not_possible
from registration.views.coordinate.surface import load, may_replace, page, part
from registration.views.protection import csrf

blueprint = part("succession")


@blueprint.get(f"{HERE}/replace")
def ask(registration_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Ask who comes instead, and say what becomes of the two badges."""
    registration = load(registration_id)
    if not may_replace(registration):
        return not_possible(registration_id)
    here = delegation()
    told = {"email": here.alliance.office_email, "organisation": registration.organisation}
    form = SuccessorForm(formdata=None, data=told)
    form.offer(here.prospectus)
    form.renew_key()
    return _form_page(registration, form)


@blueprint.post(f"{HERE}/replace")
def replace(registration_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Let the other person have the place: the old badge stops, the new one is mailed."""
    registration = load(registration_id)
    form = SuccessorForm(formdata=request.form)
    form.offer(delegation().prospectus)
    key_kept = form.keep_key()
    if not form.validate() or not key_kept:
        shown = _form_page(registration, form, again=form.is_stale or not key_kept)
        return shown, 400 if form.is_stale else 422
    name = registration.full_name
    try:
        receipt = _replace(registration_id, form)
    except Duplicate:
        form.email.errors = [say_taken()]
        return _form_page(load(registration_id), form), 409
    except Conflict:
        return not_possible(registration_id)
    nudge("deliveries.send_due")
    flash(
        _(
            "%(old)s no longer comes: that badge has stopped. The new badge is on its way.",
            old=name,
        )
    )
    successor = receipt.registration_id
    return redirect(url_for("coordinate.people.show", registration_id=successor), 303)


csrf.exempt(replace)  # the form checks its own token, so that a stale one loses no input


def _replace(registration_id: uuid.UUID, form: SuccessorForm) -> Receipt:
    key = form.idempotency_key.data
    with transaction():
        registration = load(registration_id)
        if not may_replace(registration) and registrations.find_by_key(key) is None:
            raise Conflict(state=registration.state)
        receipt = registrations.replace(
            registration,
            form.person(),
            idempotency_key=key,
            terms=on_their_behalf(source=Source.TRANSFER),
        )
        load(receipt.registration_id)
    return receipt


def _form_page(registration: Registration, form: SuccessorForm, *, again: bool = False) -> str:
    return page("replace.html", registration=registration, form=form, again=again)
