"""Merging: the pages that workers have made become one PDF, or one for each alliance in a ZIP.

Pages are copied as they are, one after the other; the same parts make the same file.
"""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from registration.services.badges.runs.drawing import Drawn
from registration.services.badges.runs.imposing import Grid
from registration.services.badges.runs.orders import Grouping
from registration.services.badges.runs.planning import Plan
from registration.services.jobs import records
from registration.services.papers.documents import About, Document
from registration.services.papers.pages import MM, Made

NO_ALLIANCE = "none"
ZIP_BEGAN = 1980
"""ZIP knows no earlier year."""


def write(
    path: Path,
    *,
    plan: Plan,
    parts: Sequence[Path],
    created_at: datetime,
    on_part: Callable[[int], None],
) -> None:
    """Write the file of a print run from its parts, in their order.

    Args:
        path: the file to write.
        plan: what the parts were made from.
        parts: their files.
        created_at: the moment that the file says it was made.
        on_part: is told of each part that is copied: 1.
    """
    with path.open("wb") as file, _shelf(file, plan, created_at) as shelf:
        for part in parts:
            _copy(part, shelf)
            on_part(1)


def _copy(part: Path, shelf: "_Shelf") -> None:
    drawn = records.note_of(part, Drawn)
    pages = records.records(part, count=sum(count for _group, count in drawn.pages))
    for group, count in drawn.pages:
        document = shelf.document(group)
        for _ in range(count):
            made = Made.unpack(next(pages))
            document.add_made(made, pictures=[drawn.pictures[name] for name in made.pictures])


class _Shelf:
    """Where documents go: one file, or a ZIP with one for each group."""

    def __init__(self, file: BinaryIO, plan: Plan, created_at: datetime) -> None:
        self._plan, self._created_at = plan, created_at
        self._open = ExitStack()
        self._archive: zipfile.ZipFile | None = None
        self._document: Document | None = None
        self._group = 0
        self._file = file
        if plan.order.layout.grouping == Grouping.FILES:
            self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)

    def document(self, group: int) -> Document:
        """Return the document to which the pages of a group go; groups come in their order."""
        is_next = self._archive is not None and group != self._group
        if self._document is None or is_next:
            self._finish()
            self._group = group
            self._document = self._begin(group)
        return self._document

    def close(self) -> None:
        """Finish the last document, and the archive."""
        self._finish()
        if self._archive is not None:
            self._archive.close()

    def _begin(self, group: int) -> Document:
        plan, file, title = self._plan, self._file, self._plan.title
        if self._archive is not None:
            about = zipfile.ZipInfo(file_name(plan, group), _zip_moment(self._created_at))
            about.external_attr = 0o600 << 16
            file = cast(BinaryIO, self._open.enter_context(self._archive.open(about, "w")))
            title = f"{title} – {plan.groups[group]}" if plan.groups[group] else title
        sheet = Grid.of(plan.design, plan.order.layout).sheet
        about_it = About(
            title=title,
            author=plan.author,
            language=plan.order.locale,
            created_at=self._created_at,
        )
        return Document(file, size=(sheet.width * MM, sheet.height * MM), about=about_it)

    def _finish(self) -> None:
        if self._document is not None:
            self._document.close()
            self._document = None
        self._open.close()


@contextmanager
def _shelf(file: BinaryIO, plan: Plan, created_at: datetime) -> Iterator[_Shelf]:
    shelf = _Shelf(file, plan, created_at)
    yield shelf
    shelf.close()


def file_name(plan: Plan, group: int) -> str:
    """Return what a group's own file is called: its place in the order, then its alliance."""
    return f"{group + 1:02d}-{plan.groups[group] or NO_ALLIANCE}.pdf"


def _zip_moment(moment: datetime) -> tuple[int, int, int, int, int, int]:
    told = moment.astimezone(UTC)
    return max(told.year, ZIP_BEGAN), told.month, told.day, told.hour, told.minute, told.second
