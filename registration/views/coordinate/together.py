"""Name several people of the alliance who come together or not at all."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from registration.errors import Duplicate, QuotaExhausted
from registration.forms.coordinate import TogetherForm
from registration.models.events import Promotion
from registration.models.registrations import RegistrationState
from registration.views.accounts import delegation
from registration.views.coordinate.nominations import name_all, room, say_taken, too_late
from registration.views.coordinate.surface import page, part
from registration.views.protection import csrf

blueprint = part("together")


@blueprint.get("/nominate/together")
def ask(**_place: str) -> ResponseReturnValue:
    """Show the form for several people, or since when it is too late."""
    if refused := too_late():
        return refused
    form = TogetherForm(None, data={"email": delegation().alliance.office_email})
    form.renew_key()
    return _form_page(form)


@blueprint.post("/nominate/together")
def nominate(**_place: str) -> ResponseReturnValue:
    """Name all of them or none; if not all have a place, offer to put all on the waiting list."""
    if refused := too_late():
        return refused
    form = TogetherForm(request.form)
    form.offer_roles(delegation().prospectus, {})
    key_kept = form.keep_key()
    if "more" in request.form:
        form.grow()
        return _form_page(form, grown=True)
    if not form.validate() or not key_kept:
        shown = _form_page(form, again=form.is_stale or not key_kept)
        return shown, 400 if form.is_stale else 422
    try:
        receipts = name_all(form, may_wait="wait" in request.form)
    except QuotaExhausted:
        return _form_page(form, full=True), 409
    except Duplicate:
        return _form_page(form, problem=say_taken()), 409
    if receipts[0].state == RegistrationState.WAITING:
        flash(
            ngettext(
                "%(num)s person waits for a place now; a mail tells them.",
                "%(num)s people wait for places together now; a mail tells each of them.",
                len(receipts),
            )
        )
    else:
        flash(
            ngettext(
                "%(num)s person has a place. The mail with the badge is on its way.",
                "%(num)s people have places. The mails with the badges are on their way.",
                len(receipts),
            )
        )
    return redirect(url_for("coordinate.delegation.show", _anchor="people"), 303)


csrf.exempt(nominate)  # the form checks its own token, so that a stale one loses no input


def _form_page(form: TogetherForm, **said: object) -> str:
    """Return the form; ``again``, ``full``, ``grown`` and ``problem`` are said about it."""
    prospectus = delegation().prospectus
    form.offer_roles(prospectus, room())
    return page(
        "together.html",
        form=form,
        **said,
        may_wait=prospectus.event.promotion != Promotion.NONE,
    )
