"""Telling: what a mail says, and to whom; one module for each thing that mails are about.

A new kind of mail is a word in `DeliveryKind`, a folder under ``templates/mail/``, and, where its
templates speak of more than the others of its family, a line in that family's ``MORE``.
"""

from dataclasses import replace

from flask import current_app

from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.registrations import Registration
from registration.services.deliveries.telling import (
    campaigns,
    certificates,
    dispatches,
    hosts,
    invitations,
    mandates,
    registrations,
)
from registration.services.deliveries.telling.told import Told
from registration.services.wordings.kinds import TEST
from registration.services.wordings.writing import find_tried

__all__ = ["Told", "tell", "without_keys"]


def tell(delivery: Delivery) -> Told:
    """Return what the mail says as things stand now.

    Raises:
        ValueError: the delivery is about nothing.
    """
    told = _tell(delivery)
    if not delivery.dedupe_key.startswith(TEST):
        return told
    tried = find_tried(delivery)
    locale = tried.locale if tried else told.locale  # whoever reads it wrote in that language
    return replace(without_keys(delivery, told), locale=locale)


def without_keys(delivery: Delivery, told: Told) -> Told:
    """Return what somebody else may read of a mail: no link that acts for the person, no badge."""
    page = f"{current_app.config['BASE_URL']}/{delivery.event.slug}/"
    links = {name: page for name in ("decline_link", "leave") if told.words.get(name)}
    return replace(
        told,
        link=page,
        words={**told.words, **links},
        overtaken="",
        badge_of=None,
        calendar_of=None,
        files=(),
        unsubscribe="",
    )


def _tell(delivery: Delivery) -> Told:
    if delivery.registration is not None:
        return _tell_of(delivery, delivery.registration)
    if delivery.invitation is not None:
        return invitations.tell(delivery, delivery.invitation)
    if delivery.mandate is not None:
        return mandates.tell(delivery, delivery.mandate)
    if delivery.dispatch is not None:
        return dispatches.tell(delivery, delivery.dispatch)
    raise ValueError("the mail is about nothing")


def _tell_of(delivery: Delivery, registration: Registration) -> Told:
    if delivery.campaign is not None:
        return campaigns.tell(delivery, registration, delivery.campaign)
    if delivery.kind == DeliveryKind.ARRIVED:
        return hosts.tell(delivery, registration)
    if delivery.kind == DeliveryKind.CERTIFICATE:
        return certificates.tell(delivery, registration)
    return registrations.tell(delivery, registration)
