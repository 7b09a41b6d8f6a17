"""Looking: which campaigns an event has, and how far each is."""

import json
import uuid
from collections.abc import Mapping, Sequence
from hashlib import sha256

from sqlalchemy import func, select

from registration.database import db
from registration.errors import NotFound
from registration.models.campaigns import Campaign
from registration.models.deliveries import Delivery, DeliveryState


def list_campaigns(event_id: uuid.UUID) -> Sequence[Campaign]:
    """Return the event's campaigns, the newest first."""
    query = select(Campaign).where(Campaign.event_id == event_id)
    return db.session.scalars(query.order_by(Campaign.created_at.desc(), Campaign.id)).all()


def get(event_id: uuid.UUID, campaign_id: uuid.UUID) -> Campaign:
    """Return one campaign of an event.

    Raises:
        NotFound: the event has none with this id.
    """
    campaign = db.session.get(Campaign, campaign_id)
    if campaign is None or campaign.event_id != event_id:
        raise NotFound(noun="campaign", name=str(campaign_id))
    return campaign


def progress(campaign_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, int]]:
    """Return for each campaign how many of its mails are in which state."""
    rows = db.session.execute(
        select(Delivery.campaign_id, Delivery.state, func.count())
        .where(
            Delivery.campaign_id.in_(campaign_ids),
            Delivery.dedupe_key.startswith("campaign:"),
        )
        .group_by(Delivery.campaign_id, Delivery.state)
    )
    found: dict[uuid.UUID, dict[str, int]] = {each: {} for each in campaign_ids}
    for campaign_id, state, number in rows:
        if campaign_id is not None:
            found[campaign_id][DeliveryState(state).value] = number
    return found


def mark_of(campaign: Campaign) -> str:
    """Return what is another for every other content of a campaign."""
    content = (campaign.title, campaign.texts, campaign.selection, campaign.is_transactional)
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
