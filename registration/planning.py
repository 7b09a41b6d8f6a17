"""Planning: statements that a PostgreSQL server has parsed and planned for a connection.

They are run by name (``PREPARE`` and ``EXECUTE``), so that several fit in one message. The driver's
own prepared statements need a message each.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, cast

from sqlalchemy import Connection

from registration.prepared import Prepared, Ready

Call = tuple[str, Sequence[object]]
"""A text with places for values, and the values."""

PLANNED = "planned"
"""Where a connection keeps the names of what its server has planned."""
MARK = re.compile(r"%\((\w+)\)s|%%")
WHOLE = "WITH written AS ({} RETURNING 1) SELECT 1 / (count(*) = ${})::int FROM written"
"""Fails, by a division by zero, unless so many rows were written."""


def call(connection: Connection, query: Prepared, parameters: Mapping[str, object]) -> Call:
    """Return what runs a query."""
    ready = query.ready(connection)
    planned, name = _planned(connection, ready, is_whole=False)
    return planned.call(name, ready.given(parameters))


def writes(
    connection: Connection, statement: Prepared, rows: Sequence[Mapping[str, object]]
) -> Sequence[Call]:
    """Return what runs a statement for all these rows, and fails unless each is written."""
    ready = statement.ready(connection)
    planned, name = _planned(connection, ready, is_whole=True)
    sets = ready.sets(rows)
    due = len(rows) // len(sets)  # one set for all rows, or one for each
    return [planned.call(name, values, due) for values in sets]


def forget(connection: Connection) -> None:
    """Let all be planned anew: at a rollback, the driver has the server forget what it planned."""
    connection.connection.info.pop(PLANNED, None)


_numbers = count(1)
_known: dict[tuple[Ready, bool], "_Planned"] = {}


def _planned(connection: Connection, ready: Ready, *, is_whole: bool) -> tuple["_Planned", str]:
    found = _known.get((ready, is_whole))
    if found is None:
        found = _known[ready, is_whole] = _Planned(ready.text, is_whole=is_whole)
    names: dict[_Planned, str] = connection.connection.info.setdefault(PLANNED, {})
    name = names.get(found)
    if name is None:
        name = names[found] = f"einlass_{next(_numbers)}"  # never one that may be there still
        driver = cast(Any, connection.connection.driver_connection)
        driver.execute(f"PREPARE {name} AS {found.text}", prepare=False)
    return found, name


class _Planned:
    """One statement: its text, and the order of its values."""

    def __init__(self, text: str, *, is_whole: bool) -> None:
        self._order: list[str] = []
        numbered = MARK.sub(self._number, text)
        places = len(self._order)
        if is_whole:
            places += 1
            numbered = WHOLE.format(numbered, places)
        self.text = numbered
        self._places = f"({','.join(['%s'] * places)})"

    def _number(self, mark: "re.Match[str]") -> str:
        name = mark[1]
        if name is None:
            return "%"
        if name not in self._order:
            self._order.append(name)
        return f"${self._order.index(name) + 1}"

    def call(self, name: str, values: Mapping[str, object], due: int | None = None) -> Call:
        """Return what runs it, with the number of rows that it must write."""
        ordered = [values[name] for name in self._order]
        return f"EXECUTE {name}{self._places}", ordered if due is None else [*ordered, due]
