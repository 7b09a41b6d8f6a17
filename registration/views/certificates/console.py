"""Certificates in the console: issue them to those who came, one or all, and revoke them."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock, languages
from registration.database import transaction
from registration.errors import Conflict, NotFound
from registration.forms.certificates import IssueForm
from registration.models.accounts import AccountRole
from registration.models.certificates import Certificate
from registration.models.events import Event
from registration.models.jobs import JobKind, JobState
from registration.models.registrations import Registration
from registration.queue import nudge
from registration.services import certificates, events, jobs, registrations
from registration.services.certificates.finding import PAGE
from registration.views.accounts import actor, guard, signed_in
from registration.views.registrations import link

blueprint = Blueprint("certificates", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

UNFINISHED = (JobState.NEW, JobState.RUNNING)


@blueprint.get("/<slug>/certificates")
def list_people(slug: str) -> ResponseReturnValue:
    """Show those who came, each with the certificate; ``?fragment=1`` returns only the files."""
    return _page(events.get_prospectus(slug).event, IssueForm())


def _page(event: Event, form: IssueForm) -> str:
    search, number = request.args.get("q", ""), _page_number()
    made = jobs.list_jobs(event.id, kinds=(JobKind.CERTIFICATES,))
    if request.args.get("fragment"):
        return _fragment(event)
    people, total = certificates.list_people(event.id, search=search, page=number)
    return render_template(
        "certificates/list.html",
        event=event,
        form=form,
        people=people,
        total=total,
        search=search,
        number=number,
        pages=-(-total // PAGE),
        counts=certificates.count(event.id),
        jobs=made,
        busy=any(job.state in UNFINISHED for job in made),
        has_begun=clock.now() >= event.starts_at,
        shown=certificates.shown,
    )


def _fragment(event: Event) -> str:
    made = jobs.list_jobs(event.id, kinds=(JobKind.CERTIFICATES,))
    return render_template(
        "console/files.html",
        event=event,
        jobs=made,
        busy=any(job.state in UNFINISHED for job in made),
    )


def _page_number() -> int:
    text = request.args.get("page", "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1  # noqa: PLR2004  # no page has as many digits


@blueprint.post("/<slug>/certificates")
def issue_all(slug: str) -> ResponseReturnValue:
    """Let a worker issue all that are missing, and mail them or make one file of them."""
    event = events.get_prospectus(slug).event
    form, account = IssueForm(), signed_in()
    if not form.validate():
        return _page(event, form), 422
    if clock.now() < event.starts_at:
        flash(_("Nothing was issued: the event has not begun yet."), "attention")
        return _back(slug)
    with transaction():
        jobs.ask_once(
            event_id=event.id,
            kind=JobKind.CERTIFICATES,
            parameters={"way": form.way.data, "locale": languages.current()},
            account_id=account.id if account else None,
        )
    nudge("jobs.run_due")
    flash(_("The certificates are being made; see under “Files”."))
    return _back(slug)


def _back(slug: str) -> ResponseReturnValue:
    return redirect(url_for("certificates.list_people", slug=slug), 303)


@blueprint.post("/<slug>/certificates/people/<uuid:registration_id>/issue")
def issue(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Issue one person's certificate, anew if the page showed one, and mail it; once a page."""
    who = actor()
    try:
        with transaction():
            person = _person(slug, registration_id)
            name, has_address = person.full_name, bool(person.email)
            before = request.form.get("instead_of", "")
            certificates.issue_one(person, by_mail=True, actor=who, instead_of=before)
    except Conflict as refused:
        if refused.details.get("reason") == "just_issued":
            flash(_("It was issued already, and is not issued a second time."))
        else:
            flash(_("Nothing was issued: this person has not come, or the event has not begun."))
        return _back(slug)
    nudge("deliveries.send_due")
    if has_address:
        flash(_("The certificate of %(name)s is issued, and on its way by mail.", name=name))
    else:
        flash(_("The certificate of %(name)s is issued; there is no mail address.", name=name))
    return _back(slug)


def _person(slug: str, registration_id: uuid.UUID) -> Registration:
    person = registrations.get(registration_id)
    if person.event_id != events.get_prospectus(slug).event.id:
        raise NotFound(noun="registration")
    return person


@blueprint.post("/<slug>/certificates/<uuid:certificate_id>/revoke")
def revoke(slug: str, certificate_id: uuid.UUID) -> ResponseReturnValue:
    """Let one verify no more."""
    who = actor()
    with transaction():
        certificate = _certificate(slug, certificate_id)
        name = certificate.name
        certificates.revoke(certificate, actor=who, reason="by hand")
    flash(_("The certificate of %(name)s is revoked: its code says so.", name=name))
    return _back(slug)


@blueprint.get("/<slug>/certificates/<uuid:certificate_id>.pdf")
def download(slug: str, certificate_id: uuid.UUID) -> ResponseReturnValue:
    """Send one certificate as it was issued."""
    certificate = _certificate(slug, certificate_id)
    from registration.services.certificates import making  # noqa: PLC0415  # keeps the web light

    name = f"{slug}-{certificate.registration.short_code}.pdf"
    return link.file(making.pdf_of(certificate), "application/pdf", name)


def _certificate(slug: str, certificate_id: uuid.UUID) -> Certificate:
    return certificates.get(certificate_id, event_id=events.get_prospectus(slug).event.id)
