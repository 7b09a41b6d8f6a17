"""The database: the base of all models, the column types, and the units of work.

`transaction` is one unit of work that writes, `snapshot` one that reads. Nothing else commits.
"""

import fcntl
import os
import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault
from sqlalchemy.types import TypeDecorator

from registration import dialects, engines
from registration.engines import STAYS, WRITES
from registration.joining import JoiningSession
from registration.prepared import Prepared

Given = ParamSpec("Given")
Read = TypeVar("Read")

MOST_ID = 2**31 - 1
"""The largest number of a row that a column of ours holds (INTEGER, on PostgreSQL)."""
SortKey = String(200).with_variant(String(200, collation="C"), "postgresql")
"""A folded name, compared byte by byte on every database."""


class Localised(dict[str, str]):
    """A text in several languages, by language code."""

    def in_locale(self, locale: str) -> str:
        """Return the text in ``locale``, else in German, else in whatever there is."""
        return self.get(locale) or self.get("de") or next(iter(self.values()), "")


class LocalisedText(TypeDecorator[Localised]):
    """A `Localised` stored as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(
        self,
        value: dict[str, str] | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> dict[str, str] | None:
        """Store a plain mapping."""
        return None if value is None else dict(value)

    def process_result_value(
        self,
        value: dict[str, str] | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> Localised | None:
        """Return a `Localised`."""
        return None if value is None else Localised(value)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, also where the database keeps no zone (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Refuse naive datetimes; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Return an aware UTC datetime."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Model(DeclarativeBase):
    """The base of all models."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, Localised: LocalisedText}  # noqa: RUF012  # SQLAlchemy's way


db = SQLAlchemy(metadata=Model.metadata, session_options={"class_": JoiningSession})


def uuid7() -> uuid.UUID:
    """Return a new UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def init_app(app: Flask) -> None:
    """Connect the application to its database; SQLite is set up to be durable and strict."""
    db.init_app(app)
    with app.app_context():
        engines.listen(db.engine)


@contextmanager
def transaction() -> Iterator[Session]:
    """Open one writing unit of work; commit at its end, roll back on any exception.

    What the session has read before is read anew, so that nothing is decided on an old snapshot.
    On SQLite, writers of all threads and processes queue for it fairly (see `turn`).

    Raises:
        RuntimeError: the session holds changes that were made outside a transaction.
    """
    session = cast(Session, db.session())
    refuse_changes(session)
    session.rollback()
    with turn():
        session.connection(execution_options=_writing())
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise


def refuse_changes(session: Session) -> None:
    """Raise RuntimeError if the session holds changes, which a rollback would lose."""
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("the session was changed outside a transaction")


def _writing() -> dict[str, object]:
    if db.engine.dialect.name == "sqlite":
        return {WRITES: True}
    return {"isolation_level": "READ COMMITTED"}


def _staying() -> dict[str, object]:
    if db.engine.dialect.name == "sqlite":
        return {STAYS: True}
    return {"isolation_level": "REPEATABLE READ"}


@contextmanager
def snapshot() -> Iterator[Session]:
    """Open a reading unit of work that sees one moment, however long it reads.

    For what is streamed (`yield_per`) or must agree with itself, such as a roster; or for many
    things made one after the other, which share what is read `once`.
    """
    session = cast(Session, db.session())
    session.rollback()
    session.connection(execution_options=_staying())
    session.info[ONCE] = {}
    try:
        yield session
    finally:
        session.info.pop(ONCE, None)
        session.rollback()


ONCE = "read once"
"""Where a session keeps what it has read in the present snapshot."""


def once(read: Callable[Given, Read], *args: Given.args, **kwargs: Given.kwargs) -> Read:
    """Return what this reads; within one `snapshot`, read with the same arguments only once."""
    seen = db.session().info.get(ONCE)
    if seen is None:
        return read(*args, **kwargs)
    key = (read, args, *kwargs.items())
    if key not in seen:
        seen[key] = read(*args, **kwargs)
    return cast(Read, seen[key])


@contextmanager
def turn() -> Iterator[None]:
    """Wait for this writer's turn on SQLite: its own busy handler sleeps, and not fairly.

    A lock file beside the database queues threads and processes in the kernel. It only orders;
    ``BEGIN IMMEDIATE`` still guards, also against writers that do not know of the file.
    """
    database = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not database or not current_app.config["FAIR_WRITES"]:
        yield
        return
    lock = os.open(Path(f"{database}-turn"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def insert_new(model: type[Model], *rows: Mapping[str, object]) -> int:
    """Insert the rows that break no unique constraint; return how many were inserted.

    A row that another transaction is just inserting is waited for, so that "not inserted" means
    "is there". The columns' Python-side defaults apply; all rows name the same columns.
    """
    whole = [_with_defaults(model, row) for row in rows]
    return _insert_new(model, tuple(whole[0])).write(db.session.connection(), whole)


def _with_defaults(model: type[Model], row: Mapping[str, object]) -> dict[str, object]:
    defaults = {name: make() for name, make in _defaults(model).items() if name not in row}
    return {**defaults, **row}


@cache
def _defaults(model: type[Model]) -> Mapping[str, Callable[[], object]]:
    found: dict[str, Callable[[], object]] = {}
    for column in model.__table__.columns:
        default = column.default
        if isinstance(default, ScalarElementColumnDefault):
            found[column.key] = partial(_same, default.arg)
        elif isinstance(default, CallableColumnDefault):
            found[column.key] = partial(default.arg, None)  # type: ignore[arg-type]  # no context
    return found


def _same(value: object) -> object:
    return value


@cache
def _insert_new(model: type[Model], columns: tuple[str, ...]) -> Prepared:
    return Prepared(partial(new_row, model), *columns)


def new_row(model: type[Model], dialect: str) -> "dialects.Written":
    """Return the statement that inserts a row unless it breaks a unique constraint."""
    return dialects.insert(dialect)(cast(Table, model.__table__)).on_conflict_do_nothing()
