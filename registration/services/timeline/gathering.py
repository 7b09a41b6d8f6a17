"""Gather a person's moments from everywhere, sort them, and give one page of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from registration.models.registrations import Registration
from registration.services import dossier
from registration.services.timeline import readings
from registration.services.timeline.moments import Group, Moment

PAGE = 40


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """One page of what has happened, the newest first."""

    moments: Sequence[Moment]
    names: Mapping[str, str]
    """Of accounts and devices, by how the audit log names them."""
    counts: Mapping[Group, int]
    """How much there is of each group, on all pages."""
    number: int
    count: int
    """Of pages."""

    @property
    def total(self) -> int:
        """How much there is of all groups."""
        return sum(self.counts.values())


def tell(
    registration: Registration,
    *,
    group: Group | None = None,
    page: int = 1,
    size: int = PAGE,
) -> Timeline:
    """Return one page of everything that has happened to a person, the newest first.

    It takes at most eleven statements, however much has happened. A page beyond the last is the
    last one.

    Args:
        registration: whose.
        group: only what belongs to it.
        page: from 1.
        size: moments on a page.
    """
    moments = _gather(registration)
    counts = Counter(moment.group for moment in moments)
    wanted = [moment for moment in moments if group in {None, moment.group}]
    count = max(1, -(-len(wanted) // size))
    number = max(1, min(page, count))
    shown = wanted[(number - 1) * size : number * size]
    return Timeline(
        moments=shown,
        names=dossier.names_of(moment.actor for moment in shown),
        counts={each: counts[each] for each in Group if counts[each]},
        number=number,
        count=count,
    )


def _gather(registration: Registration) -> list[Moment]:
    """Return all moments; of what happened at once, what came of it stands above its cause."""
    invitation = dossier.find_invitation(registration)
    entries = list(readings.entries(registration, invitation))
    oldest_first = chain(
        readings.steps_of_invitation(invitation),
        reversed(entries),
        readings.consents(registration, {entry.what for entry in entries}),
        readings.badges(registration),
        readings.prints(registration),
        readings.certificates(registration),
        reversed(list(readings.mails(registration, invitation))),
        readings.bounces(registration),
        reversed(list(readings.scans(registration))),
    )
    return sorted(oldest_first, key=lambda moment: moment.at)[::-1]
