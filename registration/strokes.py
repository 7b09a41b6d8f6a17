"""Strokes: a writing unit of work in two round trips, for the hottest path.

What it decides on is asked all at once; what follows from it is written all at once, and is
committed with that. On PostgreSQL each is one message of statements that the server has planned
already, because every further message costs both sides more than the statement in it. A session
that is used meanwhile joins (see `joining`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, cast

from sqlalchemy import Connection

from registration import joining
from registration.database import db, refuse_changes, turn
from registration.prepared import Prepared, Ready

Rows = Sequence[Mapping[str, object]]
Call = tuple[str, Sequence[object]]


class Missed(Exception):  # it is an instruction, not an error
    """Not every row was written: what was decided on is no longer so."""


class Stroke:
    """One unit of work that is open; see `stroke`."""

    def __init__(self, connection: Connection, *, is_whole: bool) -> None:
        """Take the connection, and whether the unit of work is ours to begin and to commit."""
        self.connection = connection
        self._is_postgresql = connection.dialect.name == "postgresql"
        self._is_whole = is_whole
        self._has_begun = not is_whole
        self._is_joined = False

    def begin(self) -> None:
        """Begin, unless that has happened."""
        if not self._has_begun:
            self.connection.connection.cursor().execute(self._opening())
            self._has_begun = True

    def _opening(self) -> str:
        return "BEGIN ISOLATION LEVEL READ COMMITTED" if self._is_postgresql else "BEGIN IMMEDIATE"

    def join(self) -> Connection:
        """Return the connection for a session, which is then committed with it."""
        self._is_joined = True
        self.begin()
        return self.connection

    def ask(self, *queries: tuple[Prepared, Mapping[str, object]]) -> Sequence[Sequence[Any]]:
        """Return the rows of each query, as named tuples."""
        if not self._is_postgresql:
            self.begin()
            return Prepared.rows_of_all(self.connection, *queries)
        ready = [statement.ready(self.connection) for statement, _ in queries]
        calls = [
            call
            for each, (_, parameters) in zip(ready, queries, strict=True)
            for call in _calls(self.connection, each, [parameters], is_whole=False)
        ]
        found = self._send(calls)
        return [each.decoded(rows) for each, rows in zip(ready, found, strict=True)]

    def write(self, *writes: tuple[Prepared, Rows]) -> None:
        """Write all rows, in this order, and commit where nothing else is waiting to be.

        Raises:
            Missed: a row was not written.
        """
        due = [(statement, rows) for statement, rows in writes if rows]
        if not due:
            return
        if not self._is_postgresql:
            self.begin()
            written = Prepared.write_all(self.connection, *due)
            if sum(written) < sum(len(rows) for _, rows in due):
                raise Missed
            return
        calls = [
            call
            for statement, rows in due
            for call in _calls(
                self.connection, statement.ready(self.connection), rows, is_whole=True
            )
        ]
        self._send_guarded(calls)

    def _send_guarded(self, calls: Sequence[Call]) -> None:
        from psycopg.errors import DivisionByZero  # noqa: PLC0415  # SQLite does without psycopg

        is_last = self._is_whole and not self._is_joined
        try:
            self._send([*calls, ("COMMIT", ())] if is_last else calls)
        except DivisionByZero as error:
            raise Missed from error

    def _send(self, calls: Sequence[Call]) -> Sequence[Sequence[Any]]:
        """Send some statements as one message; return the rows of those that have any."""
        from psycopg import ClientCursor  # noqa: PLC0415  # SQLite does without psycopg

        if not self._has_begun:
            calls = [(self._opening(), ()), *calls]
            self._has_begun = True
        driver = cast(Any, self.connection.connection.driver_connection)
        cursor = ClientCursor(driver)
        text = ";".join(statement for statement, _ in calls)
        cursor.execute(text, [value for _, values in calls for value in values])
        found = []
        while True:
            if cursor.description is not None:
                found.append(cursor.fetchall())
            if not cursor.nextset():
                return found

    def end(self) -> None:
        """Commit what has not been committed."""
        if self._is_joined:
            db.session.commit()
        else:
            self.connection.connection.commit()


@contextmanager
def stroke() -> Iterator[Stroke]:
    """Open a writing unit of work as `database.transaction` does; commit it at the end.

    Raises:
        RuntimeError: the session holds changes that were made outside a transaction.
    """
    if db.session.registry.has():
        refuse_changes(db.session())
        db.session.rollback()
    with turn(), db.engine.connect() as connection:
        opened = Stroke(connection, is_whole=True)
        token = joining.join.set(opened.join)
        try:
            yield opened
            opened.end()
        finally:
            joining.join.reset(token)
            if db.session.registry.has():
                db.session.rollback()


def present() -> Stroke:
    """Return the open stroke; or one within the present transaction, which commits it."""
    joined = joining.join.get()
    if joined is not None:
        return cast(Stroke, joined.__self__)  # type: ignore[attr-defined]  # a method of one
    return Stroke(db.session.connection(), is_whole=False)


def _calls(connection: Connection, ready: Ready, rows: Rows, *, is_whole: bool) -> Sequence[Call]:
    """Return what runs a statement for these rows; ``is_whole``: which fails unless all are."""
    planned = _planned(ready, is_whole=is_whole)
    planned.ensure(connection)
    sets = ready.sets(rows)
    due = [len(rows)] if len(sets) == 1 else [1] * len(sets)
    return [
        planned.call(values, each if is_whole else None)
        for values, each in zip(sets, due, strict=True)
    ]


_numbers = count(1)
_known: dict[tuple[Ready, bool], "_Planned"] = {}


def _planned(ready: Ready, *, is_whole: bool) -> "_Planned":
    found = _known.get((ready, is_whole))
    if found is None:
        found = _known[ready, is_whole] = _Planned(ready.text, is_whole=is_whole)
    return found


PLANNED = "planned"
"""Where a connection keeps what its server has planned."""
MARK = re.compile(r"%\((\w+)\)s|%%")
WHOLE = "WITH written AS ({} RETURNING 1) SELECT 1 / (count(*) = ${})::int FROM written"


class _Planned:
    """A statement that the server parses once a connection (``PREPARE``), and mostly plans once."""

    def __init__(self, text: str, *, is_whole: bool) -> None:
        self._order: list[str] = []
        numbered = MARK.sub(self._number, text)
        places = len(self._order)
        if is_whole:
            places += 1
            numbered = WHOLE.format(numbered, places)
        self._name = f"einlass_{next(_numbers)}"
        self._plan = f"PREPARE {self._name} AS {numbered}"
        self._call = f"EXECUTE {self._name}({','.join(['%s'] * places)})"

    def _number(self, mark: "re.Match[str]") -> str:
        name = mark[1]
        if name is None:
            return "%"
        if name not in self._order:
            self._order.append(name)
        return f"${self._order.index(name) + 1}"

    def ensure(self, connection: Connection) -> None:
        """Have it planned on this connection, unless that has happened."""
        planned: set[str] = connection.connection.info.setdefault(PLANNED, set())
        if self._name not in planned:
            cast(Any, connection.connection.driver_connection).execute(self._plan)
            planned.add(self._name)

    def call(self, values: Mapping[str, object], due: int | None) -> Call:
        """Return what runs it, with the number of rows that it must write."""
        ordered = [values[name] for name in self._order]
        return self._call, ordered if due is None else [*ordered, due]
