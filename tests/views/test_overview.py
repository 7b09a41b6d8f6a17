"""The overview names whom a mail did not reach, whatever the mail was about."""

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction
from registration.models.deliveries import Delivery, DeliveryState
from registration.models.events import Event
from tests import letters
from tests.console import signed_in, text_of


@pytest.mark.parametrize(
    ("kind", "told", "name"),
    [
        ("confirmed", {}, "Prof. Dr. Änne Groß"),
        ("invitation", {}, "Änne Groß"),
        ("invitation", {"given_name": "", "family_name": ""}, "aenne.gross@buendnis.example"),
        ("coordinator", {}, "Kim Groß"),
    ],
)
def test_a_mail_that_failed_is_named_after_whom_it_was_for(
    app: Flask, event: Event, kind: str, told: dict[str, str], name: str
) -> None:
    letters.promised(event, kind, **told)
    with transaction():
        failed = db.session.scalars(select(Delivery)).one()
        failed.state, failed.last_error = DeliveryState.FAILED, "550 unknown"
    page = text_of(signed_in(app).get("/organise/werkstatt/"))
    row = page[page.index("Why") :]
    assert name in row
    assert "550 unknown" in row
