"""Running: a campaign's mails are promised in chunks, each in a short transaction with a cursor.

Whoever runs it may die at any moment: the cursor is written with the mails that it passes, so the
next one goes on where the last commit was, and nobody is left out or told twice.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from registration import clock
from registration.database import db
from registration.models.campaigns import Campaign, CampaignState
from registration.models.deliveries import Delivery, DeliveryState
from registration.models.events import Event
from registration.services import audit, deliveries
from registration.services.campaigns.conditions import Selection
from registration.services.campaigns.selecting import Recipient, recipients
from registration.services.deliveries.unwanted import STOPPED

CHUNK = 200
"""Mails promised at a time: few enough that no other writer waits long."""


def list_due() -> list[uuid.UUID]:
    """Return the campaigns that have something to promise now; cheap when there are none."""
    rows = db.session.execute(
        select(Campaign, Event.held_on, Event.timezone)
        .join(Event, Event.id == Campaign.event_id)
        .where(Campaign.state.in_((CampaignState.SCHEDULED, CampaignState.RUNNING)))
    ).all()
    moment = clock.now()
    return [
        campaign.id
        for campaign, *_event in rows
        if campaign.state == CampaignState.RUNNING or _is_due(campaign, moment)
    ]


def _is_due(campaign: Campaign, moment: datetime) -> bool:
    at = due_at(campaign, db.session.get_one(Event, campaign.event_id))
    return at is not None and at <= moment


def due_at(campaign: Campaign, event: Event) -> datetime | None:
    """Return when a campaign is sent: its moment; days before or after the event follow the event.

    A relative one keeps its time of day.
    """
    at = campaign.scheduled_at
    if at is None or campaign.relative_days is None:
        return at
    day = event.held_on + timedelta(days=campaign.relative_days)
    return datetime.combine(day, at.astimezone(event.zone).time(), tzinfo=event.zone)


def promise_some(campaign_id: uuid.UUID) -> bool:
    """Promise a campaign's next mails; return whether there may be more.

    At its end, whoever has come to fit behind the cursor gets it too. Any number of these may run
    at once: they take turns on the campaign's row.
    """
    campaign = db.session.scalars(
        select(Campaign)
        .where(Campaign.id == campaign_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if campaign is None or not _is_running(campaign):
        return False
    people = _next_people(campaign, after=campaign.cursor)
    _promise(campaign, people)
    if people:
        campaign.cursor = people[-1].registration_id
    if len(people) < CHUNK:
        _catch_up(campaign)
        _finish(campaign)
        return False
    return True


def _next_people(
    campaign: Campaign, *, after: uuid.UUID | None, is_late: bool = False
) -> Sequence[Recipient]:
    return recipients(
        campaign.event_id,
        Selection.of(campaign.selection),
        is_transactional=campaign.is_transactional,
        after=after,
        besides=campaign.id if is_late else None,
        most=CHUNK,
    )


def _promise(campaign: Campaign, people: Sequence[Recipient]) -> None:
    campaign.promised += deliveries.promise_campaign(
        campaign, [(each.registration_id, each.address, each.person) for each in people]
    )


def _catch_up(campaign: Campaign) -> None:
    """Promise it to those who came to fit after they had been passed over."""
    after: uuid.UUID | None = None
    while late := _next_people(campaign, after=after, is_late=True):
        _promise(campaign, late)
        after = late[-1].registration_id


def _is_running(campaign: Campaign) -> bool:
    """Return whether it runs; one whose moment has come begins to."""
    if campaign.state == CampaignState.SCHEDULED and _is_due(campaign, clock.now()):
        begin(campaign, actor="worker")
    return campaign.state == CampaignState.RUNNING


def begin(campaign: Campaign, *, actor: str) -> None:
    """Let a campaign run from now on, or go on."""
    campaign.state = CampaignState.RUNNING
    campaign.started_at = campaign.started_at or clock.now()
    campaign.finished_at = None
    _record(campaign, "started", actor=actor)


def _finish(campaign: Campaign) -> None:
    campaign.state = CampaignState.DONE
    campaign.finished_at = clock.now()
    campaign.total = campaign.promised
    _record(campaign, "finished", actor="worker", mails=campaign.promised)


def cancel_waiting(campaign: Campaign) -> int:
    """Cancel a campaign's mails that have not been sent; return how many.

    What a person has held stays held. What may have arrived is not sent when the campaign goes on.
    """
    cancelled = 0
    for states, told in (
        ((DeliveryState.NEW, DeliveryState.DEFERRED), STOPPED),
        ((DeliveryState.UNKNOWN,), ""),
    ):
        changed: dict[str, object] = {"state": DeliveryState.CANCELLED}
        rows = db.session.execute(
            update(Delivery)
            .where(Delivery.campaign_id == campaign.id, Delivery.state.in_(states))
            .values(**changed, **({"last_error": told} if told else {}))
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        ).all()
        cancelled += len(rows)
    return cancelled


def revive(campaign: Campaign) -> int:
    """Let the mails go that were cancelled with the campaign; return how many."""
    rows = db.session.execute(
        update(Delivery)
        .where(
            Delivery.campaign_id == campaign.id,
            Delivery.state == DeliveryState.CANCELLED,
            Delivery.last_error == STOPPED,
        )
        .values(state=DeliveryState.NEW, last_error="", due_at=clock.now())
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(rows)


def _record(campaign: Campaign, what: str, *, actor: str, **detail: int) -> None:
    audit.record(
        f"campaign.{what}",
        actor=actor,
        subject=f"campaign:{campaign.id}",
        event_id=campaign.event_id,
        **detail,
    )
