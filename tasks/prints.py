"""Make print runs: one worker plans, all draw parts, and one merges them.

Each step is held by a lease of its own and leaves a file beside the job's; whoever dies on the way
leaves only that to be made again. No transaction is open while badges are read, drawn or copied.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from registration.database import db, transaction
from registration.models.events import Event
from registration.services import jobs
from registration.services.badges.runs import asking, drawing, merging, planning
from registration.services.badges.runs.orders import Grouping, Order
from registration.services.badges.runs.planning import Plan
from registration.services.jobs import Claim, PartClaim, records
from registration.services.papers.files import sync
from tasks.attempts import attempt

BETWEEN_REPORTS = 0.5
"""Seconds: a lease is not renewed more often than this."""


def run(claim: Claim) -> bool:
    """Plan a run, or merge it when its parts are there; return whether its file is there now."""
    path = jobs.folder() / f"{claim.id}.{claim.lease.hex}"
    made = False
    with attempt(path, partial(jobs.fail, claim), job=str(claim.id)):
        if claim.is_divided:
            _merge(claim, path)
            made = True
        else:
            _plan(claim, path)
    if made:
        jobs.clear(claim.id)
    return made


def draw(claim: PartClaim) -> None:
    """Draw one part of a run."""
    path = jobs.folder() / f"{claim.job_id}.{claim.lease.hex}"
    about = {"job": str(claim.job_id), "part": claim.number}
    with attempt(path, partial(jobs.fail_part, claim), **about):
        drawn = drawing.write(
            path,
            plan_path=jobs.plan_path(claim.job_id),
            number=claim.number,
            on_progress=_renewal(partial(jobs.renew, claim)),
        )
        sync(path)
        with transaction():
            asking.warn(asking.of_job(claim.job_id, claim.event_id).id, drawn.warnings)
            jobs.finish_part(claim, path)


def _plan(claim: Claim, path: Path) -> None:
    with transaction():
        run = asking.of_job(claim.id, claim.event_id)
        run_id, order = run.id, Order.read(run.selection)
        asking.forget(run_id)
    noted = 0

    def note(rows: planning.Rows) -> None:
        nonlocal noted
        noted += len(rows)
        with transaction():
            jobs.report(claim, done=0, total=noted)
            asking.note(rows)

    plan = planning.write(path, event_id=claim.event_id, order=order, run_id=run_id, on_badges=note)
    sync(path)
    with transaction():
        parts = [(part.first, part.count) for part in plan.parts]
        jobs.divide(claim, path, parts=parts, total=plan.total)


def _merge(claim: Claim, path: Path) -> None:
    plan = records.note_of(jobs.plan_path(claim.id), Plan)
    renew = _renewal(partial(jobs.report, claim, done=plan.total, total=plan.total))
    merging.write(
        path,
        plan=plan,
        parts=[jobs.part_path(claim.id, number) for number in range(len(plan.parts))],
        created_at=claim.created_at,
        on_part=renew,
    )
    sync(path)
    with transaction():
        run = asking.of_job(claim.id, claim.event_id)
        actor = f"account:{run.account_id}" if run.account_id is not None else "worker"
        asking.finish(run.id, badges=plan.badges, actor=actor)
        name, media_type = _names(claim, plan)
        jobs.finish(claim, path, done=plan.total, file_name=name, media_type=media_type)


def _renewal(renew: Callable[[], None]) -> Callable[[int], None]:
    """Return what is called often, and keeps a lease with a transaction now and then."""
    renewed_at = time.monotonic()

    def keep(_steps: int) -> None:
        nonlocal renewed_at
        if time.monotonic() - renewed_at >= BETWEEN_REPORTS:
            with transaction():
                renew()
            renewed_at = time.monotonic()

    return keep


def _names(claim: Claim, plan: Plan) -> tuple[str, str]:
    """Return what the reader's copy is called, and its media type."""
    event = db.session.get_one(Event, claim.event_id)
    stem = f"{event.slug}-badges-{claim.created_at.astimezone(event.zone).date()}"
    if plan.order.layout.grouping == Grouping.FILES:
        return f"{stem}.zip", "application/zip"
    return f"{stem}.pdf", "application/pdf"
