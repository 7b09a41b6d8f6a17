"""The attendee corrects what they told, until the deadline."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import Duplicate
from registration.forms.registrations import CorrectionForm, told_by
from registration.models.registrations import Registration
from registration.queue import nudge
from registration.services import events, registrations
from registration.views.protection import csrf
from registration.views.registrations import answers, link

blueprint = link.blueprint("corrections")


@blueprint.get("/edit")
def edit(token: str) -> ResponseReturnValue:
    """Show what can be corrected, or why nothing can."""
    registration = registrations.get_by_link(token)
    with link.speaking(registration):
        form = CorrectionForm(formdata=None, data=told_by(registration))
        prospectus = events.get_prospectus(registration.event.slug)
        form.offer(prospectus)
        answers.ask_blank(form, prospectus, answers.standing_of(registration, prospectus))
        return _page(registration, form, token)


@blueprint.post("/edit")
def correct(token: str) -> ResponseReturnValue:
    """Take over the corrections, or show the form again with them."""
    registration = registrations.get_by_link(token)
    with link.speaking(registration):
        prospectus = events.get_prospectus(registration.event.slug)
        answers.allow_files(prospectus)
        form = CorrectionForm(formdata=request.form)
        form.offer(prospectus)
        answers.ask_sent(form, prospectus, answers.standing_of(registration, prospectus))
        only_language = "leaving" in request.form
        may_change = registrations.may_change(registration)
        if only_language or not form.validate() or not may_change:
            return _page(registration, form, token)
        return _correct(form, token)


csrf.exempt(correct)  # the form checks its own token, so that a stale one loses no input


def _correct(form: CorrectionForm, token: str) -> ResponseReturnValue:
    person = form.person()
    knows = request.form.get("again") == "yes"
    try:
        with transaction():
            registration = registrations.get_by_link(token)
            again = registrations.needs_approval_again(registration, person)
            asks = again and not knows
            changed = not asks and registrations.correct(registration, person)
            told = not asks and answers.change(form, registration)
    except Duplicate:
        form.email.errors = [_("At this event each person needs a mail address of their own.")]
        return _page(registrations.get_by_link(token), form, token)
    if asks:
        form.say_that_files_are_lost()
        return _page(registrations.get_by_link(token), form, token, asks=True)
    nudge("deliveries.send_due")
    flash(_what_was_done(changed=changed, again=again, told=told))
    return redirect(url_for("registrations.attendee.show", token=token), 303)


def _what_was_done(*, changed: bool, again: bool, told: bool) -> str:
    if again:
        return str(_("Your changes are saved. You get a mail as soon as they are approved."))
    if changed:
        return str(_("Your changes are saved. We have sent you a mail about them."))
    return str(_("Your answers are saved.") if told else _("Nothing was changed."))


def _page(
    registration: Registration, form: CorrectionForm, token: str, *, asks: bool = False
) -> ResponseReturnValue:
    may_change = registrations.may_change(registration)
    page = render_template(
        "registrations/edit.html",
        registration=registration,
        event=registration.event,
        form=form,
        token=token,
        may_change=may_change,
        again=form.is_stale,
        asks=asks,
    )
    if not may_change:
        return page, 409
    return page, (400 if form.is_stale else 422 if form.errors else 200)
