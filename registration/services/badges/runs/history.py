"""Who printed what, and when."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select

from registration.database import db
from registration.models.accounts import Account
from registration.models.badges import Badge, Printed, PrintRun
from registration.models.jobs import Job, JobState
from registration.models.registrations import Registration

MOST_LISTED = 50
MOST_WARNINGS = 100
HAS_WARNING = Printed.warning != literal_column("''")
"""Written into the statement, so that the index of just these rows is used."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One print run as the console lists it."""

    run: PrintRun
    job: Job | None
    """None: printed by a command, or one badge at the door."""
    who: str
    """The account's name; empty for a command."""
    warnings: int
    """How many badges should be looked at before they are printed."""
    names: str
    """Whose badge, where it is a single one at the door."""

    @property
    def is_busy(self) -> bool:
        """Whether its file is still being made."""
        return self.job is not None and self.job.state in {JobState.NEW, JobState.RUNNING}


def list_runs(event_id: uuid.UUID) -> Sequence[Run]:
    """Return the event's latest print runs, the newest first."""
    is_shown = or_(PrintRun.job_id.is_not(None), PrintRun.finished_at.is_not(None))
    return _runs(and_(PrintRun.event_id == event_id, is_shown))


def get_run(run: PrintRun) -> Run:
    """Return a print run as the console shows it."""
    return _runs(PrintRun.id == run.id)[0]


def _runs(condition: ColumnElement[bool]) -> Sequence[Run]:
    warnings = (
        select(func.count())
        .where(Printed.run_id == PrintRun.id, HAS_WARNING)
        .correlate(PrintRun)
        .scalar_subquery()
    )
    found = db.session.execute(
        select(PrintRun, Job, Account.name, Account.email, warnings)
        .outerjoin(Job, Job.id == PrintRun.job_id)
        .outerjoin(Account, Account.id == PrintRun.account_id)
        .where(condition)
        .order_by(PrintRun.id.desc())
        .limit(MOST_LISTED)
    ).all()
    names = _names([run.id for run, job, *_ in found if job is None and run.badges == 1])
    return [
        Run(run=run, job=job, who=name or email or "", warnings=count, names=names.get(run.id, ""))
        for run, job, name, email, count in found
    ]


def _names(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the name on the only badge of each of these runs."""
    rows = db.session.execute(
        select(Printed.run_id, Registration)
        .join(Badge, Badge.id == Printed.badge_id)
        .join(Registration, Registration.id == Badge.registration_id)
        .where(Printed.run_id.in_(run_ids))
    )
    return {run_id: registration.full_name for run_id, registration in rows}


@dataclass(frozen=True, kw_only=True)
class Print:
    """One time that somebody's badge was printed."""

    run_id: uuid.UUID
    at: datetime
    who: str
    """The account's name; empty: by a command."""
    design: str
    reason: str
    generation: int
    is_single: bool
    """Alone, at the door."""


def history_of(registration_id: uuid.UUID) -> Sequence[Print]:
    """Return when this person's badge was printed, the latest first; only finished runs count."""
    found = db.session.execute(
        select(PrintRun, Printed.generation, Account.name, Account.email)
        .join(Printed, Printed.run_id == PrintRun.id)
        .join(Badge, Badge.id == Printed.badge_id)
        .outerjoin(Account, Account.id == PrintRun.account_id)
        .where(Badge.registration_id == registration_id, PrintRun.finished_at.is_not(None))
        .order_by(PrintRun.finished_at.desc(), PrintRun.id.desc())
    )
    return [
        Print(
            run_id=run.id,
            at=run.finished_at or run.created_at,
            who=name or email or "",
            design=run.design,
            reason=run.reason,
            generation=generation,
            is_single=run.job_id is None and run.account_id is not None,
        )
        for run, generation, name, email in found
    ]


class Remark(NamedTuple):
    """Something that does not fit on a badge; see `designs.composing.Warned`."""

    code: str
    text: str


def remarks(told: str) -> Sequence[Remark]:
    """Return what was written down of one badge (`drawing.told`)."""
    return [Remark(*line.split(":", 1)) for line in told.split("\n")] if told else []


@dataclass(frozen=True, kw_only=True)
class Warned:
    """A badge that should be looked at before it is printed."""

    registration_id: uuid.UUID
    name: str
    warnings: Sequence[Remark]


def warnings_of(run_id: uuid.UUID) -> Sequence[Warned]:
    """Return the badges of a run on which something does not fit, in print order."""
    found = db.session.execute(
        select(Registration, Printed.warning)
        .join(Badge, Badge.registration_id == Registration.id)
        .join(Printed, Printed.badge_id == Badge.id)
        .where(Printed.run_id == run_id, HAS_WARNING)
        .order_by(Printed.position)
        .limit(MOST_WARNINGS)
    )
    return [
        Warned(
            registration_id=person.id,
            name=person.full_name,
            warnings=remarks(told),
        )
        for person, told in found
    ]
