"""Name people of the alliance on their behalf: one by one here, several in `together`."""

from collections.abc import Mapping, Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from registration.database import transaction
from registration.errors import Duplicate, QuotaExhausted
from registration.forms.coordinate import NominationForm, TogetherForm, nominated_roles
from registration.models.events import Promotion
from registration.models.registrations import RegistrationState, Source
from registration.queue import nudge
from registration.services import audit, matrix, registrations
from registration.services.registrations import Receipt, Terms
from registration.views.accounts import actor, delegation
from registration.views.coordinate.surface import may_nominate, page, part
from registration.views.protection import csrf

blueprint = part("nominations")


@blueprint.get("/nominate")
def ask(**_place: str) -> ResponseReturnValue:
    """Show the form for one person, or since when it is too late."""
    if refused := too_late():
        return refused
    here = delegation()
    form = NominationForm(formdata=None, data={"email": here.alliance.office_email})
    form.renew_key()
    return _form_page(form)


@blueprint.post("/nominate")
def nominate(**_place: str) -> ResponseReturnValue:
    """Name one person; if all places are taken, offer to put them on the waiting list."""
    if refused := too_late():
        return refused
    form = NominationForm(formdata=request.form)
    form.offer_roles(delegation().prospectus, {})
    key_kept = form.keep_key()
    if not form.validate() or not key_kept:
        shown = _form_page(form, again=form.is_stale or not key_kept)
        return shown, 400 if form.is_stale else 422
    try:
        receipts = name_all(form, may_wait="wait" in request.form)
    except QuotaExhausted:
        return _form_page(form, full=True), 409
    except Duplicate:
        form.email.errors = [say_taken()]
        return _form_page(form), 409
    waits = receipts[0].state == RegistrationState.WAITING
    told = {"name": form.person().given_name, "email": form.email.data}
    flash(
        _("%(name)s waits for a place now. A mail about it goes to %(email)s.", **told)
        if waits
        else _("%(name)s has a place. The mail with the badge goes to %(email)s.", **told)
    )
    person = receipts[0].registration_id
    return redirect(url_for("coordinate.people.show", registration_id=person), 303)


csrf.exempt(nominate)  # the form checks its own token, so that a stale one loses no input


def _form_page(form: NominationForm, *, again: bool = False, full: bool = False) -> str:
    prospectus = delegation().prospectus
    form.offer_roles(prospectus, room())
    return page(
        "nominate.html",
        form=form,
        again=again,
        full=full,
        may_wait=prospectus.event.promotion != Promotion.NONE,
    )


def too_late() -> ResponseReturnValue | None:
    """Return the page that says since when nobody can be named, unless somebody can."""
    if may_nominate(delegation().prospectus.event):
        return None
    return page("closed.html"), 409


def room() -> Mapping[int, str]:
    """Say of each role, by its id, how many more of this alliance can come in it."""
    here = delegation()
    cells = matrix.load(here.prospectus.event.id)
    said = {}
    for role in nominated_roles(here.prospectus):
        free = cells.cell(here.alliance.id, role.id).free
        if free == 0:
            said[role.id] = _("All places are taken at the moment.")
        elif free is not None:
            said[role.id] = ngettext("%(num)s place is free.", "%(num)s places are free.", free)
    return said


def say_taken() -> str:
    """Say why an address cannot be taken for another person."""
    return str(
        _("This address stands for another person at this event. Please enter one of their own.")
    )


def on_their_behalf(source: Source = Source.NOMINATION) -> Terms:
    """Return the terms on which a coordinator names people, who have not agreed yet themselves."""
    return Terms(
        source=source,
        skips_approval=True,
        is_bound_to_opening=False,
        has_consented=False,
        actor=actor(),
    )


def name_all(form: NominationForm | TogetherForm, *, may_wait: bool) -> Sequence[Receipt]:
    """Register all whom the form names, or none; with ``may_wait`` all may have to wait.

    Raises:
        QuotaExhausted: not all have a place now, and they may not wait.
        Duplicate: an address stands for somebody else, where it may for one only.
    """
    here = delegation()
    wishes = form.wishes(here.prospectus, here.alliance.id)
    terms = on_their_behalf()
    with transaction():
        receipts = registrations.register_or_wait(here.prospectus, wishes, terms=terms)
        made = [each for each in receipts if each.is_new]
        if not may_wait and any(each.state == RegistrationState.WAITING for each in made):
            raise QuotaExhausted
        if any(registrations.find_by_key(wish.idempotency_key) is None for wish in wishes):
            raise Duplicate(field="email")
        for receipt in made:
            audit.record(
                "registration.nominated",
                actor=terms.actor,
                subject=f"registration:{receipt.registration_id}",
                event_id=here.prospectus.event.id,
                state=receipt.state,
            )
    nudge("deliveries.send_due")
    return receipts
