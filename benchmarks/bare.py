"""The limit: a bare Flask view, and one that parses JSON and durably commits one row.

They run on the same server, with the same threads, on the same database as the program, and know
nothing of it: no pool, no ORM, one connection a thread, one statement a row.
"""

import os
import sqlite3
import threading

import psycopg
from flask import Flask, request
from flask.typing import ResponseReturnValue

URL = os.environ["BARE_DATABASE"]
"""A file of SQLite, or postgresql://…"""

app = Flask(__name__)
_own = threading.local()


@app.get("/bare")
def bare() -> ResponseReturnValue:
    """Answer two letters."""
    return "ok"


@app.post("/durable")
def durable() -> ResponseReturnValue:
    """Commit what was sent as one row, then answer."""
    given = request.get_json()
    row = (given["id"], given["badge"])
    if URL.startswith("postgresql"):
        connection = _postgresql()
        connection.execute("INSERT INTO bare (id, badge) VALUES (%s, %s)", row)
        connection.commit()
    else:
        lite = _sqlite()
        lite.execute("BEGIN IMMEDIATE")
        lite.execute("INSERT INTO bare (id, badge) VALUES (?, ?)", row)
        lite.execute("COMMIT")
    return {"id": given["id"]}


def _postgresql() -> "psycopg.Connection[tuple[object, ...]]":
    if not hasattr(_own, "connection"):
        _own.connection = psycopg.connect(URL)
    connection: psycopg.Connection[tuple[object, ...]] = _own.connection
    return connection


def _sqlite() -> sqlite3.Connection:
    if not hasattr(_own, "connection"):
        _own.connection = sqlite3.connect(URL, isolation_level=None, timeout=30)
        _own.connection.execute("PRAGMA journal_mode=WAL")
        _own.connection.execute("PRAGMA synchronous=FULL")
    connection: sqlite3.Connection = _own.connection
    return connection


def create_table() -> None:
    """Make the one table."""
    table = "CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, badge TEXT NOT NULL)"
    if URL.startswith("postgresql"):
        connection = _postgresql()
        connection.execute("SELECT pg_advisory_xact_lock(1)")  # the other processes make it too
        connection.execute(table)
        connection.commit()
    else:
        _sqlite().execute(table)


create_table()
