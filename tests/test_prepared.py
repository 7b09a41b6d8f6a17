"""Prepared statements say what SQLAlchemy's execution would, on both databases."""

import uuid
from datetime import UTC, datetime
from typing import cast

from flask import Flask
from sqlalchemy import Table, bindparam, select

from registration.database import db, insert_new, new_row, transaction
from registration.models.events import Event
from registration.models.gates import Gate, Presence
from registration.models.registrations import Registration
from registration.prepared import Among, Prepared
from tests import factories

REGISTRATION = cast(Table, Registration.__table__)
BY_IDS = Prepared(
    lambda _: select(
        REGISTRATION.c.id, REGISTRATION.c.created_at, REGISTRATION.c.family_name
    ).where(Among(REGISTRATION.c.id, "ids"), REGISTRATION.c.state == "confirmed")
)


def test_rows_come_back_as_the_models_have_them(event: Event) -> None:
    people = [factories.register(event, family_name=name) for name in ("Weiß", "Łukasz", "Ähre")]
    wanted = [people[0].id, people[2].id, uuid.uuid4()]
    rows = {row.id: row for row in BY_IDS.rows(db.session.connection(), {"ids": wanted})}
    assert {key: row.family_name for key, row in rows.items()} == {
        people[0].id: "Weiß",
        people[2].id: "Ähre",
    }
    assert rows[people[0].id].created_at == people[0].created_at
    assert rows[people[0].id].created_at.tzinfo is UTC


def test_a_list_may_be_empty(event: Event) -> None:
    assert list(BY_IDS.rows(db.session.connection(), {"ids": []})) == []


def test_keys_are_looked_up_and_not_walked_through(app: Flask) -> None:
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        plan = "EXPLAIN " + BY_IDS.text(connection)
        connection.connection.cursor().execute("SET enable_seqscan = off")
    else:
        plan = "EXPLAIN QUERY PLAN " + BY_IDS.text(connection)
    cursor = connection.connection.cursor()
    cursor.execute(plan, BY_IDS.given(connection, {"ids": [uuid.uuid4()]}))
    steps = " ".join(str(row) for row in cursor.fetchall())
    assert "SCAN registration" not in steps
    assert "Seq Scan" not in steps


def test_what_is_there_already_is_not_counted_as_written(event: Event) -> None:
    row = {"event_id": event.id, "code": "north", "name": "Nord"}
    with transaction():
        assert insert_new(Gate, row) == 1
        assert insert_new(Gate, row) == 0
        others = [row | {"code": code} for code in ("north", "south", "west")]
        assert insert_new(Gate, *others) == 2


def test_constants_of_a_statement_need_no_parameter(event: Event) -> None:
    person = factories.register(event)
    assert person.badge is not None
    moment = datetime(2026, 1, 6, 8, 55, tzinfo=UTC)
    passage = {"badge_id": person.badge.id, "event_id": event.id, "inside": True,
               "first_at": moment, "first_gate": "main", "last_at": moment}  # fmt: skip
    with transaction():
        assert insert_new(Presence, passage) == 1
    stored = db.session.get_one(Presence, person.badge.id)
    assert (stored.first_at, stored.inside, stored.revision) == (moment, True, 0)


def test_a_statement_is_made_once_for_each_database(event: Event) -> None:
    made: list[str] = []

    def make(database: str) -> object:
        made.append(database)
        return select(REGISTRATION.c.id).where(REGISTRATION.c.id == bindparam("id"))

    statement = Prepared(make)  # type: ignore[arg-type]  # it returns a statement
    for _ in range(3):
        list(statement.rows(db.session.connection(), {"id": uuid.uuid4()}))
    assert made == [db.engine.dialect.name]
    assert str(new_row(Gate, db.engine.dialect.name)).startswith("INSERT INTO gate")
