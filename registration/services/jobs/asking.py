"""Ask for a file, see what was asked for, and want it no longer."""

import re
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

from registration import clock
from registration.database import db
from registration.errors import Invalid, NotFound
from registration.languages import LANGUAGES
from registration.models.events import Event
from registration.models.jobs import Job, JobKind, JobState
from registration.services import audit
from registration.services.jobs.keeping import BEING_MADE
from registration.services.rosters import RosterFormat, RosterKind

MOST_LISTED = 50

FILES = (JobKind.ROSTER, JobKind.BADGES)
"""Kinds whose file is what was wanted."""

LIST: Mapping[str, frozenset[str] | re.Pattern[str]] = {
    "by": frozenset({"organiser", "coordinator"}),
    "locale": frozenset(LANGUAGES),
    "upload": re.compile(r"[0-9a-f-]{36}"),
    "alliance": re.compile(r".{0,32}"),
    "role": re.compile(r".{0,32}"),
    "columns": re.compile(r"auto|(?:[0-9]{1,3}=[a-z0-9_-]{1,40} )*"),
}
"""Which list of people it is about, and what was said of it."""

CHOICES: Mapping[JobKind, Mapping[str, frozenset[str] | re.Pattern[str]]] = {
    JobKind.ROSTER: {
        "kind": frozenset(RosterKind),
        "format": frozenset(RosterFormat),
        "locale": frozenset(LANGUAGES),
    },
    JobKind.BADGES: {"locale": frozenset(LANGUAGES)},
    JobKind.CERTIFICATES: {
        "way": frozenset({"mail", "pdf", "zip"}),
        "locale": frozenset(LANGUAGES),
    },
    JobKind.IMPORT: {"apply": frozenset({"good", "all"}), **LIST},
    JobKind.CHECK: LIST,
}
"""The parameters of each kind of job, and what they may be: one of these, or like this."""

OPTIONAL: Mapping[JobKind, Mapping[str, re.Pattern[str]]] = {
    JobKind.ROSTER: {
        "preset": re.compile(r"[0-9]{0,10}"),
        "spec": re.compile(r"[^\x00]{0,20000}"),
        "alliance": re.compile(r".{0,32}"),
        "recipient": re.compile(r"[^\x00-\x1f\x7f]{0,120}"),
        "purpose": re.compile(r"[^\x00-\x1f\x7f]{0,200}"),
        "expires": re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?"),
        "outside": re.compile(r"(yes)?"),
    },
}
"""Parameters that may be missing; see `rosters.wanted.Wanted.of` for those of lists."""
NOTED = ("recipient", "purpose", "expires")
"""Parameters that the audit log has as they are."""


def ask(
    *,
    event_id: uuid.UUID,
    kind: JobKind,
    parameters: dict[str, str],
    account_id: int | None,
) -> Job:
    """Write down that somebody wants a file; a worker makes it.

    Args:
        event_id: whose list or badges.
        kind: what.
        parameters: all of `CHOICES`, and any of `OPTIONAL`.
        account_id: who asks; None for a command.

    Raises:
        Invalid: a parameter is missing, unknown or not one of its choices.
    """
    choices, optional = CHOICES[kind], OPTIONAL.get(kind, {})
    wrong = {name for name, rule in choices.items() if not _fits(parameters.get(name), rule)}
    wrong |= {
        name
        for name in set(optional) & set(parameters)
        if not optional[name].fullmatch(parameters[name])
    }
    wrong |= set(parameters) - set(choices) - set(optional)
    if wrong:
        raise Invalid(fields=dict.fromkeys(sorted(wrong), "unknown"))
    job = Job(
        event_id=event_id,
        account_id=account_id,
        kind=kind,
        parameters=parameters,
        created_at=clock.now(),
    )
    db.session.add(job)
    db.session.flush()
    audit.record(
        "job.asked",
        actor=f"account:{account_id}" if account_id is not None else "command",
        subject=f"job:{job.id}",
        event_id=event_id,
        kind=kind,
        wanted=", ".join(
            parameters[name] for name, rule in choices.items() if isinstance(rule, frozenset)
        ),
        **{name: parameters[name] for name in NOTED if parameters.get(name)},
    )
    return job


def ask_once(
    *,
    event_id: uuid.UUID,
    kind: JobKind,
    parameters: dict[str, str],
    account_id: int | None,
) -> Job:
    """As `ask`; where just the same is being made already, return that job instead."""
    hold(event_id)
    same = (each for each in unfinished(event_id, kind) if each.parameters == parameters)
    return next(same, None) or ask(
        event_id=event_id, kind=kind, parameters=parameters, account_id=account_id
    )


def hold(event_id: uuid.UUID) -> None:
    """Let others who ask for something of this event once wait until this transaction ends."""
    db.session.execute(select(Event.id).where(Event.id == event_id).with_for_update(key_share=True))


def unfinished(event_id: uuid.UUID, kind: JobKind) -> Sequence[Job]:
    """Return the event's jobs of a kind that are still being made."""
    return db.session.scalars(
        select(Job).where(Job.event_id == event_id, Job.kind == kind, Job.state.in_(BEING_MADE))
    ).all()


def _fits(value: str | None, rule: frozenset[str] | re.Pattern[str]) -> bool:
    if isinstance(rule, frozenset):
        return value in rule
    return value is not None and rule.fullmatch(value) is not None


def list_jobs(event_id: uuid.UUID, *, kinds: Sequence[JobKind] = FILES) -> Sequence[Job]:
    """Return the event's latest jobs of these kinds, the newest first."""
    return db.session.scalars(
        select(Job)
        .where(Job.event_id == event_id, Job.kind.in_(kinds))
        .order_by(Job.created_at.desc(), Job.id.desc())
        .limit(MOST_LISTED)
    ).all()


def get(job_id: uuid.UUID) -> Job:
    """Return the job.

    Raises:
        NotFound: there is none.
    """
    job = db.session.get(Job, job_id)
    if job is None:
        raise NotFound(noun="job", name=str(job_id))
    return job


def cancel(job_id: uuid.UUID, *, actor: str) -> bool:
    """Write down that nobody wants the job any more; its workers stop at their next report.

    Returns:
        Whether it was in time: a job that is over stays as it is.
    """
    cancelled = db.session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state.in_(BEING_MADE))
        .values(state=JobState.CANCELLED, lease=None, leased_until=None, finished_at=clock.now())
        .returning(Job.event_id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if cancelled is not None:
        audit.record("job.cancelled", actor=actor, subject=f"job:{job_id}", event_id=cancelled)
    return cancelled is not None
