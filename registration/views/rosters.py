"""Lists and badges as files: ask for one, watch it being made, download it."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock, languages
from registration.database import transaction
from registration.errors import JobNotReady, NotFound
from registration.forms.rosters import RosterForm
from registration.models.accounts import AccountRole
from registration.models.jobs import JobKind, JobState
from registration.queue import nudge
from registration.services import audit, events, jobs
from registration.views.accounts import actor, guard, signed_in

blueprint = Blueprint("rosters", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

UNFINISHED = (JobState.NEW, JobState.RUNNING)


@blueprint.get("/<slug>/rosters")
def show(slug: str) -> ResponseReturnValue:
    """Show the form and the files; ``?fragment=1`` returns only the files."""
    return _page(slug, RosterForm())


def _page(slug: str, form: RosterForm, *, problem: str = "") -> str:
    event = events.get_prospectus(slug).event
    found = jobs.list_jobs(event.id)
    fragment = bool(request.args.get("fragment"))
    return render_template(
        "console/files.html" if fragment else "console/rosters.html",
        event=event,
        form=form,
        jobs=found,
        busy=any(job.state in UNFINISHED for job in found),
        problem=problem,
        now=clock.now(),
    )


@blueprint.post("/<slug>/rosters")
def ask(slug: str) -> ResponseReturnValue:
    """Ask for a list."""
    form = RosterForm()
    if not form.validate():
        return _page(slug, form), 422
    start(
        slug,
        JobKind.ROSTER,
        kind=form.kind.data,
        format=form.format.data,
        locale=languages.current(),
    )
    return redirect(url_for("rosters.show", slug=slug, _anchor="files"), 303)


def start(slug: str, job_kind: JobKind, **parameters: str) -> None:
    """Write a job down and tell the worker that there is one."""
    event = events.get_prospectus(slug).event
    account = signed_in()
    with transaction():
        jobs.ask(
            event_id=event.id,
            kind=job_kind,
            parameters=parameters,
            account_id=account.id if account else None,
        )
    nudge("jobs.run_due")
    flash(_("Your file is being made. It appears in the list below."))


@blueprint.get("/<slug>/files/<uuid:job_id>")
def download(slug: str, job_id: uuid.UUID) -> ResponseReturnValue:
    """Send a finished file; each download is written down."""
    event = events.get_prospectus(slug).event
    with transaction():
        job = jobs.get(job_id)
        if job.event_id != event.id:
            raise NotFound(noun="job", name=str(job_id))
        try:
            path = jobs.path_of(job)
        except JobNotReady:
            path = None
        else:
            audit.record(
                "job.downloaded",
                actor=actor(),
                subject=f"job:{job.id}",
                event_id=event.id,
                file=job.file_name,
            )
    if path is None:
        return _page(slug, RosterForm(), problem=_explained(job.state)), 409
    file = send_file(path, mimetype=job.media_type, as_attachment=True, download_name=job.file_name)
    file.headers["Cache-Control"] = "no-store"
    return file


def _explained(state: str) -> str:
    """Say why there is no file to download."""
    if state in UNFINISHED:
        return str(_("This file is still being made. It can be downloaded when its bar is full."))
    if state == JobState.FAILED:
        return str(_("This file could not be made. Please ask for it once more."))
    return str(_("This file has expired and was deleted. Please ask for it once more."))
