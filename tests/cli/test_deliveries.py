"""``einlass deliveries``: the outbox for operators and scripts."""

import pytest
from sqlalchemy import select, update

from registration.database import db, transaction
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.services.deliveries import Fate, Outcome, channels
from tests import factories
from tests.cli.conftest import Command


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Delivery.state).order_by(Delivery.state)))


def test_mails_are_listed_by_where_they_stand(event: Event, einlass: Command) -> None:
    factories.register(event, email="first@buendnis.example")
    with transaction():
        db.session.execute(update(Delivery).values(state="failed", last_error="550 unknown"))
    factories.register(event, email="second@buendnis.example")
    (row,) = einlass("deliveries", "list", "--state", "failed", "--json").json
    assert (row["recipient"], row["error"]) == ("first@buendnis.example", "550 unknown")
    assert (row["event"], row["kind"], row["attempts"]) == (event.slug, "confirmed", 0)
    assert len(einlass("deliveries", "list", "--event", event.slug, "--json").json) == 2
    assert einlass("deliveries", "list", "--state", "sent").out == "No mail stands there.\n"
    assert einlass("deliveries", "list", "--event", "nowhere").code == 1


def test_mails_are_handled_by_id_or_by_where_they_stand(event: Event, einlass: Command) -> None:
    for _ in range(2):
        factories.register(event)
    (first, _) = einlass("deliveries", "list", "--json").json
    assert einlass("deliveries", "hold", first["id"]).out == "1 mail held.\n"
    assert states() == ["held", "new"]
    assert einlass("deliveries", "release", "--state", "held", "--json").json == {"released": 1}
    assert einlass("deliveries", "discard", "--state", "new", "--event", event.slug).code == 0
    assert states() == ["cancelled", "cancelled"]
    assert einlass("deliveries", "retry", "--state", "failed").out == "0 mails retried.\n"
    assert einlass("deliveries", "resend", first["id"]).out == "1 mail resent.\n"
    assert states() == ["cancelled", "cancelled", "new"]


@pytest.mark.parametrize("arguments", [(), ("--state", "sent"), ("no-id",)])
def test_what_is_to_be_retried_must_be_said(
    event: Event, einlass: Command, arguments: tuple[str, ...]
) -> None:
    assert einlass("deliveries", "retry", *arguments).code == 2


def test_paused_accounts_are_listed_and_tried_again(event: Event, einlass: Command) -> None:
    with transaction():
        channels.pause("files", Outcome(fate=Fate.UNREACHABLE, error="no space left"))
    (row,) = einlass("deliveries", "accounts", "--json").json
    assert (row["account"], row["error"]) == ("files", "no space left")
    factories.register(event)
    assert einlass("deliveries", "try", "files").out == "The next mail tries it.\n"
    assert einlass("deliveries", "discard", "--state", "new").code == 0
    assert einlass("deliveries", "try", "files").out == "It is not paused any more.\n"
    assert einlass("deliveries", "try", "other").code == 1
