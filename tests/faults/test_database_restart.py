"""A database that was restarted is used again by the next request after a pause."""

import time

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from registration import engines
from registration.database import db
from registration.services import events

pytestmark = pytest.mark.parametrize("migrated_app", ["postgresql"], indirect=True)


def end_all_other_connections() -> None:
    """Do to our connections what a restart of the server does."""
    with db.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        connection.invalidate()


def idle_connections() -> None:
    """Leave three connections in the pool."""
    opened = [db.engine.connect() for _ in range(3)]
    for connection in opened:
        connection.close()


def ask_three_times() -> None:
    opened = [db.engine.connect() for _ in range(3)]
    try:
        for connection in opened:
            connection.execute(text("SELECT 1"))
    finally:
        for connection in opened:
            connection.close()


def test_connections_that_ended_while_idle_are_replaced(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "IDLE_SECONDS", 0.05)
    idle_connections()
    end_all_other_connections()
    time.sleep(0.1)
    ask_three_times()
    assert events.list_events() == []


def test_unchecked_they_would_fail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: without the check, what ended is handed out."""
    monkeypatch.setattr(engines, "IDLE_SECONDS", 3600.0)
    idle_connections()
    end_all_other_connections()
    db.session.remove()
    with pytest.raises(OperationalError):
        ask_three_times()
