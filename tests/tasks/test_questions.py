"""The task that deletes answers when their time is over."""

from datetime import timedelta

import time_machine

from registration.database import Localised, db, transaction
from registration.models.events import Event
from registration.models.questions import QuestionKind
from registration.services import questions
from registration.services.questions import setting
from registration.services.questions.shaping import Wanted
from tasks import schedule
from tasks.questions import purge
from tests import factories


def test_beat_deletes_answers_and_may_do_so_twice(event: Event) -> None:
    assert "questions.purge" in schedule.table(1.0)
    text = Localised(de="x", en="x")
    wanted = Wanted(kind=QuestionKind.TEXT, title=text, help=text, purpose=text, retention_days=3)
    with transaction():
        question = setting.create(event.id, wanted, code="note", actor="command")
        db.session.flush()
        question_id = question.id
    registration = factories.register(event)
    with transaction():
        questions.store(registration.id, {question_id: "hello"})
    assert purge() == 0
    ends_at = db.session.get_one(Event, event.id).ends_at
    with time_machine.travel(ends_at + timedelta(days=3), tick=False):
        assert purge() == 1
        assert purge() == 0
    db.session.rollback()
    assert not questions.answers_of([registration.id])
