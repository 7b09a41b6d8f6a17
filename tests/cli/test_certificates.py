"""The commands ``einlass certificates`` and ``einlass dispatches``."""

from datetime import timedelta
from pathlib import Path

import pypdf
import time_machine
from sqlalchemy import func, select

from registration.database import db, transaction
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.services import dispatches, events
from tests import factories
from tests.cli.conftest import Command
from tests.doors import Door


def test_certificates_are_issued_mailed_and_written(
    einlass: Command, event: Event, tmp_path: Path
) -> None:
    came = factories.register(event)
    factories.register(event)
    path = tmp_path / "all.pdf"
    asked = ("certificates", "issue", "--event", event.slug, "--mail", "--json")
    assert einlass(*asked).code == 1
    with time_machine.travel(event.starts_at + timedelta(hours=1), tick=False):
        Door(event).scan(came)
        first = einlass(*asked, "--out", str(path))
        again = einlass(*asked)
    told = {"event": event.slug, "came": 1, "issued": 1, "mailed": 1}
    assert first.json == told | {"file": str(path)}
    assert again.json == told | {"issued": 0, "mailed": 0}
    assert len(pypdf.PdfReader(path).pages) == 1


def test_lists_for_others_are_listed_and_sent(einlass: Command, event: Event) -> None:
    with transaction():
        dispatches.plan(
            events.get_event(event.slug),
            dispatches.Plan(
                roster={"kind": "security", "format": "pdf", "locale": "de"},
                recipient="pforte@haus.example",
                recipient_name="",
                purpose="Einlass",
                is_attached=False,
                expires_at=event.ends_at,
                tells_changes=True,
            ),
            account_id=None,
        )
    assert einlass("dispatches", "send-due", "--json").json == {"sent": 1, "changes_told": 0}
    assert einlass("dispatches", "send-due", "--json").json == {"sent": 0, "changes_told": 0}
    (row,) = einlass("dispatches", "list", "--event", event.slug, "--json").json
    assert (row["state"], row["list"], row["recipient"]) == (
        "sent",
        "security",
        "pforte@haus.example",
    )
    db.session.rollback()
    kind = Delivery.kind == "roster"
    assert db.session.scalar(select(func.count()).where(kind)) == 1
