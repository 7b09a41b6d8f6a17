"""Mails of a campaign: to one of the people that it was meant for."""

from registration import clock
from registration.models.campaigns import Campaign
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.registrations import Registration, RegistrationState
from registration.services import leaving
from registration.services.deliveries import addresses
from registration.services.deliveries.telling.registrations import SINCE, words_of
from registration.services.deliveries.telling.told import Told


def tell(delivery: Delivery, registration: Registration, campaign: Campaign) -> Told:
    """Return what a campaign's mail to this person says, in a language that it has a text in."""
    leave = "" if campaign.is_transactional else leaving.link_of(delivery.recipient)
    is_over = delivery.event.ends_at <= clock.now()
    return Told(
        name=registration.full_name,
        locale=locale_of(campaign, registration.locale),
        link=addresses.link(registration),
        words=words_of(DeliveryKind.CAMPAIGN, registration) | {"leave": leave, "is_over": is_over},
        overtaken=_overtaken(campaign, registration),
        unsubscribe=leave,
    )


def locale_of(campaign: Campaign, wanted: str) -> str:
    """Return the language wanted, or the one that the campaign has a text in."""
    return wanted if wanted in campaign.texts else next(iter(campaign.texts), wanted)


def _overtaken(campaign: Campaign, registration: Registration) -> object:
    """Return what has happened since, if the person is none of those meant any more."""
    meant = campaign.selection.get("states") or list(RegistrationState)
    return "" if registration.state in meant else SINCE[RegistrationState(registration.state)]
