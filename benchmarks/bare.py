"""The limits: a bare Flask view, one that durably commits one row, and the least form there can be.

The least form is what Flask-WTF itself needs for the fields of a registration: it checks that they
are there and not too long, and its session holds the secret against forged posts. Its page is never
rendered, and all that it commits is the one row; what a registration costs beyond it is Einlass.

They run on the same server, with the same threads, on the same database as the program, and know
nothing of it: no pool, no ORM, one connection a thread, one statement a row.
"""

import os
import sqlite3
import threading
import uuid

import psycopg
from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

URL = os.environ["BARE_DATABASE"]
"""A file of SQLite, or postgresql://…"""

app = Flask(__name__)
app.secret_key = "of the bench, which listens on loopback only"
_own = threading.local()


@app.get("/bare")
def bare() -> ResponseReturnValue:
    """Answer two letters."""
    return "ok"


@app.post("/durable")
def durable() -> ResponseReturnValue:
    """Commit what was sent as one row, then answer."""
    given = request.get_json()
    _commit(given["id"], given["badge"])
    return {"id": given["id"]}


class LeastForm(FlaskForm):
    """The fields of a registration, each with the least that has to be checked."""

    salutation = SelectField(choices=["", "neutral"])
    title = StringField(validators=[Length(max=60)])
    given_name = StringField(validators=[InputRequired(), Length(max=160)])
    family_name = StringField(validators=[InputRequired(), Length(max=160)])
    email = StringField(validators=[InputRequired(), Length(max=254)])
    organisation = StringField(validators=[Length(max=160)])
    position = StringField(validators=[Length(max=120)])
    sector = SelectField(choices=["", "science"])
    alliance = SelectField(choices=["", "MR4B"])
    role = RadioField(choices=["delegate"])
    theme = SelectField(choices=["", "health"])
    locale = SelectField(choices=["de", "en"])
    diet = SelectField(choices=["any", "vegan"])
    support_needs = StringField(validators=[Length(max=500)])
    photo_consent = RadioField(choices=["yes", "no"])
    privacy_consent = BooleanField(validators=[InputRequired()])


@app.get("/form")
def show() -> ResponseReturnValue:
    """Answer the least page that a browser could send."""
    return f'{LeastForm().csrf_token}<input name="idempotency_key" value="{uuid.uuid4()}">'


@app.post("/form")
def take() -> ResponseReturnValue:
    """Check what was sent, commit one row, and send the browser on."""
    form = LeastForm()
    if not form.validate_on_submit():
        return form.errors, 422
    _commit(request.form["idempotency_key"], str(form.email.data))
    return redirect("/bare", 303)


def _commit(number: str, text: str) -> None:
    """Keep one row for good."""
    row = (number, text)
    if URL.startswith("postgresql"):
        connection = _postgresql()
        connection.execute("INSERT INTO bare (id, badge) VALUES (%s, %s)", row)
        connection.commit()
    else:
        lite = _sqlite()
        lite.execute("BEGIN IMMEDIATE")
        lite.execute("INSERT INTO bare (id, badge) VALUES (?, ?)", row)
        lite.execute("COMMIT")


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
