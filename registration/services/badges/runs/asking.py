"""Ask for a print run, find it again, and write down that it is finished."""

import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, insert, select, update

from registration import clock
from registration.database import db
from registration.errors import Invalid, NotFound
from registration.models.badges import Badge, Printed, PrintRun
from registration.models.jobs import JobKind
from registration.services import audit, jobs
from registration.services.badges.designs import storing
from registration.services.badges.runs import choosing, orders
from registration.services.badges.runs.orders import MOST_REASON, Order
from registration.services.events import Prospectus


def ask(
    prospectus: Prospectus, order: Order, *, reason: str = "", account_id: int | None
) -> PrintRun:
    """Write down that somebody wants badges to print; workers make the file.

    Asked for once more while just this is being made, the same run is returned.

    Args:
        prospectus: the event.
        order: whose badges, and how.
        reason: why badges are printed again.
        account_id: who asks.

    Raises:
        Invalid: the order cannot be carried out (see `orders.check`), nobody is meant by it, or
            it prints badges again without a reason.
    """
    event_id = prospectus.event.id
    orders.check(order, prospectus)
    try:
        storing.get_design(event_id, order.design)
    except NotFound as error:
        raise Invalid(fields={"design": "unknown"}) from error
    if not order.layout.blanks and not choosing.count(event_id, order.selection):
        raise Invalid(fields={"which": "nobody"})
    _check_reason(reason, is_reprint=choosing.is_any_reprinted(event_id, order.selection))
    jobs.hold(event_id)
    same = _being_made(event_id, order)
    if same is not None:
        return same
    job = jobs.ask(
        event_id=event_id,
        kind=JobKind.BADGES,
        parameters={"locale": order.locale},
        account_id=account_id,
    )
    return begin(event_id, order, reason=reason, account_id=account_id, job_id=job.id)


def _being_made(event_id: uuid.UUID, order: Order) -> PrintRun | None:
    """Return the run that is made by just this order, if there is one."""
    wanted = [job.id for job in jobs.unfinished(event_id, JobKind.BADGES)]
    runs = db.session.scalars(select(PrintRun).where(PrintRun.job_id.in_(wanted))).all()
    return next((run for run in runs if Order.read(run.selection) == order), None)


def _check_reason(reason: str, *, is_reprint: bool) -> None:
    if is_reprint and not reason.strip():
        raise Invalid(fields={"reason": "required"})
    if len(reason) > MOST_REASON:
        raise Invalid(fields={"reason": "too_long"})


def begin(
    event_id: uuid.UUID,
    order: Order,
    *,
    reason: str = "",
    account_id: int | None = None,
    job_id: uuid.UUID | None = None,
) -> PrintRun:
    """Write down a print run; its badges count as printed when it is finished."""
    run = PrintRun(
        event_id=event_id,
        job_id=job_id,
        account_id=account_id,
        design=order.design,
        selection=order.as_json(),
        reason=reason.strip(),
        created_at=clock.now(),
    )
    db.session.add(run)
    db.session.flush()
    return run


def of_job(job_id: uuid.UUID, event_id: uuid.UUID) -> PrintRun:
    """Return the print run of a job; one of its own kind if the job was asked for without any."""
    run = db.session.scalars(select(PrintRun).where(PrintRun.job_id == job_id)).one_or_none()
    return run or begin(event_id, orders.FIRST, job_id=job_id)


def get(run_id: uuid.UUID, *, event_id: uuid.UUID) -> PrintRun:
    """Return a print run of this event.

    Raises:
        NotFound: the event has none with this id.
    """
    run = db.session.get(PrintRun, run_id)
    if run is None or run.event_id != event_id:
        raise NotFound(noun="print_run", name=str(run_id))
    return run


def forget(run_id: uuid.UUID) -> None:
    """Delete what an earlier attempt to plan the run has written."""
    db.session.execute(delete(Printed).where(Printed.run_id == run_id))


def withdraw(run_id: uuid.UUID) -> None:
    """Delete a run that was never finished."""
    forget(run_id)
    db.session.execute(
        delete(PrintRun).where(PrintRun.id == run_id, PrintRun.finished_at.is_(None))
    )


def note(rows: Sequence[Mapping[str, object]]) -> None:
    """Write down badges of a run as they are now: rows of `Printed`."""
    if rows:
        db.session.execute(insert(Printed), list(rows))


def warn(run_id: uuid.UUID, warnings: Iterable[tuple[int, str]]) -> None:
    """Write down what does not fit on the badges at these positions."""
    for position, warning in warnings:
        db.session.execute(
            update(Printed)
            .where(Printed.run_id == run_id, Printed.position == position)
            .values(warning=warning)
        )


def finish(run_id: uuid.UUID, *, badges: int, actor: str) -> None:
    """Write down that the run's file is made: from now on its badges count as printed."""
    finished = db.session.execute(
        update(PrintRun)
        .where(PrintRun.id == run_id)
        .values(finished_at=clock.now(), badges=badges)
        .returning(PrintRun.event_id, PrintRun.design, PrintRun.reason)
        .execution_options(synchronize_session=False)
    ).one()
    audit.record(
        "badges.printed",
        actor=actor,
        subject=f"print_run:{run_id}",
        event_id=finished.event_id,
        people=badges,
        design=finished.design,
        reason=finished.reason,
    )


def print_one(
    registration_id: uuid.UUID,
    *,
    event_id: uuid.UUID,
    design: str,
    locale: str,
    reason: str,
    account_id: int | None,
    warning: str = "",
) -> PrintRun:
    """Write down that one badge is printed at once, at the door; return its finished run.

    Args:
        registration_id: whose badge.
        event_id: of this event.
        design: the code of its design.
        locale: the language of its words.
        reason: why it is printed again.
        account_id: who prints it.
        warning: what does not fit on it, and was seen (`checking.look_at`).

    Raises:
        NotFound: there is no such registration of this event, or its badge is not in force.
        Invalid: the badge was printed before, and no reason is given.
    """
    selection = orders.Selection(chosen=(registration_id,))
    row = db.session.execute(choosing.rows(event_id, selection)).one_or_none()
    if row is None:
        raise NotFound(noun="badge")
    _check_reason(reason, is_reprint=choosing.is_any_reprinted(event_id, selection))
    order = Order(
        design=design,
        selection=selection,
        layout=orders.Layout(paper=orders.Paper.SINGLE),
        locale=locale,
    )
    run = begin(event_id, order, reason=reason, account_id=account_id)
    digest = choosing.Shown.of(event_id).digest(row)
    printed = row_of(run.id, 0, badge_id=row.badge_id, generation=row.generation, digest=digest)
    note([{**printed, "warning": warning}])
    actor = f"account:{account_id}" if account_id is not None else "command"
    finish(run.id, badges=1, actor=actor)
    return run


def row_of(
    run_id: uuid.UUID, position: int, *, badge_id: str, generation: int, digest: str
) -> Mapping[str, object]:
    """Return a row of `Printed` for `note`."""
    return {
        "run_id": run_id,
        "position": position,
        "badge_id": badge_id,
        "generation": generation,
        "digest": digest,
        "warning": "",
    }


def only_registration_of(run: PrintRun) -> uuid.UUID:
    """Return whose badge a run of one badge has printed.

    Raises:
        NotFound: it has printed more than one.
    """
    found = db.session.scalars(
        select(Badge.registration_id)
        .join(Printed, Printed.badge_id == Badge.id)
        .where(Printed.run_id == run.id)
        .limit(2)
    ).all()
    if run.job_id is not None or len(found) != 1:
        raise NotFound(noun="print_run", name=str(run.id))
    return found[0]
