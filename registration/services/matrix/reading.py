"""Read a matrix from a sheet: by codes or titles, with what is wrong named cell by cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from registration.models.alliances import Alliance
from registration.services.events import Prospectus
from registration.services.folding import fold
from registration.services.matrix.cells import Key
from registration.services.matrix.workbook import CODE, EVERYBODY, NAME, TOTAL
from registration.services.tables import Cell, Row, Table, text_of

MOST_PLACES = 1_000_000
HEAD_WITHIN = 10
"""Rows in which the heading is looked for."""

OF_ALLIANCES = {CODE, NAME, "kurzel", "bundnis", "name"}
OF_TOTALS = {TOTAL, EVERYBODY, "gesamt", "insgesamt", "summe", "all", "alle"}


class Fault(StrEnum):
    """What is wrong with a cell."""

    NO_HEADING = "no_heading"
    UNKNOWN_ROLE = "unknown_role"
    UNKNOWN_ALLIANCE = "unknown_alliance"
    TWICE = "twice"
    NO_NUMBER = "no_number"


@dataclass(frozen=True)
class Wrong:
    """A cell that cannot be taken, as the spreadsheet names it."""

    cell: str
    fault: Fault
    text: str = ""


@dataclass(frozen=True)
class Sheet:
    """What a sheet says: the limits that it wants, and what is wrong with it."""

    wanted: Mapping[Key, int | None]
    wrong: Sequence[Wrong]


def read(table: Table, prospectus: Prospectus) -> Sheet:
    """Return the limits in a table whose rows are alliances and whose columns are roles.

    Both are found by code or by title in any language. What the sheet does not have stays as it
    is; an empty cell that it has takes the limit away.
    """
    return _Reader(prospectus).read(table)


class _Reader:
    """Knows the event's names; collects what it reads."""

    def __init__(self, prospectus: Prospectus) -> None:
        self._columns: dict[str, int | None] = dict.fromkeys(OF_TOTALS)
        self._rows: dict[str, int | None] = dict.fromkeys(OF_TOTALS)
        for role in prospectus.roles:
            names = {role.code, *role.title.values()}
            self._columns |= {fold(name): role.id for name in names}
        for alliance in prospectus.alliances:
            self._rows |= {fold(name): alliance.id for name in _names_of(alliance)}
        self._wanted: dict[Key, int | None] = {}
        self._wrong: list[Wrong] = []

    def read(self, table: Table) -> Sheet:
        """Return what the table says."""
        head = next((row for row in table.rows[:HEAD_WITHIN] if self._is_head(row)), None)
        if head is None:
            self._wrong.append(Wrong("A1", Fault.NO_HEADING))
            return Sheet({}, self._wrong)
        columns = self._columns_of(head)
        seen: set[int | None] = set()
        for row in table.rows:
            if row.number <= head.number or self._is_head(row):
                continue
            self._read_row(row, columns, seen)
        return Sheet(self._wanted, self._wrong)

    def _is_head(self, row: Row) -> bool:
        """Return whether a row names columns and no alliance."""
        names = [fold(text_of(cell)) for cell in row.cells]
        is_named = any(self._columns.get(name) is not None for name in names[1:])
        return is_named or any(name in OF_ALLIANCES for name in names[:1])

    def _columns_of(self, head: Row) -> Mapping[int, int | None]:
        """Return the role of each column with limits; None is the total."""
        found: dict[int, int | None] = {}
        for column, cell in enumerate(head.cells):
            name = fold(text_of(cell))
            if not name or name in OF_ALLIANCES:
                continue
            if name not in self._columns:
                self._note(head, column, Fault.UNKNOWN_ROLE)
            elif self._columns[name] in found.values():
                self._note(head, column, Fault.TWICE)
            else:
                found[column] = self._columns[name]
        return found

    def _read_row(self, row: Row, columns: Mapping[int, int | None], seen: set[int | None]) -> None:
        first = min(columns, default=len(row.cells))
        names = [(at, fold(text_of(row.cell(at)))) for at in range(first)]
        known = [(at, name) for at, name in names if name in self._rows]
        if not known:
            at = next((at for at, name in names if name), 0)
            self._note(row, at, Fault.UNKNOWN_ALLIANCE)
            return
        at, name = known[0]
        alliance_id = self._rows[name]
        if alliance_id in seen:
            self._note(row, at, Fault.TWICE)
            return
        seen.add(alliance_id)
        for column, role_id in columns.items():
            self._read_limit(row, column, (alliance_id, role_id))

    def _read_limit(self, row: Row, column: int, key: Key) -> None:
        try:
            self._wanted[key] = _places(row.cell(column))
        except ValueError:
            self._note(row, column, Fault.NO_NUMBER)

    def _note(self, row: Row, column: int, fault: Fault) -> None:
        text = text_of(row.cell(column))[:80]
        self._wrong.append(Wrong(f"{letters(column)}{row.number}", fault, text))


def _names_of(alliance: Alliance) -> set[str]:
    return {alliance.code, alliance.name}


def _places(cell: Cell) -> int | None:
    """Return a number of places; None for an empty cell.

    Raises:
        ValueError: it is no whole number from 0 to `MOST_PLACES`.
    """
    text = text_of(cell).strip()
    if not text:
        return None
    if isinstance(cell, bool) or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    places = int(text[:20])
    if places > MOST_PLACES:
        raise ValueError(text)
    return places


def letters(column: int) -> str:
    """Return a column, counted from 0, as spreadsheets name it: A, B … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
