"""A campaign whose runner is killed: the next goes on; nobody is told twice, nobody is left out."""

import os
import signal
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.campaigns import Campaign, CampaignState
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.services import campaigns, deliveries
from registration.services.campaigns import running
from tasks.campaigns import run_due
from tests import factories

PEOPLE = 14
CHUNK = 3
Work = Callable[..., int]


@pytest.fixture
def campaign(event: Event, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A campaign to fourteen people that has just been started, in chunks of three."""
    monkeypatch.setattr(running, "CHUNK", CHUNK)
    for each in range(PEOPLE):
        factories.register(event, given_name=f"P{each}", email=f"p{each}@buendnis.example")
    with transaction():
        made = campaigns.draft(event, "thanks", account_id=None, actor="test")
        made.selection = campaigns.Selection().stored()
        campaigns.start(made, actor="test")
        return made


def killed(app: Flask, prepare: Callable[[], None]) -> None:
    """Run what is due in a process of its own that is killed on the way."""
    db.session.rollback()
    child = os.fork()
    if child == 0:
        try:
            with app.app_context():
                db.engine.dispose(close=False)  # the connections are the parent's
                prepare()
                run_due()
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), status
    assert os.WTERMSIG(status) == signal.SIGKILL


def die() -> None:
    """End at once, as ``kill -9`` ends a process."""
    os.kill(os.getpid(), signal.SIGKILL)


def in_the_middle_of(chunk: int, promise: Work) -> Work:
    """Return the work that dies with a chunk's mails written and not committed."""
    done = 0

    def promise_and_die(*told: object) -> int:
        nonlocal done
        number = promise(*told)
        done += 1
        if done == chunk:
            die()
        return number

    return promise_and_die


def told() -> list[str]:
    db.session.rollback()
    query = select(Delivery.recipient).where(Delivery.kind == DeliveryKind.CAMPAIGN)
    return sorted(db.session.scalars(query))


EVERYBODY = sorted(f"p{each}@buendnis.example" for each in range(PEOPLE))


def test_killed_in_every_chunk_everybody_is_told_once(app: Flask, campaign: Campaign) -> None:
    for chunk in (1, 2, 2, 1):
        before = len(told())

        def prepare(chunk: int = chunk) -> None:
            promise: Work = deliveries.promise_campaign
            deliveries.promise_campaign = in_the_middle_of(chunk, promise)

        killed(app, prepare)
        assert len(told()) == before + (chunk - 1) * CHUNK
    run_due()
    assert told() == EVERYBODY
    found = campaigns.get(campaign.event_id, campaign.id)
    assert (found.state, found.promised) == (CampaignState.DONE, PEOPLE)


def test_twin_that_writes_the_mails_after_the_cursor_leaves_people_out(
    app: Flask, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_catch_up", lambda _campaign: None)  # it would find them

    def prepare() -> None:
        running.deliveries.promise_campaign = lambda _campaign, people: len(people)  # type: ignore[attr-defined]
        some: Work = campaigns.promise_some

        def commit_and_die(campaign_id: object) -> None:
            some(campaign_id)
            db.session.commit()
            die()

        campaigns.promise_some = commit_and_die  # type: ignore[assignment]

    killed(app, prepare)
    run_due()
    assert set(told()) < set(EVERYBODY), "the twin must show the damage"
