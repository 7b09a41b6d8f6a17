"""Many people race for few places: no quota is overbooked, and no free place is refused."""

import random
import re
import sqlite3
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from flask import Flask

from registration.database import db, transaction
from registration.errors import QuotaExhausted
from registration.models.events import Event
from registration.services import events, quotas
from tests import factories, load
from tests.installations import EVENT, Installation, installations

CLIENTS = 64
ALLIANCES = ("MR4B", "BIOZ", "VOGTLAND", "DIANA", "HOLZ21")
ROLES = ("delegate", "presenter")
HIDDEN = re.compile(rb'name="(csrf_token|idempotency_key)"[^>]*?value="([^"]+)"')


def set_up(installation: Installation, places: int) -> None:
    """Twelve overlapping quotas: the total, two roles, five alliances, four pairs."""
    installation.einlass("db", "upgrade")
    installation.einlass("demo")
    for row in rows_of(installation, "SELECT id FROM quota"):
        run_sql(installation, f"DELETE FROM quota WHERE id = {int(str(row[0]))}")

    def give(places: int, *scope: str) -> None:
        installation.einlass("quota", "set", "--event", EVENT, *scope, "--places", str(places))

    give(places)
    for role in ROLES:
        give(places * 2 // 3, "--role", role)
    for alliance in ALLIANCES:
        give(places // 4, "--alliance", alliance)
    for alliance in ALLIANCES[:4]:
        give(places * 3 // 20, "--alliance", alliance, "--role", "delegate")


def rows_of(installation: Installation, query: str) -> list[tuple[object, ...]]:
    """Read the installation's database beside its processes."""
    if installation.url:
        with psycopg.connect(installation.url) as connection:
            return list(connection.execute(query.encode()))
    path: Path = installation.data_dir / "einlass.sqlite3"
    return list(sqlite3.connect(path).execute(query))


def run_sql(installation: Installation, statement: str) -> None:
    """Change the installation's database beside its processes."""
    if installation.url:
        with psycopg.connect(installation.url) as connection:
            connection.execute(statement.encode())
        return
    with sqlite3.connect(installation.data_dir / "einlass.sqlite3", timeout=30) as lite:
        lite.execute("PRAGMA foreign_keys=ON")
        lite.execute(statement)


class Crowd:
    """Clients that register again and again until all attempts are used up."""

    def __init__(self, attempts: int) -> None:
        self._left = attempts
        self._guard = threading.Lock()
        self.statuses: dict[int, int] = {}

    def run(self, port: int) -> None:
        threads = [threading.Thread(target=self._work, args=(port, n)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, port: int, number: int) -> None:
        client = load.Client(port)
        chance = random.Random(number)
        while self._take():
            page = client.ask("GET", f"/{EVENT}/register")
            hidden = {name.decode(): value.decode() for name, value in HIDDEN.findall(page.body)}
            body = urlencode(hidden | self._person(chance)).encode()
            answer = client.ask("POST", f"/{EVENT}/register", body=body, headers=FORM)
            with self._guard:
                self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        client.close()

    def _take(self) -> bool:
        with self._guard:
            self._left -= 1
            return self._left >= 0

    @staticmethod
    def _person(chance: random.Random) -> dict[str, str]:
        return {
            "given_name": "Änne",
            "family_name": "Groß",
            "email": f"{uuid.uuid4().hex}@buendnis.example",
            "alliance": chance.choice(ALLIANCES),
            "role": chance.choice(ROLES),
            "locale": "de",
            "privacy_consent": "y",
        }


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("attempts", "places"),
    [(500, 60), pytest.param(5000, 600, marks=pytest.mark.long)],
)
def test_a_crowd_gets_exactly_the_places_there_are(
    database: str, attempts: int, places: int
) -> None:
    with installations([database]) as (installation,):
        set_up(installation, places)
        crowd = Crowd(attempts)
        with installation.serving() as server:
            crowd.run(server.port)
        assert crowd.statuses == {303: places, 409: attempts - places}
        rows = rows_of(installation, "SELECT places, taken FROM quota ORDER BY id")
        assert len(rows) == 12
        assert rows[0] == (places, places)
        assert all(int(str(taken)) <= int(str(most)) for most, taken in rows)
        reconciled = installation.einlass("registrations", "reconcile", "--event", EVENT, "--json")
        assert reconciled.strip() == "[]"
        holders = rows_of(installation, "SELECT count(*) FROM registration")
        mails = rows_of(installation, "SELECT count(*) FROM delivery")
        assert holders == mails == [(places,)]


def race(app: Flask, register: Callable[[], None]) -> int:
    """Let everybody register at once; return how many got a place."""
    admitted = []
    start = threading.Barrier(CLIENTS)

    def one() -> None:
        with app.app_context():
            start.wait()
            try:
                register()
            except QuotaExhausted:
                return
            admitted.append(1)

    threads = [threading.Thread(target=one) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(admitted)


def register_once(event: Event) -> None:
    factories.register(event, alliance="MR4B")


def test_sixty_four_people_race_for_the_last_places(app: Flask, event: Event) -> None:
    slug_holder = events.get_prospectus(event.slug).event
    factories.set_places(event, 5)
    factories.set_places(event, 3, alliance="MR4B")
    assert race(app, lambda: register_once(slug_holder)) == 3
    db.session.rollback()
    assert [quota.taken for quota in quotas.list_quotas(slug_holder.id)] == [3, 3]


def test_counting_first_and_writing_then_overbooks(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin without the guard: look whether a place is free, then take it unconditionally."""
    slug_holder = events.get_prospectus(event.slug).event
    factories.set_places(event, 3)
    looked = threading.Barrier(8)
    monkeypatch.setattr(
        quotas, "take", lambda *person: quotas.take_beyond(quotas.matching(*person), 1)
    )

    def look_then_register() -> None:
        left = quotas.places_left(slug_holder.id)[None]
        looked.wait(timeout=60)
        if not left:
            raise QuotaExhausted(quota_id=0)
        register_once(slug_holder)

    assert race(app, look_then_register) > 3


def test_two_forms_at_once_with_one_key_are_one_registration(app: Flask, event: Event) -> None:
    slug_holder = events.get_prospectus(event.slug).event
    factories.set_places(event, 1)

    def same_form() -> None:
        factories.register(slug_holder, idempotency_key="the-same-form")

    assert race(app, same_form) == CLIENTS
    db.session.rollback()
    assert quotas.count_holders(slug_holder.id, None, None) == 1
    assert [quota.taken for quota in quotas.list_quotas(slug_holder.id)] == [1]


def test_a_quota_made_while_people_register_counts_them_all(app: Flask, event: Event) -> None:
    slug_holder = events.get_prospectus(event.slug).event
    made = threading.Event()

    def register_or_limit() -> None:
        if not made.is_set():
            made.set()
            with transaction():
                quotas.set_quota(event_id=slug_holder.id, places=1000, actor="command")
        register_once(slug_holder)

    assert race(app, register_or_limit) == CLIENTS
    db.session.rollback()
    assert [quota.taken for quota in quotas.list_quotas(slug_holder.id)] == [CLIENTS]
