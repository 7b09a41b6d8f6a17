"""Previews: what a check has found, as the page of the list tells it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from registration import clock, languages
from registration.services import tables
from registration.services.imports.checking import Checked, Entry, unanswered
from registration.services.imports.layout import Column
from registration.services.imports.problems import Problem
from registration.services.tables import Table

MOST_SHOWN = 200
"""Problems on one page; the file has all."""
LOOKED_AT, SAMPLES, LONGEST_SAMPLE = 50, 3, 40

Run = tuple[int, int, tuple[Problem, ...]]
"""First row, last row, and what is wrong with each of them."""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A list as it was found; sentences are in the language of whoever asked."""

    locale: str
    made_at: datetime
    choice: str = ""
    """What was chosen for the list then (see `uploads.About.choice`)."""
    refusal: str = ""
    """Why the file is no table, and what to do; then there is nothing else."""
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()
    count_all: int = 0
    count_good: int = 0
    count_bad: int = 0
    count_done: int = 0
    """People whom the list has registered before."""
    missing: tuple[Problem, ...] = ()
    lacks_only_places: bool = False
    """Whether nothing is wrong but that too few places are free."""
    is_headless: bool = False
    columns: tuple[Column, ...] = ()
    samples: Mapping[int, str] = {}
    """What the first cells of each column say, by its index."""
    bad: tuple[Run, ...] = ()
    is_cut: bool = False
    """Whether more is wrong than ``bad`` has."""
    unanswered: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everybody on the list can be registered."""
        return bool(self.count_good) and not self.count_bad and not self.missing

    @property
    def unknown(self) -> Sequence[str]:
        """The headers of columns that say nothing to us."""
        return [each.header for each in self.columns if not each.code and not each.is_left_out]


def refused(advice: str) -> Preview:
    """Return the preview of a file that is no table, with what to do about it."""
    return Preview(locale=languages.current(), made_at=clock.now(), refusal=advice)


def preview(checked: Checked, table: Table) -> Preview:
    """Return what a check has found, in the present language."""
    runs = _runs(checked.entries)
    return Preview(
        locale=languages.current(),
        made_at=clock.now(),
        sheet=table.sheet,
        other_sheets=tuple(table.other_sheets),
        count_all=len(checked.entries),
        count_good=len(checked.good),
        count_bad=sum(bool(entry.problems) for entry in checked.entries),
        count_done=sum(entry.done is not None for entry in checked.entries),
        missing=checked.missing,
        lacks_only_places={each.code for each in checked.problems} == {"quota_exhausted"},
        is_headless=checked.layout.is_headless,
        columns=checked.layout.columns,
        samples=_samples(checked),
        bad=tuple(runs[:MOST_SHOWN]),
        is_cut=len(runs) > MOST_SHOWN,
        unanswered=tuple(unanswered(checked)),
    )


def _runs(entries: Sequence[Entry]) -> Sequence[Run]:
    """Return what is wrong; neighbours with the same problems are one."""
    runs: list[Run] = []
    for said, several in groupby(entries, key=_said):
        run = list(several)
        if said:
            runs.append((run[0].row, run[-1].row, run[0].problems))
    return runs


def _said(entry: Entry) -> Sequence[tuple[str | None, str]]:
    return [(each.column, each.message) for each in entry.problems]


def _samples(checked: Checked) -> Mapping[int, str]:
    found: dict[int, list[str]] = {column.index: [] for column in checked.layout.columns}
    for row in checked.layout.rows[:LOOKED_AT]:
        for index, texts in found.items():
            text = " ".join(tables.text_of(row.cell(index)).split())
            if text and text not in texts and len(texts) < SAMPLES:
                texts.append(text)
    return {
        index: " · ".join(
            text if len(text) <= LONGEST_SAMPLE else f"{text[:LONGEST_SAMPLE]}…" for text in texts
        )
        for index, texts in found.items()
    }
