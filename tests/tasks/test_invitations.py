"""The hourly reminder to those who have not answered."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from registration import clock
from registration.database import db
from registration.models.deliveries import Delivery, DeliveryKind
from registration.services.events import Prospectus
from registration.services.invitations import reminders
from tasks import invitations, schedule
from tests.inviting import invite, make_link


def reminders_promised() -> int:
    db.session.rollback()
    query = select(func.count()).where(Delivery.kind == DeliveryKind.INVITATION_REMINDER)
    return db.session.scalar(query) or 0


def test_the_reminder_runs_by_itself() -> None:
    assert "invitations.remind" in schedule.table(1)


def test_everybody_due_is_reminded_once_however_often_it_runs(prospectus: Prospectus) -> None:
    for number in range(5):
        invite(prospectus, given_name=f"Mila {number}", expires_at=clock.now() + timedelta(days=6))
    invite(prospectus, given_name="Later")
    make_link(prospectus, expires_at=clock.now() + timedelta(days=6))
    assert invitations.remind() == 0
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert invitations.remind() == 5
        assert invitations.remind() == 0
    assert reminders_promised() == 5


def test_many_are_reminded_in_several_transactions(
    prospectus: Prospectus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "MOST_AT_ONCE", 2)
    for number in range(5):
        invite(prospectus, given_name=f"Mila {number}", expires_at=clock.now() + timedelta(days=6))
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert invitations.remind() == 5
    assert reminders_promised() == 5
