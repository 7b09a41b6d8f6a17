"""Issue and mail all certificates of an event, in transactions that others can write between.

Whoever calls brings the transactions (`registration.database.transaction`).
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from registration.database import db
from registration.models.events import Event
from registration.services.certificates.issuing import issue_batch, mail_batch

Transaction = Callable[[], AbstractContextManager[Any]]


def issue_all(event_id: uuid.UUID, transaction: Transaction, *, actor: str) -> int:
    """Issue to all who came and have none; return how many certificates that were.

    Raises:
        EventNotBegun: nobody has attended it yet.
    """
    total = 0
    while True:
        with transaction():
            issued = issue_batch(db.session.get_one(Event, event_id), actor=actor)
        if not issued:
            return total
        total += issued


def mail_all(event_id: uuid.UUID, transaction: Transaction) -> int:
    """Promise everybody's certificate by mail, once; return how many mails were promised now."""
    total, after = 0, None
    while True:
        with transaction():
            promised, after = mail_batch(event_id, after)
        total += promised
        if after is None:
            return total
