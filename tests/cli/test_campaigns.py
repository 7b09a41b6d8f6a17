"""Campaigns from the command line."""

from registration.database import transaction
from registration.models.events import Event
from registration.services import campaigns
from tests import factories
from tests.cli.conftest import Command


def test_a_campaign_is_started_listed_and_stopped(einlass: Command, event: Event) -> None:
    factories.register(event)
    with transaction():
        made = campaigns.draft(event, "logistics", account_id=None, actor="test")
        campaign_id = str(made.id)
    here = ("--event", event.slug)
    assert einlass("campaigns", "start", *here, campaign_id, "--json").json["state"] == "running"
    (row,) = einlass("campaigns", "list", *here, "--json").json
    assert (row["id"], row["promised"], row["mails"]) == (campaign_id, 0, {})
    assert einlass("campaigns", "stop", *here, campaign_id).code == 0
    assert einlass("campaigns", "stop", *here, campaign_id).code == 1
    assert einlass("campaigns", "start", *here, "nothing").code == 1
