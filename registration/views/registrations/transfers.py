"""The attendee lets a colleague of the same alliance come in their place."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock
from registration.database import transaction
from registration.errors import ChangesClosed, Duplicate, TransitionRefused
from registration.forms.people import TransferForm
from registration.models.registrations import Registration
from registration.queue import nudge
from registration.services import registrations, transfers
from registration.views.protection import csrf
from registration.views.registrations import link

blueprint = link.blueprint("transfers")


@blueprint.get("/transfer")
def ask(token: str) -> ResponseReturnValue:
    """Ask for the colleague's name and address, or say why this is not possible."""
    registration = registrations.get_by_link(token)
    with link.speaking(registration):
        form = TransferForm(formdata=None, data={"locale": registration.locale})
        form.offer()
        form.renew_key()
        return _page(registration, form, token)


@blueprint.post("/transfer")
def transfer(token: str) -> ResponseReturnValue:
    """Hand the place over, or show the form again with what was entered."""
    registration = registrations.get_by_link(token)
    with link.speaking(registration):
        form = TransferForm(formdata=request.form)
        form.offer()
        form.keep_key()
        if registrations.find_successor(registration) is not None:
            return redirect(url_for("registrations.attendee.show", token=token), 303)
        if "leaving" in request.form or not form.validate():
            return _page(registration, form, token)
        return _transfer(form, token)


csrf.exempt(transfer)  # the form checks its own token, so that a stale one loses no input


def _transfer(form: TransferForm, token: str) -> ResponseReturnValue:
    try:
        with transaction():
            transfers.transfer(
                registrations.get_by_link(token),
                form.person(),
                idempotency_key=form.idempotency_key.data,
            )
    except Duplicate:
        form.email.errors = [_("At this event each person needs a mail address of their own.")]
        return _page(registrations.get_by_link(token), form, token)
    except (ChangesClosed, TransitionRefused):
        return _page(registrations.get_by_link(token), form, token)
    nudge("deliveries.send_due")
    return redirect(url_for("registrations.attendee.show", token=token), 303)


def _page(registration: Registration, form: TransferForm, token: str) -> ResponseReturnValue:
    may_transfer = transfers.may_transfer(registration)
    page = render_template(
        "registrations/transfer.html",
        registration=registration,
        event=registration.event,
        form=form,
        token=token,
        may_transfer=may_transfer,
        approved_anew=transfers.is_approved_anew(registration),
        again=form.is_stale,
        now=clock.now(),
    )
    if not may_transfer:
        return page, 409
    return page, (400 if form.is_stale else 422 if form.errors else 200)
