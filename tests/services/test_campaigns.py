"""Campaigns: one mail a person, whatever happens; never to who wants none."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask, current_app
from sqlalchemy import func, select, update

from registration import clock
from registration.database import Localised, db, transaction
from registration.errors import Invalid, TransitionRefused
from registration.models.campaigns import Campaign, CampaignState
from registration.models.deliveries import Delivery, DeliveryKind, MailAddress
from registration.models.events import Event
from registration.models.questions import QuestionKind
from registration.models.registrations import Registration
from registration.services import campaigns, events, leaving, questions
from registration.services.campaigns import Selection, running
from registration.services.deliveries import Outcome, sending
from registration.services.deliveries.channel import Ways
from registration.services.deliveries.message import Letter
from registration.services.questions import setting
from registration.services.questions.shaping import Wanted
from registration.services.wordings import Text
from tasks.campaigns import run_due
from tests import factories
from tests.doors import Door
from tests.letters import mail, plain

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def event(app: Flask) -> Iterator[Event]:
    """The small event, 42 days after noon."""
    with time_machine.travel(NOON, tick=False):
        yield factories.make_event()


def people(event: Event, number: int, **told: str) -> list[Registration]:
    return [
        factories.register(event, given_name=f"P{each}", email=f"p{each}@buendnis.example", **told)
        for each in range(number)
    ]


def drafted(event: Event, kind: str = "thanks", **selection: object) -> Campaign:
    with transaction():
        campaign = campaigns.draft(event, kind, account_id=None, actor="test")
        campaign.selection = Selection(**selection).stored()  # type: ignore[arg-type]
        campaign.title = "T"
        return campaign


def act(work: object, campaign: Campaign, **more: object) -> object:
    with transaction():
        found = campaigns.get(campaign.event_id, campaign.id)
        return work(found, actor="test", **more)  # type: ignore[operator]


def recipients() -> list[str]:
    query = select(Delivery.recipient).where(Delivery.kind == DeliveryKind.CAMPAIGN)
    return sorted(db.session.scalars(query))


def states() -> dict[str, int]:
    db.session.rollback()
    query = select(Delivery.state, func.count()).where(Delivery.kind == DeliveryKind.CAMPAIGN)
    rows = db.session.execute(query.group_by(Delivery.state))
    return {row.state: row[1] for row in rows}


def test_everybody_who_fits_gets_one_mail(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    people(event, 5)
    factories.register(event, role="guest", email="guest@buendnis.example")
    campaign = drafted(event)
    act(campaigns.start, campaign)
    assert run_due() == 3
    assert recipients() == [f"p{each}@buendnis.example" for each in range(5)]
    assert campaigns.get(event.id, campaign.id).state == CampaignState.DONE
    assert run_due() == 0
    is_bulk = select(Delivery.is_bulk).where(Delivery.campaign_id == campaign.id)
    assert all(db.session.scalars(is_bulk))


def test_who_is_registered_twice_gets_one_mail_and_an_office_one_for_each_person(
    event: Event,
) -> None:
    for _ in range(2):
        factories.register(event, given_name="Ada", email="buero@buendnis.example")
    factories.register(event, given_name="Eva", email="Buero@buendnis.example")
    campaign = drafted(event)
    found = campaigns.count(event.id, Selection(), is_transactional=False)
    assert (found.matched, found.twice, found.recipients) == (3, 1, 2)
    act(campaigns.start, campaign)
    run_due()
    assert len(recipients()) == 2


def test_stopping_cancels_what_waits_and_going_on_tells_nobody_twice(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    people(event, 5)
    campaign = drafted(event)
    act(campaigns.start, campaign)
    with transaction():
        assert campaigns.promise_some(campaign.id)
    with transaction():  # one of the two has arrived
        first = select(Delivery.id).where(Delivery.campaign_id == campaign.id).limit(1)
        db.session.execute(
            update(Delivery).where(Delivery.id == first.scalar_subquery()).values(state="sent")
        )
    assert act(campaigns.stop, campaign) == 1
    assert run_due() == 0
    assert states() == {"sent": 1, "cancelled": 1}
    act(campaigns.start, campaign)
    run_due()
    assert states() == {"sent": 1, "new": 4}
    assert len(set(recipients())) == 5


def test_who_comes_to_fit_behind_the_cursor_gets_it_too_and_nobody_twice(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    with time_machine.travel(NOON - timedelta(hours=1), tick=False):
        late = factories.register(event, role="guest", email="late@buendnis.example")
    people(event, 3)
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):  # the first once more
        factories.register(event, given_name="P0", email="P0@buendnis.example")
    campaign = drafted(event)
    act(campaigns.start, campaign)
    with transaction():
        assert campaigns.promise_some(campaign.id)
    with transaction():
        db.session.execute(
            update(Registration).where(Registration.id == late.id).values(state="confirmed")
        )
    run_due()
    assert recipients() == ["late@buendnis.example", *(f"p{n}@buendnis.example" for n in range(3))]
    assert campaigns.get(event.id, campaign.id).promised == 4


def test_twin_that_never_looks_back_leaves_out_who_fits_late(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_catch_up", lambda _campaign: None)
    with pytest.raises(AssertionError):
        test_who_comes_to_fit_behind_the_cursor_gets_it_too_and_nobody_twice(event, monkeypatch)


@pytest.mark.parametrize(("repeats", "ends"), [(0, "sent"), (1, "cancelled")])
def test_what_a_sender_had_in_hand_when_it_was_stopped_waits_until_it_goes_on(
    event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repeats: int, ends: str
) -> None:
    monkeypatch.setitem(current_app.config, "DATA_DIR", tmp_path)
    people(event, 1)
    with transaction():
        db.session.execute(update(Delivery).values(state="sent"))
    campaign = drafted(event)
    act(campaigns.start, campaign)
    run_due()
    stands(campaign, "sending")
    assert act(campaigns.stop, campaign) == 0
    stands(campaign, "deferred", repeats=repeats)
    sending.send_due(transaction)
    assert states() == {"cancelled": 1}
    act(campaigns.start, campaign)
    sending.send_due(transaction)
    assert states() == {ends: 1}


def test_a_stop_lets_only_the_mail_go_that_is_being_handed_over(
    event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(current_app.config, "DATA_DIR", tmp_path)
    people(event, 4)
    with transaction():
        db.session.execute(update(Delivery).values(state="sent"))
    campaign = drafted(event)
    act(campaigns.start, campaign)
    run_due()
    hand_over = Ways.send

    def stop_meanwhile(ways: Ways, letter: Letter, *, through: str) -> Outcome:
        act(campaigns.stop, campaign)
        return hand_over(ways, letter, through=through)

    with monkeypatch.context() as patch:
        patch.setattr(Ways, "send", stop_meanwhile)
        assert sending.send_due(transaction) == 1
    assert states() == {"sent": 1, "cancelled": 3}
    act(campaigns.start, campaign)
    assert sending.send_due(transaction) == 3
    assert len(set(tmp_path.glob("mail/*"))) == 4


def test_twin_that_asks_once_a_claim_sends_what_it_holds_after_a_stop(
    event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_unless_stopped", lambda _delivery, written: written)
    with pytest.raises((AssertionError, TransitionRefused)):
        test_a_stop_lets_only_the_mail_go_that_is_being_handed_over(event, tmp_path, monkeypatch)


def stands(campaign: Campaign, state: str, **columns: object) -> None:
    """Let the campaign's mails stand somewhere."""
    with transaction():
        db.session.execute(
            update(Delivery)
            .where(Delivery.campaign_id == campaign.id)
            .values(state=state, **columns)
        )


def test_what_may_have_arrived_is_not_sent_again_when_a_campaign_goes_on(event: Event) -> None:
    people(event, 1)
    campaign = drafted(event)
    act(campaigns.start, campaign)
    run_due()
    with transaction():
        db.session.execute(
            update(Delivery).where(Delivery.campaign_id == campaign.id).values(state="unknown")
        )
    act(campaigns.stop, campaign)
    act(campaigns.start, campaign)
    run_due()
    assert states() == {"cancelled": 1}


def test_who_left_complained_or_is_not_reached_gets_none(event: Event) -> None:
    people(event, 4)
    with transaction():
        now = clock.now()
        db.session.add(MailAddress(address_key="p0@buendnis.example", bounced_at=now, bounce=""))
        db.session.add(MailAddress(address_key="p1@buendnis.example", complained_at=now, bounce=""))
        leaving.leave("P2@buendnis.example")
    found = campaigns.count(event.id, Selection(), is_transactional=False)
    assert (found.bounced, found.complained, found.unsubscribed, found.recipients) == (1, 1, 1, 1)
    campaign = drafted(event)
    act(campaigns.start, campaign)
    run_due()
    assert recipients() == ["p3@buendnis.example"]
    assert campaigns.count(event.id, Selection(), is_transactional=True).recipients == 2


def test_who_has_left_no_address_gets_none(event: Event) -> None:
    people(event, 2)
    with transaction():
        first = Registration.email == "p0@buendnis.example"
        db.session.execute(update(Registration).where(first).values(email=""))
    assert campaigns.count(event.id, Selection(), is_transactional=True).recipients == 1
    campaign = drafted(event)
    act(campaigns.start, campaign)
    run_due()
    assert recipients() == ["p1@buendnis.example"]


def test_leaving_cancels_what_has_not_been_sent_yet_and_can_be_taken_back(event: Event) -> None:
    people(event, 2)
    campaign = drafted(event)
    act(campaigns.start, campaign)
    run_due()
    with transaction():
        assert leaving.leave("p0@buendnis.example") == 1
    assert states() == {"cancelled": 1, "new": 1}
    assert leaving.has_left("p0@BUENDNIS.example")
    with transaction():
        leaving.come_back("p0@buendnis.example")
    assert not leaving.has_left("p0@buendnis.example")


@pytest.mark.parametrize(
    ("column", "is_transactional", "ends"),
    [
        ("unsubscribed_at", False, "cancelled"),
        ("unsubscribed_at", True, "sent"),
        ("complained_at", True, "cancelled"),
        ("bounced_at", True, "cancelled"),
    ],
)
def test_who_wants_none_by_the_time_it_is_sent_gets_none(
    event: Event,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    column: str,
    is_transactional: bool,
    ends: str,
) -> None:
    monkeypatch.setitem(current_app.config, "DATA_DIR", tmp_path)
    people(event, 1)
    with transaction():
        db.session.execute(update(Delivery).values(state="sent"))
    campaign = drafted(event)
    with transaction():
        campaigns.get(event.id, campaign.id).is_transactional = is_transactional
    act(campaigns.start, campaign)
    run_due()
    act(campaigns.stop, campaign)
    with transaction():  # while it is stopped, as nothing else would cancel it then
        if column == "unsubscribed_at":
            leaving.leave("p0@buendnis.example")
        else:
            row = MailAddress(address_key="p0@buendnis.example", bounce="")
            setattr(row, column, clock.now())
            db.session.add(row)
    act(campaigns.start, campaign)
    run_due()
    sending.send_due(transaction)
    assert states() == {ends: 1}


@pytest.mark.parametrize("work", [campaigns.delete, campaigns.schedule, campaigns.change])
def test_what_began_while_somebody_looked_at_it_is_refused(event: Event, work: object) -> None:
    campaign = drafted(event)
    at = clock.now() + timedelta(hours=1)
    more = {campaigns.schedule: {"at": at}, campaigns.change: {"wanted": None}}
    with transaction(), pytest.raises(TransitionRefused):
        found = campaigns.get(event.id, campaign.id)
        db.session.execute(  # as a worker does, meanwhile
            update(Campaign)
            .values(state=CampaignState.RUNNING)
            .execution_options(synchronize_session=False)
        )
        work(found, actor="test", **more.get(work, {}))  # type: ignore[operator, call-overload]


def test_conditions_choose_people(event: Event) -> None:
    people(event, 2)
    factories.register(
        event, alliance="BIOZ", role="guest", email="g@buendnis.example", photo_consent=False
    )

    def chosen(**selection: object) -> int:
        wanted = Selection(**selection)  # type: ignore[arg-type]
        return campaigns.count(event.id, wanted, is_transactional=True).recipients

    assert chosen(states=()) == 3
    assert chosen(states=("requested",)) == 1
    assert chosen(states=(), alliances=("BIOZ",)) == 1
    assert chosen(states=(), roles=("delegate", "guest"), alliances=("MR4B",)) == 2
    assert chosen(states=(), photos="no") == 1
    assert chosen(attendance="came") == 0
    assert chosen(attendance="absent") == 2
    assert chosen(answers=("shirt=xl",)) == 0


def test_answers_themes_and_having_come_choose_people(event: Event) -> None:
    (theme, *_others) = events.get_prospectus(event.slug).themes
    shirt = asked(event, "shirt", QuestionKind.CHOICE)
    days = asked(event, "days", QuestionKind.CHOICES)
    bus = asked(event, "bus", QuestionKind.YES_NO)
    first, second, _third = people(event, 3)
    themed = factories.register(event, email="t@buendnis.example", theme_id=theme.id)
    with transaction():
        questions.store(first.id, {shirt: "l", days: ["l", "xl"], bus: True})
        questions.store(second.id, {shirt: "xl", days: ["xl"], bus: False})
    with time_machine.travel(event.starts_at, tick=False):
        Door(event).scan(second)

    def chosen(**selection: object) -> set[uuid.UUID]:
        wanted = Selection(**selection)  # type: ignore[arg-type]
        found = campaigns.first_people(event.id, wanted, is_transactional=False, most=9)
        assert len(found) == campaigns.count(event.id, wanted, is_transactional=False).recipients
        return {each.registration_id for each in found}

    assert chosen(answers=("shirt=l",)) == {first.id}
    assert chosen(answers=("shirt=l", "shirt=xl")) == {first.id, second.id}
    assert chosen(answers=("days=xl",)) == {first.id, second.id}
    assert chosen(answers=("days=xl", "bus=no")) == {second.id}
    assert chosen(answers=("bus=yes",)) == {first.id}
    assert chosen(themes=(theme.code,)) == {themed.id}
    assert chosen(attendance="came") == {second.id}
    assert second.id not in chosen(attendance="absent")


def asked(event: Event, code: str, kind: QuestionKind) -> int:
    """Let the event ask something; return the question's id."""
    sizes = tuple({"code": each, "de": each, "en": each} for each in ("l", "xl"))
    wanted = Wanted(
        kind=kind,
        title=Localised(de=code, en=code),
        purpose=Localised(de="x", en="x"),
        help=Localised(),
        options=() if kind == QuestionKind.YES_NO else sizes,
    )
    with transaction():
        question = setting.create(event.id, wanted, code=code, actor="test")
        db.session.flush()
        return question.id


@pytest.mark.parametrize("days", [-7, -1, 1])
def test_a_relative_campaign_follows_its_event(event: Event, days: int) -> None:
    people(event, 1)
    campaign = drafted(event)
    act(campaigns.schedule, campaign, at=NOON.replace(hour=8), relative_days=days)
    with transaction():
        later = event.held_on + timedelta(days=10)
        db.session.execute(update(Event).where(Event.id == event.id).values(held_on=later))
    due = NOON.replace(hour=8) + timedelta(days=52 + days)
    for moment, sent in ((due - timedelta(minutes=1), []), (due, ["p0@buendnis.example"])):
        with time_machine.travel(moment, tick=False):
            db.session.rollback()
            run_due()
            assert recipients() == sent


def test_a_moment_that_is_over_and_a_campaign_that_has_begun_are_refused(event: Event) -> None:
    campaign = drafted(event)
    with pytest.raises(Invalid):
        act(campaigns.schedule, campaign, at=NOON - timedelta(hours=1))
    act(campaigns.start, campaign)
    wanted = campaigns.Wanted(title="T", texts={"de": Text("S", "B")}, selection=Selection())
    with pytest.raises(TransitionRefused):
        act(campaigns.change, campaign, wanted=wanted)
    with pytest.raises(TransitionRefused):
        act(campaigns.start, campaign)


def test_who_reads_another_language_gets_the_text_that_there_is(event: Event) -> None:
    factories.register(event, locale="en")
    campaign = drafted(event)
    wanted = campaigns.Wanted(
        title="T",
        texts={"de": Text("Nur Deutsch", "Hallo"), "en": Text("", "")},
        selection=Selection(),
    )
    act(campaigns.change, campaign, wanted=wanted)
    act(campaigns.start, campaign)
    run_due()
    assert (mail("campaign")["Subject"], mail("campaign")["Content-Language"]) == (
        "Nur Deutsch",
        "de",
    )


def test_who_has_cancelled_since_is_told_so_and_not_what_is_for_those_who_come(
    event: Event,
) -> None:
    (registration,) = people(event, 1)
    campaign = drafted(event, kind="last_day")
    act(campaigns.start, campaign)
    run_due()
    with transaction():
        db.session.execute(
            update(Registration).where(Registration.id == registration.id).values(state="cancelled")
        )
    assert "storniert" in plain(mail("campaign"))
    assert "Morgen sehen wir uns" not in plain(mail("campaign"))
