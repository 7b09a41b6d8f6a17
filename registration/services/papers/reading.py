"""Reading for a paper: what is there at one moment, on a connection of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Executable, Row

from registration.database import db

CHUNK = 500
"""Rows that are fetched, and so many steps that progress takes."""


@contextmanager
def streaming() -> Iterator[Connection]:
    """Read what is there at one moment, row after row.

    Unlike `registration.database.snapshot` it leaves the session alone, so that progress can be
    committed while rows are still being read.
    """
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection.execution_options(yield_per=CHUNK)


def chunks(connection: Connection, statement: Executable) -> Iterator[Sequence[Row[Any]]]:
    """Return the rows, a chunk at a time; the database's cursor is closed with the iterator."""
    with connection.execute(statement) as result:
        yield from result.partitions()
