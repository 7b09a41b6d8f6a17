"""Files: ask for a list, watch it being made, download it."""

import uuid

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import FileExpired, Invalid, JobNotReady, NotFound
from registration.forms.rosters import ABOUT, OWN, RosterForm
from registration.models.events import Event
from registration.models.jobs import Job, JobKind, JobState
from registration.queue import nudge
from registration.services import audit, events, jobs
from registration.services.rosters import RosterFormat, kinds, presets
from registration.views.accounts import actor, signed_in
from registration.views.rosters import lists
from registration.views.rosters.surface import blueprint, find, form_of

UNFINISHED = (JobState.NEW, JobState.RUNNING)
AT_ONCE = frozenset({RosterFormat.CSV, RosterFormat.CSV_EXCEL})
"""Formats that need no job, where the page asks for them so."""


@blueprint.get("/<slug>/rosters")
def show(slug: str) -> ResponseReturnValue:
    """Show the lists and the files; ``?fragment=1`` returns only the files."""
    return files_page(slug)


def files_page(slug: str, *, problem: str = "") -> str:
    """Return the page of all lists and files; ``problem`` says why there is none to download."""
    event = events.get_prospectus(slug).event
    found = jobs.list_jobs(event.id)
    fragment = bool(request.args.get("fragment"))
    own = presets.list_presets(event.id)
    return render_template(
        "console/files.html" if fragment else "console/rosters.html",
        event=event,
        about=ABOUT,
        titles=kinds.TITLES,
        own=own,
        own_name=OWN,
        own_titles={str(each.id): each.title for each in own},
        jobs=found,
        busy=any(job.state in UNFINISHED for job in found),
        problem=problem,
    )


@blueprint.post("/<slug>/rosters")
def ask(slug: str) -> ResponseReturnValue:
    """Ask for a list; a CSV that is wanted at once is sent at once."""
    prospectus = events.get_prospectus(slug)
    form = form_of(prospectus)
    if not form.validate():
        return _refused(slug, form), 422
    chosen = find(prospectus, form.kind.data)
    if form.format.data in AT_ONCE and request.form.get("at_once"):
        return lists.stream(prospectus, chosen, form.parameters())
    try:
        lists.wanted_of(prospectus, chosen, form.parameters())
        start(slug, JobKind.ROSTER, **chosen.parameters(), **form.parameters())
    except Invalid:
        return lists.gone(slug, chosen)
    return redirect(url_for("rosters.show", slug=slug, _anchor="files"), 303)


def _refused(slug: str, form: RosterForm) -> str:
    """Show the form for a list once more; of a list that there is not, that of the first."""
    prospectus = events.get_prospectus(slug)
    named = "attendance" if form.kind.errors else form.kind.data
    return lists.options(prospectus, find(prospectus, named), form)


def start(slug: str, job_kind: JobKind, **parameters: str) -> None:
    """Write a job down, unless it is being made already, and tell the worker that there is one."""
    event = events.get_prospectus(slug).event
    account = signed_in()
    with transaction():
        jobs.ask_once(
            event_id=event.id,
            kind=job_kind,
            parameters=parameters,
            account_id=account.id if account else None,
        )
    nudge("jobs.run_due")
    flash(_("Your file is being made. It appears in the list below."))


@blueprint.post("/<slug>/files/<uuid:job_id>/cancel")
def cancel(slug: str, job_id: uuid.UUID) -> ResponseReturnValue:
    """Want a file no longer that is still being made."""
    who = actor()
    with transaction():
        job = _load(events.get_prospectus(slug).event, job_id)
        is_of_certificates = job.kind == JobKind.CERTIFICATES
        in_time = jobs.cancel(job.id, actor=who)
    flash(_("The file is not made.") if in_time else _("The file was finished already."))
    page = "certificates.list_people" if is_of_certificates else "rosters.show"
    return redirect(url_for(page, slug=slug, _anchor="files"), 303)


def _load(event: Event, job_id: uuid.UUID) -> Job:
    job = jobs.get(job_id)
    if job.event_id != event.id:
        raise NotFound(noun="job", name=str(job_id))
    return job


@blueprint.get("/<slug>/files/<uuid:job_id>")
def download(slug: str, job_id: uuid.UUID) -> ResponseReturnValue:
    """Send a finished file; each download is written down."""
    event = events.get_prospectus(slug).event
    try:
        with transaction():
            job = _load(event, job_id)
            path = jobs.path_of(job)
            audit.record(
                "job.downloaded",
                actor=actor(),
                subject=f"job:{job.id}",
                event_id=event.id,
                file=job.file_name,
            )
    except FileExpired:
        expired = _("This file has expired and was deleted. Please ask for it once more.")
        return files_page(slug, problem=expired), 404
    except JobNotReady as error:
        return files_page(slug, problem=_explained(str(error.details["state"]))), 409
    file = send_file(path, mimetype=job.media_type, as_attachment=True, download_name=job.file_name)
    file.headers["Cache-Control"] = "no-store"
    return file


def _explained(state: str) -> str:
    """Say why there is no file to download yet."""
    if state in UNFINISHED:
        return str(_("This file is still being made. It can be downloaded when its bar is full."))
    return str(_("This file could not be made. Please ask for it once more."))
