"""The console's badges: print runs, what came of them, and one badge at once."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock, languages
from registration.database import transaction
from registration.errors import Invalid, NotFound
from registration.forms.badges import PrintForm, ReprintForm, read_chosen
from registration.forms.choices import Choice
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.queue import nudge
from registration.services import audit, events, jobs, registrations
from registration.services.badges.designs import storing
from registration.services.badges.runs import asking, choosing, history
from registration.services.badges.runs.history import Remark
from registration.services.badges.runs.orders import Order, Selection, Which
from registration.services.events import Prospectus
from registration.views.accounts import actor, guard, signed_in

blueprint = Blueprint("badges", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

PDF = "application/pdf"
IN_OUR_FRAME = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'"
)
"""What a browser's own PDF viewer needs inside one of our pages."""


@blueprint.get("/<slug>/badges")
def show(slug: str) -> ResponseReturnValue:
    """Show the form and the print runs; ``?fragment=1`` returns only the runs."""
    prospectus = events.get_prospectus(slug)
    if request.args.get("fragment"):
        return render_template("console/prints.html", **_runs(prospectus))
    return _page(prospectus, _form(prospectus))


@blueprint.post("/<slug>/badges")
def ask(slug: str) -> ResponseReturnValue:
    """Ask for a print run."""
    prospectus = events.get_prospectus(slug)
    form = _form(prospectus, chosen=read_chosen(request.form.getlist("id")))
    if not form.validate():
        return _page(prospectus, form), 422
    account = signed_in()
    try:
        with transaction():
            asking.ask(
                prospectus,
                form.order(),
                reason=form.reason.data or "",
                account_id=account.id if account else None,
            )
    except Invalid as refused:
        form.refuse(refused)
        return _page(prospectus, form), 422
    nudge("jobs.run_due")
    flash(_("The badges are being made. They appear in the list of print runs."))
    return redirect(url_for("badges.show", slug=slug, _anchor="runs"), 303)


@blueprint.post("/<slug>/badges/chosen")
def choose(slug: str) -> ResponseReturnValue:
    """Show the form for those people who were marked in the list of registrations."""
    prospectus = events.get_prospectus(slug)
    chosen = read_chosen(request.form.getlist("id"))
    return _page(prospectus, _form(prospectus, chosen=chosen, formdata=None))


def _form(prospectus: Prospectus, *, chosen: Sequence[uuid.UUID] = (), **more: Any) -> PrintForm:
    return PrintForm(
        prospectus,
        _designs(prospectus.event.id),
        chosen=chosen,
        locale=languages.current(),
        **more,
    )


def _designs(event_id: uuid.UUID) -> Sequence[Choice]:
    return [Choice(each.code, each.title) for each in storing.list_designs(event_id)]


def _page(prospectus: Prospectus, form: PrintForm) -> str:
    event_id = prospectus.event.id
    counts = {
        Which.ALL: choosing.count(event_id, Selection()),
        Which.NEW: choosing.count(event_id, Selection(which=Which.NEW)),
    }
    return render_template(
        "console/badges.html",
        form=form,
        counts=counts,
        people=_people(event_id, form.chosen),
        **_runs(prospectus),
    )


def _people(event_id: uuid.UUID, chosen: Sequence[uuid.UUID]) -> Sequence[Registration]:
    """Return those of the marked people who have a badge to print, in print order."""
    return choosing.people(event_id, chosen) if chosen else ()


def _runs(prospectus: Prospectus) -> dict[str, Any]:
    runs = history.list_runs(prospectus.event.id)
    return {
        "event": prospectus.event,
        "runs": runs,
        "busy": any(each.is_busy for each in runs),
        "titles": {code: title for code, title, _more in _designs(prospectus.event.id)},
        "now": clock.now(),
    }


@blueprint.get("/<slug>/badges/<uuid:run_id>")
def show_run(slug: str, run_id: uuid.UUID) -> ResponseReturnValue:
    """Show what a print run was asked for, and what should be looked at before it is printed."""
    prospectus = events.get_prospectus(slug)
    run = asking.get(run_id, event_id=prospectus.event.id)
    return render_template(
        "console/prints-run.html",
        event=prospectus.event,
        prospectus=prospectus,
        each=history.get_run(run),
        order=Order.read(run.selection),
        warnings=history.warnings_of(run.id),
        titles={code: title for code, title, _more in _designs(prospectus.event.id)},
        now=clock.now(),
    )


@blueprint.post("/<slug>/badges/<uuid:run_id>/cancel")
def cancel(slug: str, run_id: uuid.UUID) -> ResponseReturnValue:
    """Stop a print run that is being made; its badges do not count as printed."""
    event = events.get_prospectus(slug).event
    with transaction():
        job_id = asking.get(run_id, event_id=event.id).job_id
        cancelled = job_id is not None and jobs.cancel(job_id, actor=actor())
    if cancelled and job_id is not None:
        jobs.clear(job_id)
        flash(_("The print run is cancelled. Nothing of it counts as printed."))
    else:
        flash(_("It was too late: this print run was over already."), "attention")
    return redirect(url_for("badges.show", slug=slug, _anchor="runs"), 303)


@blueprint.get("/<slug>/registrations/<uuid:registration_id>/badge.pdf")
def download(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Send one badge as a PDF page; each download is written down."""
    from registration.services.badges import sheets  # noqa: PLC0415  # fonts only where needed

    event = events.get_prospectus(slug).event
    with transaction():
        registration = registrations.get(registration_id)
        if registration.event_id != event.id or registration.badge is None:
            raise NotFound(noun="badge")
        short_code = registration.short_code
        audit.record(
            "badge.downloaded",
            actor=actor(),
            subject=f"registration:{registration.id}",
            event_id=event.id,
        )
    response = Response(sheets.badge_pdf(registration_id), mimetype=PDF)
    response.headers.set("Content-Disposition", "attachment", filename=f"badge-{short_code}.pdf")
    return response


@blueprint.route("/<slug>/registrations/<uuid:registration_id>/print", methods=["GET", "POST"])
def print_one(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Print one badge at once: write it down, then show it to the browser's printing.

    What does not fit on it is shown first; sent once more, with that, it is printed all the same.
    """
    from registration.services.badges.runs import checking  # noqa: PLC0415  # fonts, when printing

    event = events.get_prospectus(slug).event
    registration = registrations.get(registration_id)
    if registration.event_id != event.id or not choosing.people(event.id, [registration_id]):
        raise NotFound(noun="badge")
    form = _reprint_form(registration)
    if not form.validate_on_submit():
        return _page_of_one(event, registration, form), 422 if form.errors else 200
    warning = checking.look_at(registration_id, design=form.design.data)
    if warning and form.seen.data != checking.mark_of(warning):
        form.seen.data = checking.mark_of(warning)
        return _page_of_one(event, registration, form, history.remarks(warning)), 422
    account = signed_in()
    with transaction():
        run_id = asking.print_one(
            registration_id,
            event_id=event.id,
            design=form.design.data,
            locale=registrations.get(registration_id).locale,
            reason=form.reason.data or "",
            warning=warning,
            account_id=account.id if account else None,
        ).id
    return redirect(url_for("badges.show_one", slug=slug, run_id=run_id), 303)


def _page_of_one(
    event: Event, registration: Registration, form: ReprintForm, remarks: Sequence[Remark] = ()
) -> str:
    return render_template(
        "console/prints-one.html",
        event=event,
        registration=registration,
        form=form,
        remarks=remarks,
        prints=history.history_of(registration.id),
    )


@blueprint.get("/<slug>/badges/<uuid:run_id>/badge.pdf")
def show_one(slug: str, run_id: uuid.UUID) -> ResponseReturnValue:
    """Send the badge of a run of one, as large as its design, to be printed from the browser."""
    from registration.services.badges import sheets  # noqa: PLC0415  # fonts only where needed

    event = events.get_prospectus(slug).event
    run = asking.get(run_id, event_id=event.id)
    whose = asking.only_registration_of(run)
    response = Response(sheets.badge_pdf(whose, design=run.design), mimetype=PDF)
    response.headers.set("Content-Disposition", "inline", filename="badge.pdf")
    response.headers["Content-Security-Policy"] = IN_OUR_FRAME
    return response


def _reprint_form(registration: Registration, **more: Any) -> ReprintForm:
    before = choosing.is_any_reprinted(registration.event_id, Selection(chosen=(registration.id,)))
    return ReprintForm(_designs(registration.event_id), needs_reason=before, **more)


@blueprint.app_context_processor
def printing() -> dict[str, Any]:
    """Give the page of one person the form that prints their badge."""
    return {"print_form": lambda registration: _reprint_form(registration, formdata=None)}
