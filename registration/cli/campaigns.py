"""``einlass campaigns``: see campaigns, start and stop them."""

import uuid
from collections.abc import Callable

import click

from registration.cli.context import answer, answer_rows, application, as_json, event_option
from registration.database import transaction
from registration.errors import Invalid, NotFound, TransitionRefused
from registration.models.campaigns import Campaign
from registration.queue import nudge
from registration.services import campaigns
from registration.services.events import get_event

ACTOR = "command"


@click.group("campaigns")
def group() -> None:
    """See campaigns, start and stop them."""


def _row(campaign: Campaign) -> dict[str, object]:
    return {
        "id": campaign.id,
        "title": campaign.title,
        "state": campaign.state,
        "scheduled_at": campaign.scheduled_at,
        "promised": campaign.promised,
        "mails": dict(campaigns.progress([campaign.id])[campaign.id]),
    }


@group.command("list")
@event_option
@as_json
def list_(slug: str, as_json: bool) -> None:
    """List campaigns and how far they are, the newest first."""
    with application():
        rows = [_row(each) for each in campaigns.list_campaigns(get_event(slug).id)]
        answer_rows(rows, as_json=as_json, empty="No campaigns.")


@group.command()
@event_option
@click.argument("campaign_id", metavar="ID")
@as_json
def start(slug: str, campaign_id: str, as_json: bool) -> None:
    """Start a campaign at once, or let a stopped one go on."""
    _act(slug, campaign_id, campaigns.start, "is on its way", as_json=as_json)


@group.command()
@event_option
@click.argument("campaign_id", metavar="ID")
@as_json
def stop(slug: str, campaign_id: str, as_json: bool) -> None:
    """Stop a campaign; what has not been sent is cancelled."""
    _act(slug, campaign_id, campaigns.stop, "is stopped", as_json=as_json)


def _act(
    slug: str, campaign_id: str, work: Callable[..., object], done: str, *, as_json: bool
) -> None:
    with application():
        try:
            with transaction():
                campaign = campaigns.get(get_event(slug).id, _id(campaign_id))
                work(campaign, actor=ACTOR)
                row = _row(campaign)
        except TransitionRefused as error:
            state = error.details["state"]
            raise click.ClickException(f"Nothing was done: the campaign is {state}.") from error
        except Invalid as error:
            raise click.ClickException("Nothing was done: the campaign has no text.") from error
        nudge("campaigns.run_due")
        answer(row, as_json=as_json, sentence=f"Campaign {row['id']} {done}.")


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotFound(noun="campaign", name=text) from error
