"""What only one kind of database has, without loading the other kind's half of SQLAlchemy.

Each half costs a web process up to 2 MB.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, Table, text

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Written = postgresql.Insert | sqlite.Insert


def insert(dialect: str) -> "Callable[[Table], Written]":
    """Return what makes an INSERT that may meet rows that are there already."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # not on SQLite

        return postgresql.insert
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415  # not on PostgreSQL

    return sqlite.insert


class PartialIndex(Index):
    """An index of few of a table's rows, which writing most rows does not touch.

    ``sqlite_where`` and ``postgresql_where`` would say the same, but load both.
    """

    inherit_cache = True

    def __init__(self, name: str, *columns: str, where: str, unique: bool = False) -> None:
        """Take the condition as SQL that both databases read."""
        super().__init__(name, *columns, unique=unique)
        self._where = text(where)

    @cached_property
    def dialect_options(self) -> Any:  # Index has it so, too
        """Return what each kind of database is told when it makes the index."""
        return _Told(super().dialect_options, self._where)


class _Told(dict[str, Any]):
    """The options of an index by kind of database, found when that kind asks."""

    def __init__(self, others: Any, where: object) -> None:
        super().__init__()
        self._others, self._where = others, where

    def __missing__(self, dialect: str) -> Any:
        options = self[dialect] = self._others[dialect]
        options["where"] = self._where
        return options
