"""The files of an import: an empty list, and the list with the reasons for what is left out."""

import uuid
from io import BytesIO
from pathlib import Path

from flask import send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.services import audit, jobs
from registration.services.imports import uploads
from registration.views.accounts import actor
from registration.views.imports.desk import Desk

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def template(desk: Desk) -> ResponseReturnValue:
    """Send an empty list to fill in."""
    from registration.services.imports import sheets  # noqa: PLC0415  # XlsxWriter is heavy

    file = BytesIO()
    sheets.write_template(file, desk.bounds())
    file.seek(0)
    word = _("List")
    return _send(file, f"{desk.prospectus.event.slug}-{word}.xlsx".lower())


def reasons(desk: Desk, upload_id: uuid.UUID) -> ResponseReturnValue:
    """Send a list that was brought, with a column that says what is wrong.

    Raises:
        NotFound: the list is long, and no worker has checked it yet.
    """
    from registration.services.imports import sheets  # noqa: PLC0415  # XlsxWriter is heavy

    about = desk.about(upload_id)
    word = _("Reasons")
    name = f"{Path(about.file_name).stem or about.id}-{word}.xlsx"
    if about.is_long:
        return _send(uploads.reasons_path(about), name)
    checked = desk.check(about)
    file = BytesIO()
    sheets.write_reasons(file, checked, checked.problems)
    file.seek(0)
    return _send(file, name)


def taken(desk: Desk, job_id: uuid.UUID) -> ResponseReturnValue:
    """Send a list that was taken over, with the reasons for what was left out.

    Each download is written down.

    Raises:
        JobNotReady: it is not made yet, or not kept any longer.
    """
    with transaction():
        job = desk.job(job_id)
        path, name = jobs.path_of(job), job.file_name
        audit.record(
            "job.downloaded",
            actor=actor(),
            subject=f"job:{job.id}",
            event_id=job.event_id,
            file=name,
        )
    return _send(path, name)


def _send(file: Path | BytesIO, name: str) -> ResponseReturnValue:
    sent = send_file(file, mimetype=XLSX, as_attachment=True, download_name=name)
    sent.headers["Cache-Control"] = "no-store"
    return sent
