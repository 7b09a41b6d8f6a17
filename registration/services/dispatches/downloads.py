"""What the recipient of a link downloads: the list of now, each time written down."""

from dataclasses import dataclass

from sqlalchemy import update

from registration import clock
from registration.database import db
from registration.models.jobs import Job, JobKind
from registration.models.rosters import Dispatch
from registration.services import jobs
from registration.services.dispatches import listing
from registration.services.dispatches.planning import record
from registration.services.rosters import MEDIA_TYPES

MOST_AT_ONCE = 2_000
"""People on a list that is made while the recipient waits; a longer one is a job."""


@dataclass(frozen=True, kw_only=True)
class File:
    """A list that is ready to be downloaded."""

    content: bytes
    name: str
    media_type: str
    people: int


def is_long(dispatch: Dispatch) -> bool:
    """Return whether a worker must make the list."""
    return listing.wanted(dispatch).count() > MOST_AT_ONCE


def make(dispatch: Dispatch) -> File:
    """Return the list as it is now."""
    from registration.services.dispatches import making  # noqa: PLC0415  # keeps the web light

    meant, moment = listing.wanted(dispatch), clock.now()
    content, people = making.content_of(dispatch, as_of=moment)
    day = moment.astimezone(dispatch.event.zone).date()
    return File(
        content=content,
        name=meant.file_name(dispatch.event.slug, day),
        media_type=MEDIA_TYPES[meant.file_format],
        people=people,
    )


def ask(dispatch: Dispatch) -> Job:
    """Let a worker make the list as it is then."""
    return jobs.ask(
        event_id=dispatch.event_id,
        kind=JobKind.ROSTER,
        parameters=listing.parameters_of(dispatch),
        account_id=dispatch.account_id,
    )


def of_job(job: Job) -> File:
    """Return the list that a worker has made.

    Raises:
        JobNotReady: it is not made yet, or not kept any longer.
    """
    return File(
        content=jobs.path_of(job).read_bytes(),
        name=job.file_name,
        media_type=job.media_type,
        people=job.done,
    )


def note(dispatch: Dispatch, file: File) -> None:
    """Write down that the recipient downloads this file, with its columns and rows."""
    db.session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch.id)
        .values(opened=Dispatch.opened + 1)
        .execution_options(synchronize_session=False)
    )
    meant = listing.wanted(dispatch)
    record(
        "downloaded",
        dispatch,
        actor="recipient",
        format=meant.file_format,
        columns=", ".join(listing.columns_of(meant)),
        people=file.people,
    )
