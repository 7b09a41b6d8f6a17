"""Servers that refuse, vanish and hang up, and senders that die: no mail is lost."""

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import NoReturn

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from registration.database import db, transaction
from registration.models.badges import Badge
from registration.models.deliveries import Delivery, DeliveryState, MailChannel
from registration.models.events import Event
from registration.services import badges
from registration.services.deliveries import channels, sending, settling, smtp
from tests import factories, postbox
from tests.postbox import Postbox

NOON = factories.yesterday_at(12)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def event(app: Flask, clock: time_machine.Traveller) -> Event:
    return factories.make_event()


@pytest.fixture
def box(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    with postbox.serving() as served:
        monkeypatch.setitem(app.config, "SMTP_URL", served.url)
        yield served


def sweep() -> int:
    return sending.send_due(transaction)


def deliveries() -> list[Delivery]:
    db.session.rollback()
    return list(db.session.scalars(select(Delivery).order_by(Delivery.created_at, Delivery.id)))


def the_only() -> Delivery:
    (delivery,) = deliveries()
    return delivery


def test_what_is_promised_is_sent_once(event: Event, box: Postbox) -> None:
    factories.register(event)
    assert (sweep(), sweep()) == (1, 0)
    delivery = the_only()
    assert (delivery.state, delivery.sent_at, delivery.attempts) == (DeliveryState.SENT, NOON, 1)
    assert box.copies == {delivery.message_id: 1}


def test_a_greylisted_mail_is_delivered_later(
    event: Event, box: Postbox, clock: time_machine.Traveller
) -> None:
    registration = factories.register(event)
    box.answer_recipient[registration.email] = "451 4.7.1 please come again"
    assert sweep() == 0
    delivery = the_only()
    assert delivery.state == DeliveryState.DEFERRED
    assert delivery.last_error == "RCPT TO: 451 4.7.1 please come again"
    box.answer_recipient.clear()
    assert sweep() == 0
    clock.shift(timedelta(minutes=1))
    assert sweep() == 1
    delivery = the_only()
    assert (delivery.state, delivery.attempts, delivery.last_error) == ("sent", 2, "")


def test_twin_that_gives_up_at_the_first_fault_delivers_less(
    event: Event, box: Postbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MOST_ATTEMPTS", 1)
    with pytest.raises(AssertionError):
        test_a_greylisted_mail_is_delivered_later(event, box, clock)


def test_a_refused_address_fails_and_shows_why_while_others_are_served(
    event: Event, box: Postbox
) -> None:
    factories.register(event, email="nobody@buendnis.example")
    factories.register(event, email="somebody@buendnis.example")
    box.answer_recipient["nobody@buendnis.example"] = "550 5.1.1 no such mailbox"
    assert sweep() == 1
    by_recipient = {delivery.recipient: delivery for delivery in deliveries()}
    refused = by_recipient["nobody@buendnis.example"]
    sent = by_recipient["somebody@buendnis.example"]
    assert (refused.state, sent.state) == (DeliveryState.FAILED, DeliveryState.SENT)
    assert refused.last_error == "RCPT TO: 550 5.1.1 no such mailbox"


def test_a_connection_lost_before_the_mail_is_handed_over_repeats_nothing(
    event: Event, box: Postbox, clock: time_machine.Traveller
) -> None:
    factories.register(event)
    box.on_recipient = postbox.hang_up
    assert sweep() == 0
    assert (the_only().state, the_only().repeats) == (DeliveryState.DEFERRED, 0)
    box.on_recipient = None
    clock.shift(timedelta(minutes=1))
    assert sweep() == 1
    assert list(box.copies.values()) == [1]


def test_a_connection_lost_before_the_last_dot_loses_nothing(
    event: Event, box: Postbox, clock: time_machine.Traveller
) -> None:
    factories.register(event)
    box.before_the_last_dot = postbox.hang_up
    assert sweep() == 0
    assert the_only().state in {DeliveryState.DEFERRED, DeliveryState.UNKNOWN}, "what got through?"
    box.before_the_last_dot = None
    clock.shift(timedelta(minutes=1))
    assert sweep() == 1
    assert list(box.copies.values()) == [1]


def test_a_connection_lost_after_the_last_dot_repeats_the_mail_and_counts_it(
    event: Event, box: Postbox, clock: time_machine.Traveller
) -> None:
    factories.register(event)
    box.after_the_last_dot = postbox.hang_up
    assert sweep() == 0
    assert (the_only().state, the_only().repeats) == (DeliveryState.UNKNOWN, 0)
    box.after_the_last_dot = None
    clock.shift(timedelta(minutes=1))
    assert sweep() == 1
    assert (the_only().state, the_only().repeats) == (DeliveryState.SENT, 1)
    assert box.copies == {the_only().message_id: 2}


class Died(BaseException):
    """The process ends here."""


def die(*_arguments: object, **_named: object) -> NoReturn:
    raise Died


def test_a_sender_that_dies_before_settling_repeats_one_mail_with_the_same_id(
    event: Event, box: Postbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        factories.register(event)
    with monkeypatch.context() as patch:
        patch.setattr(settling, "settle", die)
        with pytest.raises(Died):
            sweep()
    assert len(box.mails) == 1
    assert sweep() == 0, "the dead sender's lease holds"
    clock.shift(timedelta(seconds=121))
    assert sweep() == 3
    assert sorted(box.copies.values()) == [1, 1, 2]
    assert {delivery.message_id for delivery in deliveries()} == set(box.copies)
    assert [delivery.repeats for delivery in deliveries()] == [1, 1, 1]


def test_a_mail_that_cannot_be_written_keeps_no_other_from_being_sent(
    event: Event, box: Postbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_id = factories.register(event, email="first@buendnis.example").id
    factories.register(event, email="second@buendnis.example")
    token_of = badges.token_of

    def fail_for_the_first(badge: Badge) -> str:
        if badge.registration_id == first_id:
            raise RuntimeError("no ink")
        return token_of(badge)

    with monkeypatch.context() as patch:
        patch.setattr(badges, "token_of", fail_for_the_first)
        assert sweep() == 1
    (unwritten,) = [each for each in deliveries() if each.registration_id == first_id]
    assert (unwritten.state, unwritten.last_error) == ("deferred", "writing: RuntimeError: no ink")
    clock.shift(timedelta(minutes=1))
    assert sweep() == 1


def of_all(name: str) -> set[object]:
    """Return what the deliveries have in one column."""
    return {getattr(delivery, name) for delivery in deliveries()}


def paused() -> MailChannel | None:
    db.session.rollback()
    (channel,) = db.session.scalars(select(MailChannel)).all()
    return channel if channel.paused_at else None


def test_while_no_server_answers_one_try_stands_for_all(
    app: Flask, event: Event, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postbox.serving() as gone:
        monkeypatch.setitem(app.config, "SMTP_URL", f"{gone.url}?name=main")
    for _ in range(25):
        factories.register(event)
    assert sweep() == 0
    assert (of_all("state"), of_all("attempts")) == ({DeliveryState.NEW}, {0})
    assert paused() is not None
    with postbox.serving() as box:
        monkeypatch.setitem(app.config, "SMTP_URL", f"{box.url}?name=main")
        assert sweep() == 0, "it is too early to try again"
        clock.shift(timedelta(seconds=10))
        assert sweep() == 25
    assert paused() is None


def test_a_wrong_password_pauses_the_account_for_an_hour_and_costs_no_mail(
    app: Flask, event: Event, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(25):
        factories.register(event)
    with postbox.serving(auth=True) as box:
        at = f"127.0.0.1:{box.port}?name=main"
        monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://who:what@{at}")
        for _ in range(120):
            assert sweep() == 0
            clock.shift(timedelta(seconds=30))
        assert box.connections == 7, "a mail at a time tried it, later and later"
        assert (of_all("state"), of_all("attempts")) == ({DeliveryState.NEW}, {0})
        channel = paused()
        assert channel is not None
        assert (channel.paused_at, channel.error[:15]) == (NOON, "signing in: 535")
        right = f"smtp://einlass%40buendnis.example:p%40ss%2Fw%3Ard@{at}"
        monkeypatch.setitem(app.config, "SMTP_URL", right)
        assert sweep() == 0, "nobody has said that it was mended"
        with transaction():
            assert channels.try_again("main")
        assert sweep() == 25
    assert (paused(), of_all("attempts"), set(box.copies.values())) == (None, {1}, {1})


def test_twin_that_blames_the_mail_for_the_account_uses_up_attempts(
    app: Flask, event: Event, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (settling, sending):
        monkeypatch.setattr(module, "FOR_ALL", frozenset())
    factories.register(event)
    with postbox.serving(auth=True) as box:
        monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://who:what@127.0.0.1:{box.port}")
        assert sweep() == 0
    assert of_all("attempts") == {1}, "the twin must show the damage"


def test_of_two_accounts_the_one_that_is_paused_is_passed_over(
    app: Flask, event: Event, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        factories.register(event)
    with postbox.serving() as first, postbox.serving() as second:
        first.answer_sender = "550 5.7.1 not yours"
        both = f"{first.url}?name=one {second.url}?name=two&from=zwei@buendnis.example"
        monkeypatch.setitem(app.config, "SMTP_URL", both)
        assert sweep() == 30
        assert (len(first.mails), len(second.mails)) == (0, 30)
        assert of_all("channel") == {"two"}
        assert second.mails[0].message["From"] == "Einlass <zwei@buendnis.example>"
        first.answer_sender = ""
        clock.shift(timedelta(minutes=1))
        for _ in range(30):
            factories.register(event)
        assert sweep() == 30
        assert len(first.mails) > 5


def have_tried(attempts: int) -> None:
    with transaction():
        db.session.execute(update(Delivery).values(attempts=attempts))


def test_a_fault_that_lasts_for_days_is_given_up_visibly(event: Event, box: Postbox) -> None:
    registration = factories.register(event)
    have_tried(settling.MOST_ATTEMPTS - 1)
    box.answer_recipient[registration.email] = "451 mailbox full"
    assert sweep() == 0
    delivery = the_only()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, settling.MOST_ATTEMPTS)
    assert delivery.last_error == "RCPT TO: 451 mailbox full"


class Weather:
    """A mail server on a bad day: so much of each fault, by chances that are always the same.

    Each fault has its own, so that one more try, on a busy machine, makes no other one rarer.
    """

    def __init__(self, box: Postbox, seed: int) -> None:
        self._box = box
        self._seed = seed
        self._chances: dict[str, random.Random] = {}
        self.refused: set[str] = set()
        self.hung = self.lost = 0
        box.on_address = self.answer
        box.loses_before_the_last_dot = lambda: self._happens("before", 0.05)
        box.loses_after_the_last_dot = self._loses

    def _happens(self, fault: str, probability: float) -> bool:
        chance = self._chances.setdefault(fault, random.Random(f"{self._seed} {fault}"))
        return chance.random() < probability

    def _loses(self) -> bool:
        lost = self._happens("after", 0.05)
        self.lost += lost
        return lost

    async def answer(self, address: str) -> str:
        if address in self.refused or self._happens("refused", 0.05):
            self.refused.add(address)
            return "550 5.1.1 no such mailbox"
        if self._happens("hung", 0.02):
            self.hung += 1
            await asyncio.sleep(1)
        return "451 4.3.0 come again" if self._happens("busy", 0.2) else "250 OK"


def test_in_any_weather_all_is_delivered_or_visibly_refused(
    app: Flask, event: Event, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [f"{number}@buendnis.example" for number in range(60)]
    for email in people:
        factories.register(event, email=email)
    monkeypatch.setattr(smtp, "TIMEOUT", 0.4)
    monkeypatch.setattr(smtp, "LAST_TIMEOUT", 0.4)
    with postbox.serving(auth=True) as box:
        weather = Weather(box, seed=6)
        account = f"smtp://einlass%40buendnis.example:p%40ss%2Fw%3Ard@127.0.0.1:{box.port}"
        monkeypatch.setitem(app.config, "SMTP_URL", account)
        box.refuses_all = True
        for _ in range(12):
            assert sweep() == 0
            clock.shift(timedelta(minutes=5))
        assert (of_all("state"), of_all("attempts")) == ({DeliveryState.NEW}, {0})
        box.refuses_all = False
        clock.shift(timedelta(minutes=15))
        for _ in range(40):
            sweep()
            clock.shift(timedelta(minutes=15))
    ended = {delivery.recipient: delivery for delivery in deliveries()}
    failed = {email for email, delivery in ended.items() if delivery.state == "failed"}
    assert failed == weather.refused
    assert {ended[email].last_error for email in failed} == {"RCPT TO: 550 5.1.1 no such mailbox"}
    assert {ended[email].state for email in people if email not in failed} == {DeliveryState.SENT}
    assert min(weather.hung, weather.lost, len(weather.refused)) > 0
    repeated = sum(box.copies.values()) - len(box.copies)
    assert 0 < repeated <= sum(delivery.repeats for delivery in ended.values())
    assert paused() is None


def test_one_recipient_that_a_server_relays_nothing_to_holds_up_nobody_else(
    event: Event, box: Postbox, clock: time_machine.Traveller
) -> None:
    """Servers that ask the recipient's own first pass on what that one says of relaying."""
    box.answer_recipient["a@elsewhere.example"] = "550 5.7.1 Unable to relay"
    for name in ("a@elsewhere.example", "b@buendnis.example", "c@buendnis.example"):
        factories.register(event, email=name)
        clock.shift(timedelta(seconds=1))  # so that this one is tried first
    for _ in range(6):
        sweep()
        clock.shift(timedelta(seconds=15))
    by_recipient = {each.recipient[0]: each for each in deliveries()}
    assert {name: each.state for name, each in by_recipient.items()} == {
        "a": DeliveryState.FAILED,
        "b": DeliveryState.SENT,
        "c": DeliveryState.SENT,
    }
    assert by_recipient["a"].last_error == "RCPT TO: 550 5.7.1 Unable to relay"
    assert paused() is None, "and is not paused for it again and again"


def test_twin_that_believes_every_refusal_of_relaying_pauses_the_account_again(
    event: Event, box: Postbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "judged", lambda _delivery, outcome, **_asking: outcome)
    with pytest.raises(AssertionError):
        test_one_recipient_that_a_server_relays_nothing_to_holds_up_nobody_else(event, box, clock)


def send_one_that_is_reached(event: Event) -> None:
    factories.register(event, email="reached@buendnis.example")
    assert sweep() == 1


def test_a_recipient_that_a_server_relays_nothing_to_is_found_out_without_another_mail(
    event: Event, box: Postbox, clock: time_machine.Traveller
) -> None:
    send_one_that_is_reached(event)
    box.answer_recipient["a@elsewhere.example"] = "550 5.7.1 Unable to relay"
    factories.register(event, email="a@elsewhere.example")
    for _ in range(2):
        assert sweep() == 0
        clock.shift(timedelta(seconds=60))
    assert of_all("state") == {DeliveryState.SENT, DeliveryState.FAILED}
    assert paused() is None
    assert len(box.mails) == 1, "asking hands nothing over"


def test_twin_that_asks_nobody_else_keeps_the_account_paused(
    event: Event, box: Postbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_takes_others", lambda *_arguments: False)
    with pytest.raises(AssertionError):
        test_a_recipient_that_a_server_relays_nothing_to_is_found_out_without_another_mail(
            event, box, clock
        )


def test_a_pause_can_be_lifted_when_no_mail_is_there_to_try_the_account(
    event: Event, box: Postbox
) -> None:
    box.answer_sender = "550 5.7.1 not yours"
    factories.register(event)
    assert sweep() == 0
    with transaction():
        (name,) = [each.name for each in channels.list_paused()]
        assert channels.try_again(name), "the mail that waits tries it"
        db.session.execute(update(Delivery).values(state=DeliveryState.HELD))
        assert not channels.try_again(name)
    assert paused() is None


@pytest.mark.parametrize("was_heard", [False, True])
def test_a_server_that_relays_nothing_for_us_at_all_fails_no_mail(
    event: Event, box: Postbox, clock: time_machine.Traveller, was_heard: bool
) -> None:
    if was_heard:  # until somebody has changed its settings
        send_one_that_is_reached(event)
        box.answer_recipient["reached@buendnis.example"] = "554 5.7.1 Relay access denied"
    for name in ("a@elsewhere.example", "b@buendnis.example", "c@buendnis.example"):
        box.answer_recipient[name] = "554 5.7.1 Relay access denied"
        factories.register(event, email=name)
    for _ in range(40):
        sweep()
        clock.shift(timedelta(seconds=90))
    refused = [each for each in deliveries() if each.recipient in box.answer_recipient]
    states = {(each.state, each.attempts) for each in refused if each.sent_at is None}
    assert states == {(DeliveryState.NEW, 0)}
    assert paused() is not None


def test_signs_that_no_database_takes_in_an_answer_do_no_harm(event: Event, box: Postbox) -> None:
    box.answer_recipient["a@buendnis.example"] = "550 5.1.1 no \x00such\x07 mailbox"
    factories.register(event, email="a@buendnis.example")
    sweep()
    assert the_only().state == "failed"
    assert "no such" in the_only().last_error
