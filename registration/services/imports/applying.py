"""Taking a list over: all of it, or those rows that are good.

The caller opens a transaction for each batch. A row has a key of its own, made of the list and the
row, so that a batch done again does nothing twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from registration.models.registrations import Source
from registration.services import audit, questions, quotas, registrations
from registration.services.imports import known
from registration.services.imports.checking import Checked, Entry, full
from registration.services.imports.fields import Field
from registration.services.imports.problems import Problem, problem
from registration.services.registrations import Terms

BATCH = 100
"""Rows in one transaction, so that others can write in between."""


class Apply(StrEnum):
    """How much of a list is taken over."""

    NONE = "none"
    GOOD = "good"
    ALL = "all"
    """Every row or nothing."""


class NotWhole(Exception):
    """A list cannot be taken over as a whole; the transaction must be rolled back."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


@dataclass
class Outcome:
    """What came of a list."""

    applied: int = 0
    """Rows that are registered now, also if an earlier try did it."""
    fresh: int = 0
    """Of these, those that this try registered."""
    problems: list[Problem] = field(default_factory=list)
    """What was found only when places were taken."""

    def add(self, more: "Outcome") -> None:
        """Count one more batch."""
        self.applied += more.applied
        self.fresh += more.fresh
        self.problems += more.problems


def batches(checked: Checked, apply: Apply) -> Iterator[Sequence[Entry]]:
    """Yield what is to be done in one transaction each."""
    good = checked.good
    if apply == Apply.NONE or (apply == Apply.ALL and checked.problems):
        return
    size = BATCH if apply == Apply.GOOD else max(1, len(good))
    for start in range(0, len(good), size):
        yield good[start : start + size]


def register(checked: Checked, batch: Sequence[Entry], *, whole: bool, actor: str) -> Outcome:
    """Register the people of one batch, each once; mails are promised and badges issued.

    Args:
        checked: the list.
        batch: some of its good rows.
        whole: whether one that finds no place stops all of them.
        actor: for the audit log.

    Raises:
        NotWhole: ``whole``, and somebody cannot be registered; roll the transaction back.
    """
    event_id = checked.bounds.prospectus.event.id
    quotas.hold_event(event_id)
    room = quotas.hold_room(event_id)
    terms = Terms(
        source=Source.IMPORT,
        skips_approval=True,
        is_bound_to_opening=False,
        has_consented=False,
        actor=actor,
    )
    done = known.find_done(checked.list_id, [entry.row for entry in batch])
    outcome = Outcome()
    for entry in batch:
        found = entry.row not in done and _register(checked, entry, room, terms)
        if isinstance(found, Problem):
            outcome.problems.append(found)
        else:
            outcome.applied += 1
            outcome.fresh += found
    if whole and outcome.problems:
        raise NotWhole(outcome.problems)
    if outcome.fresh:
        _record(checked, outcome.fresh, actor)
    return outcome


def _register(checked: Checked, entry: Entry, room: quotas.Room, terms: Terms) -> Problem | bool:
    """Register one person; return why that cannot be, or whether it was done just now."""
    wish = entry.wish
    if wish is None:
        return False
    if room.take_all([(wish.alliance_id, wish.role_ids)]) is not None:
        return full(entry.row, _header(checked, Field.ROLE))
    receipt = registrations.register(
        checked.bounds.prospectus,
        wish.person,
        role=wish.role,
        further_roles=wish.further_roles,
        alliance_id=wish.alliance_id,
        idempotency_key=wish.idempotency_key,
        terms=terms,
    )
    if not receipt.is_new:
        if registrations.find_by_key(wish.idempotency_key) is not None:
            return False  # another worker that took this list over was faster
        return problem("address_taken", row=entry.row, column=_header(checked, Field.EMAIL))
    if entry.answers:
        questions.store(receipt.registration_id, entry.answers)
    return True


def _header(checked: Checked, code: str) -> str | None:
    column = checked.layout.find(code)
    return column.header if column else None


def _record(checked: Checked, people: int, actor: str) -> None:
    """Write down how many this transaction registered.

    One entry each, since a worker may die before the next: what the log says is then still true,
    and ``list`` adds them up. The job's own last entry has the whole number.
    """
    prospectus, alliance = checked.bounds.prospectus, checked.bounds.alliance
    audit.record(
        "registrations.imported",
        actor=actor,
        subject=f"alliance:{alliance.code}" if alliance else f"event:{prospectus.event.slug}",
        event_id=prospectus.event.id,
        people=people,
        list=checked.list_id,
    )
