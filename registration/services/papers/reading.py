"""Reading for a paper: what is there at one moment, on a connection of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from registration.database import db

CHUNK = 1000
"""Rows that are fetched at a time."""


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
