"""The pages of an import: bring a list, look at it, take it over, see what came of it."""

import uuid
from collections.abc import Mapping, Sequence
from itertools import groupby

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import languages
from registration.database import transaction
from registration.errors import NotFound, TableRefused
from registration.forms.imports import COLUMN, ColumnsForm, UploadForm
from registration.models.jobs import JobKind, JobState
from registration.queue import nudge
from registration.services import imports, jobs, tables
from registration.services.imports import Checked, Entry, Problem, uploads
from registration.views.accounts import signed_in
from registration.views.imports.desk import Desk
from registration.views.protection import csrf

MOST_SENT = tables.MOST_BYTES + 100_000
"""Bytes of a request: the file, and the rest of the form."""
UNFINISHED = (JobState.NEW, JobState.RUNNING)
MOST_SHOWN = 200
"""Problems on one page; the file has all."""
LOOKED_AT, SAMPLES, LONGEST_SAMPLE = 50, 3, 40


def start(desk: Desk) -> ResponseReturnValue:
    """Show where a list is brought, and those brought before."""
    return _start_page(desk, UploadForm(formdata=None))


def _start_page(desk: Desk, form: UploadForm, *, problem: str = "") -> str:
    form.offer(desk.prospectus.alliances)
    return desk.page("start.html", form=form, problem=problem, past=desk.past())


def bring(desk: Desk) -> ResponseReturnValue:
    """Read the list that was sent and keep it, or say why it cannot be read."""
    request.max_content_length = MOST_SENT
    form = UploadForm()
    form.offer(desk.prospectus.alliances)
    if not form.validate():
        return _start_page(desk, form), 400 if form.csrf_token.errors else 422
    sheet = form.sheet.data
    try:
        table = tables.read(sheet.read(), sheet.filename or "")
    except TableRefused as refusal:
        return _start_page(desk, form, problem=tables.advice(refusal)), 422
    about = uploads.keep(
        table,
        event_id=desk.prospectus.event.id,
        alliance=desk.alliance.code if desk.alliance else form.alliance.data,
        is_coordinators=desk.is_coordinators,
        file_name=sheet.filename or "",
    )
    return redirect(desk.url("show", upload_id=about.id), 303)


csrf.exempt(bring)  # the form checks its own token, once the request may be as large as a list


def show(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Show what would be taken over, and what is wrong."""
    about = desk.about(upload_id)
    table = uploads.table_of(about)
    checked = desk.check(about, table)
    form = ColumnsForm(formdata=None, data={"role": about.role})
    form.offer(checked.bounds)
    bad = [entry for entry in checked.entries if entry.problems]
    runs = _runs(checked.entries)
    return desk.page(
        "preview.html",
        about=about,
        sheet=table,
        checked=checked,
        form=form,
        column_field=COLUMN,
        targets=desk.targets(),
        samples=_samples(checked),
        bad=runs[:MOST_SHOWN],
        is_cut=len(runs) > MOST_SHOWN,
        count_bad=len(bad),
        count_done=sum(entry.done is not None for entry in checked.entries),
        unanswered=imports.unanswered(checked),
        whose=desk.prospectus.find_alliance(about.alliance),
    )


def _runs(entries: Sequence[Entry]) -> Sequence[tuple[int, int, Sequence[Problem]]]:
    """Return first row, last row and problems of bad entries; neighbours with the same are one."""
    runs: list[tuple[int, int, Sequence[Problem]]] = []
    for said, several in groupby(entries, key=_said):
        run = list(several)
        if said:
            runs.append((run[0].row, run[-1].row, run[0].problems))
    return runs


def _said(entry: Entry) -> Sequence[tuple[str | None, str]]:
    return [(each.column, each.message) for each in entry.problems]


def _samples(checked: Checked) -> Mapping[int, str]:
    """Return for each column what its first cells say."""
    found: dict[int, list[str]] = {column.index: [] for column in checked.layout.columns}
    for row in checked.layout.rows[:LOOKED_AT]:
        for index, texts in found.items():
            text = " ".join(tables.text_of(row.cell(index)).split())
            if text and text not in texts and len(texts) < SAMPLES:
                texts.append(text)
    return {
        index: " · ".join(
            text if len(text) <= LONGEST_SAMPLE else f"{text[:LONGEST_SAMPLE]}…" for text in texts
        )
        for index, texts in found.items()
    }


def choose(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Keep what the columns hold by the reader's word, and show the list anew."""
    about = desk.about(upload_id)
    form = ColumnsForm()
    form.offer(desk.bounds(about))
    chosen = form.chosen(request.form, desk.columns(about), desk.targets())
    uploads.choose(about, chosen, role=form.role.data if form.validate() else "")
    return redirect(desk.url("show", upload_id=upload_id), 303)


def apply(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Have a worker take the list over: all of it, or the good rows."""
    about = desk.about(upload_id)
    columns = {column.index: column.code for column in desk.columns(about)}
    for job in desk.past():
        if job.parameters["upload"] == str(about.id) and job.state in UNFINISHED:
            return redirect(desk.url("result", job_id=job.id), 303)
    account = signed_in()
    with transaction():
        job_id = jobs.ask(
            event_id=desk.prospectus.event.id,
            kind=JobKind.IMPORT,
            parameters={
                "apply": request.form.get("apply", ""),
                "by": "coordinator" if desk.is_coordinators else "organiser",
                "locale": languages.current(),
                "upload": str(about.id),
                "alliance": about.alliance,
                "role": about.role,
                "columns": imports.columns_out(columns),
            },
            account_id=account.id if account else None,
        ).id
    nudge("jobs.run_due")
    return redirect(desk.url("result", job_id=job_id), 303)


def discard(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Delete the list, and start again."""
    uploads.discard(desk.about(upload_id).id)
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
