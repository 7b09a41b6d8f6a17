"""Strokes: a writing unit of work in two round trips, for the hottest path.

What it decides on is asked all at once; what follows from it is written all at once, and is
committed with that. On PostgreSQL each is one message of statements that the server has planned
already, because every further message costs both sides more than the statement in it. A session
that is used meanwhile joins (see `joining`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection

from registration import joining, planning
from registration.combiner import Again
from registration.database import db, refuse_changes, turn
from registration.prepared import Prepared

Query = tuple[Prepared, Mapping[str, object]]
Write = tuple[Prepared, Sequence[Mapping[str, object]]]


class Stroke:
    """One unit of work that is open; see `stroke`."""

    def __init__(self, connection: Connection, *, is_whole: bool) -> None:
        """Take the connection, and whether the unit of work is ours to begin and to commit."""
        self.connection = connection
        is_postgresql = connection.dialect.name == "postgresql"
        self._opening = "BEGIN" if is_postgresql else "BEGIN IMMEDIATE"
        self._is_terse = is_postgresql and is_whole
        self._is_whole = is_whole
        self._has_begun = not is_whole
        self._is_joined = False

    def begin(self) -> None:
        """Begin, unless that has happened."""
        if not self._has_begun:
            self.connection.connection.cursor().execute(self._opening)
            self._has_begun = True

    def join(self) -> Connection:
        """Return the connection for a session, which is then committed with it."""
        self._is_joined = True
        self.begin()
        return self.connection

    def ask(self, *queries: Query) -> Sequence[Sequence[Any]]:
        """Return the rows of each query, as named tuples.

        Raises:
            Again: the server has forgotten what it had planned.
        """
        if not self._is_terse:
            self.begin()
            return Prepared.rows_of_all(self.connection, *queries)
        opening = [] if self._has_begun else [(self._opening, ())]
        self._has_begun = True
        found = self._send(
            [
                *opening,
                *(planning.call(self.connection, query, given) for query, given in queries),
            ]
        )
        ready = [query.ready(self.connection) for query, _ in queries]
        return [each.decoded(rows) for each, rows in zip(ready, found, strict=True)]

    def write(self, *writes: Write) -> None:
        """Write all rows, in this order, and commit where nothing else is waiting to be.

        Raises:
            Again: a row was not written, so what was decided on is no longer so.
        """
        due = [(statement, rows) for statement, rows in writes if rows]
        if due and self._is_terse:
            calls = [call for write in due for call in planning.writes(self.connection, *write)]
            self._send(calls if self._is_joined else [*calls, ("COMMIT", ())])
        elif due:
            self.begin()
            written = Prepared.write_all(self.connection, *due)
            if sum(written) < sum(len(rows) for _, rows in due):
                raise Again

    def _send(self, calls: Sequence[planning.Call]) -> Sequence[Sequence[Any]]:
        """Send statements as one message; return the rows of those that have any."""
        from psycopg import ClientCursor, errors  # noqa: PLC0415  # SQLite does without psycopg

        cursor = ClientCursor(cast(Any, self.connection.connection.driver_connection))
        text = ";".join(statement for statement, _ in calls)
        try:
            cursor.execute(text, [value for _, values in calls for value in values])
        except errors.DivisionByZero as error:
            raise Again from error
        except errors.InvalidSqlStatementName as error:
            planning.forget(self.connection)
            raise Again from error
        found = []
        while True:
            if cursor.pgresult is not None and cursor.pgresult.nfields:  # `description` costs more
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
