"""Engines: how we connect to each kind of database, and keep its connections honest."""

import time

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

WRITES = "einlass_writes"
"""The execution option of a connection whose transaction is going to write."""
STAYS = "einlass_stays"
"""The execution option of a connection whose transaction sees one moment of a SQLite database."""


def engine_options(url: str) -> dict[str, object]:
    """Return how to connect: a connection for each thread of a web process."""
    if url.startswith("sqlite"):
        return {
            "connect_args": {"isolation_level": None, "check_same_thread": False},
            "pool_size": 20,
            "pool_use_lifo": True,  # the connection used last has the pages that are wanted next
        }
    return {
        "pool_size": 20,
        "pool_use_lifo": True,
        "max_overflow": 10,
        "pool_recycle": 1800,
        # At READ COMMITTED each statement has a snapshot of its own anyway; without a transaction
        # around them, reads cost no BEGIN and no ROLLBACK. `transaction` opens real ones.
        "isolation_level": "AUTOCOMMIT",
    }


def listen(engine: Engine) -> None:
    """Set new connections up, and check those that were idle."""
    if engine.dialect.name == "sqlite":
        _listen_to_sqlite(engine)
    else:
        _check_idle_connections(engine)


def _listen_to_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "cache_size=-16000",
            "wal_autocheckpoint=4000",  # 16 MB: fewer commits wait for a checkpoint
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Other reads see what is there when each of them runs, as on PostgreSQL: no BEGIN, and
        # no ROLLBACK afterwards. A BEGIN that writes later would fail where another did first.
        options = connection.get_execution_options()
        if options.get(WRITES):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif options.get(STAYS):
            connection.exec_driver_sql("BEGIN")


IDLE_SECONDS = 5.0
"""After which a connection is asked whether it still lives, before it is used again."""


def _check_idle_connections(engine: Engine) -> None:
    """Replace connections that a restart of the server has ended.

    Asking before each use, as `pool_pre_ping` does, would cost every request a round trip.
    """

    @event.listens_for(engine, "checkin")
    def note_use(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - entry.info.get("used_at", time.monotonic()) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
