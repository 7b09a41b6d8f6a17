"""Mails go no faster than the settings say, through an account and to a domain."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from registration.config import load
from registration.database import db, transaction
from registration.errors import SettingRefused
from registration.mailservers import parse_accounts, parse_domain_rates
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.services.deliveries import Claim, claiming, pace
from tests import factories

NOON = factories.yesterday_at(12)
RATE = 50.0
THREADS = 4


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def claim() -> Claim:
    with transaction():
        return claiming.claim()


def recipients(claimed: Claim) -> list[str]:
    db.session.rollback()
    ids = [each.id for each in claimed.deliveries]
    query = select(Delivery.recipient).where(Delivery.id.in_(ids)).order_by(Delivery.recipient)
    return list(db.session.scalars(query))


def take(wanted: int) -> int:
    with transaction():
        return pace.take("domain:gmx.example", RATE, wanted)


def test_a_pace_is_kept_to_the_mail(clock: time_machine.Traveller) -> None:
    gone = 0
    for _ in range(100):
        gone += take(20)
        clock.shift(timedelta(milliseconds=30))
    assert 150 <= gone <= 150 + 6, "three seconds of fifty, and what goes ahead"


def test_after_a_pause_nothing_is_made_up_for(clock: time_machine.Traveller) -> None:
    first = take(1000)
    clock.shift(timedelta(hours=1))
    assert take(1000) == first


def test_a_clock_that_was_ahead_holds_nothing_up_for_long(clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(days=400))
    assert take(1) == 1
    clock.shift(timedelta(days=-400))
    assert take(1) == 1
    assert take(1000) < 10, "and the pace is kept from then on"


def taken_by_several(app: Flask) -> int:
    """Let several senders take at once what one moment has room for; return how much they got."""
    begin, gone = threading.Barrier(THREADS), []

    def run() -> None:
        with app.app_context():
            begin.wait()
            gone.append(sum(take(1) for _ in range(10)))

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(gone)


def test_several_senders_keep_one_pace(app: Flask, clock: time_machine.Traveller) -> None:
    with transaction():
        room = pace.free("domain:gmx.example", RATE)
    assert taken_by_several(app) == room == 6


def test_twin_each_sender_with_a_pace_of_its_own_is_too_fast(
    app: Flask, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_key = pace.take

    def take_alone(key: str, rate: float, wanted: int) -> int:
        return by_key(f"{key} {threading.get_ident()}", rate, wanted)

    monkeypatch.setattr(pace, "take", take_alone)
    assert taken_by_several(app) == 6 * THREADS, "the twin must show the damage"


def test_what_its_domain_holds_back_stays_due_and_lets_others_pass(
    app: Flask, event: Event, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_DOMAIN_RATE", "gmx.example=5/s")
    for _ in range(25):
        factories.register(event, email="a@GMX.example")
    clock.shift(timedelta(milliseconds=1))  # of mails due at one moment any may be claimed first
    factories.register(event, email="other@buendnis.example")
    assert recipients(claim()) == ["a@GMX.example"]
    second = claim()
    assert recipients(second) == ["other@buendnis.example"]
    assert second.wait == pytest.approx(0.1)
    assert claim().deliveries == ()
    clock.shift(timedelta(milliseconds=100))
    assert recipients(claim()) == ["a@GMX.example"]
    db.session.rollback()
    waiting = db.session.scalars(select(Delivery).where(Delivery.state == "new")).all()
    assert (len(waiting), {each.attempts for each in waiting}) == (23, {0})


def test_each_other_domain_has_a_pace_of_its_own(
    app: Flask, event: Event, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_DOMAIN_RATE", "*=1/s web.example=600/m")
    for domain in ("gmx.example", "gmx.example", "posteo.example", "web.example", "web.example"):
        factories.register(event, email=f"a@{domain}")
    assert recipients(claim()) == [
        "a@gmx.example",
        "a@posteo.example",
        "a@web.example",
        "a@web.example",
    ]


def test_an_account_that_keeps_a_pace_leaves_the_rest_to_others(
    app: Flask, event: Event, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = "smtp://127.0.0.1:1?name=slow&rate=1/s smtp://127.0.0.1:2?name=fast"
    monkeypatch.setitem(app.config, "SMTP_URL", both)
    for _ in range(10):
        factories.register(event)
    claimed = claim().deliveries
    assert sorted(each.channel for each in claimed) == ["fast"] * 9 + ["slow"]
    monkeypatch.setitem(app.config, "SMTP_URL", both.split(maxsplit=1)[0])
    for _ in range(2):
        factories.register(event)
    held = claim()
    assert held.deliveries == ()
    assert held.wait == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("smtp://", "no host"),
        ("imap://mail.example", "begin with one of"),
        ("smtp://mail.example:port", "ort"),
        ("smtp://mail.example?rate=fast", "write it as 20/s"),
        ("smtp://mail.example?rate=0/s", "write it as 20/s"),
        ("smtp://mail.example?burst=3", "none of from, name, rate"),
        ("smtp://mail.example smtps://mail.example", "twice"),
        ("smtp://mail.example?from=me", "no address"),
    ],
)
def test_an_account_that_cannot_be_stops_the_start(text: str, why: str) -> None:
    with pytest.raises(SettingRefused, match=why):
        load({"EINLASS_SMTP_URL": text, "EINLASS_SECRET_KEY": "x" * 16})


@pytest.mark.parametrize("text", ["gmx.de", "gmx.de=fast", "=5/s"])
def test_a_rate_that_cannot_be_stops_the_start(text: str) -> None:
    with pytest.raises(SettingRefused, match="MAIL_DOMAIN_RATE has"):
        load({"EINLASS_MAIL_DOMAIN_RATE": text, "EINLASS_SECRET_KEY": "x" * 16})


def test_an_account_is_called_by_its_user_and_host_and_never_by_its_password() -> None:
    accounts = parse_accounts("smtp://me:secret@mail.example\n smtps://b.example:466?rate=90/m")
    assert [each.name for each in accounts] == ["me@mail.example", "b.example:466"]
    assert accounts[1].rate == 1.5
    assert parse_domain_rates("gmx.de=5/s, *=1/m")["*"] == pytest.approx(1 / 60)
