"""Reading for a paper: one snapshot, on a connection of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from registration.database import db

CHUNK = 1000
"""Rows that are fetched at a time."""


@contextmanager
def snapshot() -> Iterator[Connection]:
    """Read what is there at one moment, row after row, while the session may commit progress."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection.execution_options(yield_per=CHUNK)
