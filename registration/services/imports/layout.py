"""How a list is laid out: where its header is, and what each column holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from registration.models.questions import Question
from registration.services.imports import fields
from registration.services.imports.fields import NAME, Field
from registration.services.tables import Row, Table, text_of

LOOKED_AT = 30
"""Rows in which the header is looked for; above it are titles and notes."""
LONGEST_HEADER = 80
ADDRESS_SIGN = "@"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list."""

    index: int
    """From 0."""
    header: str
    """As the list has it; empty if it has none."""
    code: str
    """What it holds: a code of `fields.targets`, or "" for nothing that is taken over."""
    is_left_out: bool = False
    """Known, and not needed."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a list, and the rows below its header."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    header_row: int
    """The number of the (last) row of the header."""
    above: tuple[Row, ...]
    """The header and what stands above it."""
    is_headless: bool = False
    """Whether what stands for the header names no column, and seems to be a person."""

    @property
    def taken(self) -> tuple[Column, ...]:
        """The columns that are taken over."""
        return tuple(column for column in self.columns if column.code)

    @property
    def unknown(self) -> tuple[Column, ...]:
        """The columns with a header that says nothing to us."""
        return tuple(each for each in self.columns if not each.code and not each.is_left_out)

    def find(self, *codes: str) -> Column | None:
        """Return the first column that holds one of these."""
        return next((column for column in self.columns if column.code in codes), None)


def lay_out(
    table: Table,
    questions: Sequence[Question],
    *,
    chosen: Mapping[int, str] | None = None,
) -> Layout:
    """Find the header and what each column holds.

    The header is the row, or the two rows, in which most columns can be told by their names.

    Args:
        table: the list.
        questions: the event's own, which columns may answer.
        chosen: what columns hold by the reader's own word, by index; it replaces what is found.
    """
    first, last = _head(table.rows, questions)
    headers = _labels(table.rows[first : last + 1], table.width)
    headers = _told_apart(headers, _groups(table.rows, first, last))
    found = _codes(table.rows[first : last + 1], table.width, questions)
    columns = tuple(
        Column(index, header, code, is_left_out=not code and fields.is_left_out(header))
        for index, (header, code) in enumerate(zip(headers, found, strict=True))
    )
    if chosen is not None:
        columns = tuple(replace(each, code=chosen.get(each.index, "")) for each in columns)
    return Layout(
        columns=columns,
        rows=tuple(table.rows[last + 1 :]),
        header_row=table.rows[last].number,
        above=tuple(table.rows[: last + 1]),
        is_headless=not any(found) and any(ADDRESS_SIGN in header for header in headers),
    )


def _head(rows: Sequence[Row], questions: Sequence[Question]) -> tuple[int, int]:
    """Return the indices of the first and last row of the header."""

    def told(first: int, last: int) -> int:
        width = max(len(row.cells) for row in rows[first : last + 1])
        return len(set(_codes(rows[first : last + 1], width, questions)) - {""})

    looked_at = range(min(LOOKED_AT, len(rows)))
    best = max(looked_at, key=lambda at: (told(at, at), -at))
    if not told(best, best):
        best = max(looked_at, key=lambda at: (len(rows[at].cells) > 1, -at))
        return best, best
    single = told(best, best)
    for first, last in ((best - 1, best), (best, best + 1)):
        together = first >= 0 and last < len(rows)
        if together and rows[first].number + 1 == rows[last].number and told(first, last) > single:
            return first, last
    return best, best


def _labels(head: Sequence[Row], width: int) -> list[str]:
    """Return each column's header: what stands lowest in it."""
    labels = [""] * width
    for row in head:
        texts = [" ".join(text_of(cell).split()) for cell in row.cells]
        labels = [new or old for old, new in zip_longest(labels, texts, fillvalue="")]
    return labels


def _groups(rows: Sequence[Row], first: int, last: int) -> list[str]:
    """Return for each column the title that stands over it and those left of it, if any."""
    above = first if last > first else first - 1
    if above < 0 or rows[above].number + 1 != rows[above + 1].number:
        return []
    groups: list[str] = []
    for cell in rows[above].cells:
        groups.append(text_of(cell) or (groups[-1] if groups else ""))
    return groups


def _told_apart(labels: Sequence[str], groups: Sequence[str]) -> list[str]:
    """Return the labels; those that occur several times with the title of their group."""
    counts = Counter(label for label in labels if label)
    last = groups[-1] if groups else ""
    named = []
    for label, group in zip_longest(labels, groups[: len(labels)], fillvalue=last):
        apart = counts[label] > 1 and group and group != label
        named.append(f"{group}: {label}" if apart else label)
    return named


def _codes(head: Sequence[Row], width: int, questions: Sequence[Question]) -> list[str]:
    return codes_of(_labels(head, width), questions)


def codes_of(labels: Sequence[str], questions: Sequence[Question]) -> list[str]:
    """Return what each column holds by its header; of several for the same, the first.

    Args:
        labels: the headers, "" for a column without one.
        questions: the event's own, which columns may answer.

    Returns:
        A code of `fields.targets` for each column, or "" for one that is not known.
    """
    found = [
        fields.find(label, questions) if len(label) <= LONGEST_HEADER else "" for label in labels
    ]
    for index, code in enumerate(found):
        if code == NAME:
            found[index] = _what_name_means(found)
    return [code if code not in found[:index] else "" for index, code in enumerate(found)]


def _what_name_means(found: Sequence[str]) -> str:
    """Return what a column "Name" holds beside these others."""
    if Field.GIVEN_NAME not in found:
        return Field.FULL_NAME
    return "" if Field.FAMILY_NAME in found else Field.FAMILY_NAME
