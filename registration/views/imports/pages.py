"""The pages of an import: bring a list, look at it, take it over, see what came of it."""

import uuid

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import NotFound, TableRefused
from registration.forms.imports import COLUMN, ColumnsForm, UploadForm
from registration.models.jobs import JobKind, JobState
from registration.queue import nudge
from registration.services import imports, jobs, tables
from registration.services.imports import uploads
from registration.services.imports.uploads import About
from registration.views.accounts import actor, signed_in
from registration.views.imports.desk import Desk
from registration.views.protection import csrf

MOST_SENT = tables.MOST_BYTES + 100_000
"""Bytes of a request: the file, and the rest of the form."""
UNFINISHED = (JobState.NEW, JobState.RUNNING)


def start(desk: Desk) -> ResponseReturnValue:
    """Show where a list is brought, and those brought before."""
    return _start_page(desk, UploadForm(formdata=None))


def _start_page(desk: Desk, form: UploadForm, *, problem: str = "") -> str:
    form.offer(desk.prospectus.alliances)
    return desk.page(
        "start.html", form=form, problem=problem, past=desk.past(), waiting=desk.waiting()
    )


def bring(desk: Desk) -> ResponseReturnValue:
    """Read the list that was sent and keep it, or say why it cannot be read.

    A file that is large is read by the worker who checks it.
    """
    request.max_content_length = MOST_SENT
    form = UploadForm()
    form.offer(desk.prospectus.alliances)
    if not form.validate():
        return _start_page(desk, form), 400 if form.csrf_token.errors else 422
    sheet = form.sheet.data
    content = sheet.read()
    try:
        brought = (
            tables.read(content, sheet.filename or "") if tables.is_quick(content) else content
        )
    except TableRefused as refusal:
        return _start_page(desk, form, problem=tables.advice(refusal)), 422
    about = uploads.keep(
        brought,
        event_id=desk.prospectus.event.id,
        alliance=desk.alliance.code if desk.alliance else form.alliance.data,
        is_coordinators=desk.is_coordinators,
        file_name=sheet.filename or "",
    )
    if about.is_long:
        _ask_check(desk, about)
    return redirect(desk.url("show", upload_id=about.id), 303)


csrf.exempt(bring)  # the form checks its own token, once the request may be as large as a list


def _ask_check(desk: Desk, about: About) -> None:
    """Have a worker check a long list, and nobody any longer who does so with another choice."""
    account, event_id = signed_in(), desk.prospectus.event.id
    parameters = desk.parameters(about)
    with transaction():
        for job in desk.checks(about):
            if job.state in UNFINISHED and job.parameters != parameters:
                jobs.cancel(job.id, actor=actor())
        jobs.ask_once(
            event_id=event_id,
            kind=JobKind.CHECK,
            parameters=parameters,
            account_id=account.id if account else None,
        )
    nudge("jobs.run_due")


def check(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Have a long list checked anew, as things are now; others are so whenever they are shown."""
    about = desk.about(upload_id)
    if about.is_long:
        uploads.forget_preview(about.id)
        _ask_check(desk, about)
    return redirect(desk.url("show", upload_id=about.id), 303)


def show(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Show what would be taken over, and what is wrong; or how far the check of a long list is.

    ``?fragment=1`` returns only the latter.
    """
    about = desk.about(upload_id)
    found = desk.preview(about)
    if found is None or request.args.get("fragment"):
        return _checking(desk, about, is_checked=found is not None)
    if found.refusal:
        return _start_page(desk, UploadForm(formdata=None), problem=found.refusal)
    form = ColumnsForm(formdata=None, data={"role": about.role})
    form.offer(desk.bounds(about))
    return desk.page(
        "preview.html",
        about=about,
        found=found,
        form=form,
        column_field=COLUMN,
        targets=desk.targets(),
        whose=desk.prospectus.find_alliance(about.alliance),
    )


def _checking(desk: Desk, about: About, *, is_checked: bool) -> str:
    """Return how far the check of a long list is, or that it must be asked for."""
    job = next(iter(desk.checks(about)), None)
    return desk.page(
        "checked.html" if request.args.get("fragment") else "checking.html",
        about=about,
        job=job,
        busy=job is not None and job.state in UNFINISHED and not is_checked,
        is_checked=is_checked,
        whose=desk.prospectus.find_alliance(about.alliance),
    )


def choose(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what the columns hold by the reader's word, and show the list anew."""
    about = desk.about(upload_id)
    columns = desk.columns(about)
    if not columns:
        return redirect(desk.url("show", upload_id=upload_id), 303)
    form = ColumnsForm()
    form.offer(desk.bounds(about))
    chosen = form.chosen(request.form, columns, desk.targets())
    about = uploads.choose(about, chosen, role=form.role.data if form.validate() else "")
    if about.is_long:
        _ask_check(desk, about)
    return redirect(desk.url("show", upload_id=upload_id), 303)


def apply(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Have a worker take the list over: all of it, or the good rows."""
    about = desk.about(upload_id)
    columns = {column.index: column.code for column in desk.columns(about)}
    if not columns:
        return redirect(desk.url("show", upload_id=upload_id), 303)
    for job in desk.past():
        if job.parameters["upload"] == str(about.id) and job.state in UNFINISHED:
            return redirect(desk.url("result", job_id=job.id), 303)
    account = signed_in()
    with transaction():
        job_id = jobs.ask(
            event_id=desk.prospectus.event.id,
            kind=JobKind.IMPORT,
            parameters={
                **desk.parameters(about),
                "apply": request.form.get("apply", ""),
                "columns": imports.columns_out(columns),
            },
            account_id=account.id if account else None,
        ).id
    nudge("jobs.run_due")
    return redirect(desk.url("result", job_id=job_id), 303)


def discard(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Delete the list, and start again; who still checks it stops first, and writes nothing."""
    about = desk.about(upload_id)
    with transaction():
        for job in desk.checks(about):
            if job.state in UNFINISHED:
                jobs.cancel(job.id, actor=actor())
    uploads.discard(about.id)
    flash(_("The list has been deleted. Nobody was registered by it."))
    return redirect(desk.url("start"), 303)


def result(desk: Desk, job_id: uuid.UUID) -> ResponseReturnValue:
    """Show how far a list is, and then what came of it; ``?fragment=1`` returns only that."""
    job = desk.job(job_id)
    return desk.page(
        "progress.html" if request.args.get("fragment") else "result.html",
        job=job,
        busy=job.state in UNFINISHED,
        outcome=job.outcome or {},
        again=_still_here(desk, uuid.UUID(job.parameters["upload"])),
        whose=desk.prospectus.find_alliance(job.parameters["alliance"]),
    )


def _still_here(desk: Desk, upload_id: uuid.UUID) -> uuid.UUID | None:
    """Return the id of a list if it can be looked at again."""
    try:
        return desk.about(upload_id).id
    except NotFound:
        return None
