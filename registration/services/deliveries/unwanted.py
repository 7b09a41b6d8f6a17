"""Unwanted: mails to many that were promised before their reader wanted none, or had no mailbox.

Whoever leaves, complains or bounces may do so at any moment between the promise and the sending,
also while a campaign is stopped or a mail is held. So this is asked last, where a mail is written.
A campaign may be stopped even later, while a sender has its mails in hand: whether it was, is asked
for each mail right before it is handed over.
"""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select

from registration.database import db
from registration.models.campaigns import Campaign, CampaignState
from registration.models.deliveries import Delivery, DeliveryKind, MailAddress
from registration.services.bounces.flags import key_of
from registration.services.wordings.kinds import TEST

BOUNCED, COMPLAINED, LEFT = "bounced", "complained", "unsubscribed"
STOPPED = "campaign stopped"
"""What stands with a mail that was not sent for it; of the last, going on finds it so."""
STOPPED_UNSURE = "campaign stopped, may have arrived"
"""Of a mail that was handed over before without an answer: it is not sent when it goes on."""


def find_unwanted(deliveries: Sequence[Delivery]) -> Mapping[uuid.UUID, str]:
    """Return those that are not to be sent any more, each with why; in one query at most."""
    asked = [each for each in deliveries if _may_be_unwanted(each)]
    if not asked:
        return {}
    keys = {key_of(each.recipient) for each in asked}
    flagged = or_(
        MailAddress.bounced_at.is_not(None),
        MailAddress.complained_at.is_not(None),
        MailAddress.unsubscribed_at.is_not(None),
    )
    query = select(MailAddress).where(MailAddress.address_key.in_(keys), flagged)
    known = {each.address_key: each for each in db.session.scalars(query)}
    reasons = {each.id: _reason(each, known.get(key_of(each.recipient))) for each in asked}
    return {delivery_id: reason for delivery_id, reason in reasons.items() if reason}


def find_stopped(delivery_id: uuid.UUID) -> str:
    """Return why a campaign's mail is not to be handed over; "" where its campaign goes on.

    Reads two rows by their keys.
    """
    repeats = db.session.scalar(
        select(Delivery.repeats)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .where(
            Delivery.id == delivery_id,
            Campaign.state == CampaignState.STOPPED,
            ~Delivery.dedupe_key.startswith(TEST, autoescape=True),
        )
    )
    return "" if repeats is None else _stopped(repeats)


def _stopped(repeats: int) -> str:
    return STOPPED_UNSURE if repeats else STOPPED


def _may_be_unwanted(delivery: Delivery) -> bool:
    if delivery.dedupe_key.startswith(TEST):
        return False
    return delivery.campaign_id is not None or delivery.kind == DeliveryKind.DIGEST


def _reason(delivery: Delivery, address: MailAddress | None) -> str:
    campaign = delivery.campaign
    if campaign is not None and campaign.state == CampaignState.STOPPED:
        return _stopped(delivery.repeats)
    if address is None:
        return ""
    if campaign is not None and address.bounced_at is not None:
        return BOUNCED
    if address.complained_at is not None:
        return COMPLAINED
    everybody_needs_it = campaign is not None and campaign.is_transactional
    return LEFT if address.unsubscribed_at is not None and not everybody_needs_it else ""
