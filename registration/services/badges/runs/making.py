"""Making badges without a job: a whole run by a command.

What the workers do with leases (see `tasks.prints`) is done here one after the other; the same
order makes the same file.
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from registration.services.badges.runs import asking, drawing, merging, planning
from registration.services.badges.runs.orders import Order
from registration.services.badges.runs.planning import Plan

Transaction = Callable[[], AbstractContextManager[object]]


def write(
    path: Path,
    *,
    event_id: uuid.UUID,
    order: Order,
    reason: str,
    as_of: datetime,
    on_progress: Callable[[int], None],
    transaction: Transaction,
) -> tuple[Plan, uuid.UUID]:
    """Write the file of a print run, and write down that its badges are printed.

    Args:
        path: the file to write.
        event_id: whose badges.
        order: which of them, and how.
        reason: why badges are printed again, if they are.
        as_of: the moment that the file says it was made.
        on_progress: is told, now and then, how many more badges are drawn.
        transaction: opens a unit of work; several short ones are used.

    Returns:
        What was printed, and the id of the run: `history.warnings_of` says what does not fit.
    """
    with transaction():
        run_id = asking.begin(event_id, order, reason=reason).id
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".einlass-") as folder:
            steps = _Steps(path, Path(folder), run_id, transaction)
            plan = steps.plan(event_id, order)
            warnings = steps.draw(plan, on_progress)
            steps.merge(plan, as_of)
    except BaseException:
        with transaction():
            asking.withdraw(run_id)
        raise
    with transaction():
        asking.warn(run_id, warnings)
        asking.finish(run_id, badges=plan.badges, actor="command")
    return plan, run_id


class _Steps:
    """What a run's workers do, by one of them; its files lie in a folder."""

    def __init__(
        self, path: Path, folder: Path, run_id: uuid.UUID, transaction: Transaction
    ) -> None:
        self.path, self.folder, self.run_id = path, folder, run_id
        self.transaction = transaction
        self.parts: list[Path] = []

    def plan(self, event_id: uuid.UUID, order: Order) -> Plan:
        """Write the plan, and which badges it has."""
        path, run_id = self.folder / "plan", self.run_id
        return planning.write(
            path, event_id=event_id, order=order, run_id=run_id, on_badges=self._note
        )

    def _note(self, rows: planning.Rows) -> None:
        with self.transaction():
            asking.note(rows)

    def draw(self, plan: Plan, on_progress: Callable[[int], None]) -> list[tuple[int, str]]:
        """Draw all parts; return what does not fit, with the badge's position."""
        warnings: list[tuple[int, str]] = []
        for number in range(len(plan.parts)):
            self.parts.append(self.folder / str(number))
            drawn = drawing.write(
                self.parts[-1],
                plan_path=self.folder / "plan",
                number=number,
                on_progress=on_progress,
            )
            warnings += drawn.warnings
        return warnings

    def merge(self, plan: Plan, as_of: datetime) -> None:
        """Write the file."""
        merging.write(
            self.path, plan=plan, parts=self.parts, created_at=as_of, on_part=lambda _: None
        )
