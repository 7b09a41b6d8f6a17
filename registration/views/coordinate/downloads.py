"""The delegation's list as a file; each download is written down."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Response
from flask.typing import ResponseReturnValue

from registration import clock, languages
from registration.database import transaction
from registration.forms.coordinate import DownloadForm
from registration.services import audit
from registration.services.rosters import ENDINGS, MEDIA_TYPES, RosterFormat
from registration.views.accounts import actor, delegation
from registration.views.coordinate.surface import page, part

blueprint = part("downloads")


@blueprint.get("/lists")
def ask(**_place: str) -> ResponseReturnValue:
    """Show as what files the list can be had."""
    return page("lists.html", form=DownloadForm(formdata=None))


@blueprint.post("/lists")
def download(**_place: str) -> ResponseReturnValue:
    """Make the list of this delegation's people and send it."""
    form = DownloadForm()
    if not form.validate():
        return page("lists.html", form=form), 422
    file_format = RosterFormat(form.format.data)
    content, people = _make(file_format)
    here = delegation()
    event = here.prospectus.event
    with transaction():
        audit.record(
            "roster.downloaded",
            actor=actor(),
            subject=f"alliance:{here.alliance.id}",
            event_id=event.id,
            format=file_format,
            people=people,
        )
    day = clock.now().astimezone(event.zone).date()
    name = f"{event.slug}-{here.alliance.code}-{day}.{ENDINGS[file_format]}".lower()
    response = Response(content, content_type=MEDIA_TYPES[file_format])
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _make(file_format: RosterFormat) -> tuple[bytes, int]:
    """Return the file, and how many people are on it."""
    from registration.services.rosters import making  # noqa: PLC0415  # keeps the web process light

    here = delegation()
    with TemporaryDirectory(prefix="einlass-") as folder:
        path = Path(folder) / "list"
        people = making.write(
            path,
            event_id=here.prospectus.event.id,
            alliance_id=here.alliance.id,
            file_format=file_format,
            locale=languages.current(),
            as_of=clock.now(),
            on_progress=lambda _steps: None,
        )
        return path.read_bytes(), people
