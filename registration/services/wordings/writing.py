"""Write: the wording of one mail, filled in for the person whom it is to."""

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog
from flask_babel import gettext as _
from sqlalchemy import select

from registration.database import db, once
from registration.models.campaigns import Wording
from registration.models.deliveries import Delivery, DeliveryKind
from registration.services.deliveries.addresses import one_line
from registration.services.wordings.kinds import FAMILIES, TEST, Ready
from registration.services.wordings.language import MOST_SUBJECT, Unreadable, Values, fill
from registration.services.wordings.markdown import Part, read
from registration.services.wordings.originals import Text, original
from registration.services.wordings.variables import values_of

if TYPE_CHECKING:  # telling may need papers, which a web process does without
    from registration.services.deliveries.telling.told import Told

log = structlog.get_logger()

TEST_OF_WORDING = "test:wording:"


@dataclass(frozen=True)
class Written:
    """A wording with a person's own values in it."""

    subject: str
    parts: tuple[Part, ...]
    flawed_id: int | None = None
    """The wording that should have been used and could not be; the shipped text stands here."""


def write(delivery: Delivery, told: "Told") -> Written | None:
    """Return what the mail says, in the present language; None if its kind has no wording.

    A wording of the organisers that cannot be filled in never keeps a mail from being sent: what
    the program ships takes its place, and the wording is named in what is returned.

    Raises:
        Unreadable: a campaign's own text cannot be filled in, and it began with no ready-made one.
    """
    if delivery.kind == DeliveryKind.CAMPAIGN:
        return _marked(delivery, _write_campaign(delivery, told))
    if delivery.kind not in FAMILIES:
        return None
    return _marked(delivery, _write(delivery, told))


def _marked(delivery: Delivery, written: Written) -> Written:
    """Return what the mail says; what only tries it out, says that first."""
    if not delivery.dedupe_key.startswith(TEST):
        return written
    return replace(written, subject=_("Test: %(subject)s", subject=written.subject))


def _write(delivery: Delivery, told: "Told") -> Written:
    values = values_of(delivery, told)
    own = _own(delivery, told.locale)
    if own is not None:
        try:
            return filled(Text(own.subject, own.body), values)
        except Unreadable as error:
            log.error("wording_failed", wording=own.id, kind=own.kind, error=str(error))
    written = filled(original(delivery.kind, told.locale), values)
    return Written(written.subject, written.parts, flawed_id=own.id if own else None)


def _write_campaign(delivery: Delivery, told: "Told") -> Written:
    campaign = delivery.campaign
    if campaign is None:
        raise Unreadable("the campaign is gone")
    values = values_of(delivery, told)
    text = campaign.texts.get(told.locale, {})
    try:
        return filled(Text(text.get("subject", ""), text.get("body", "")), values)
    except Unreadable as error:
        if campaign.kind not in set(Ready):
            raise
        log.error("campaign_text_failed", campaign=str(campaign.id), error=str(error))
        return filled(original(campaign.kind, told.locale), values)


def filled(text: Text, values: Values) -> Written:
    """Return a text with these values in it.

    Raises:
        Unreadable: it has faults, becomes too long, or cannot be filled in with these values.
    """
    subject = one_line(fill(text.subject, values, str))[:MOST_SUBJECT]
    if not subject:
        raise Unreadable("the subject is empty")
    return Written(subject, read(text.body, values))


def find_tried(delivery: Delivery) -> Wording | None:
    """Return the wording that a mail tries out; None: it tries out none."""
    tried = delivery.dedupe_key.removeprefix(TEST_OF_WORDING)
    if tried == delivery.dedupe_key:
        return None
    return db.session.get(Wording, int(tried.partition(":")[0]))


def _own(delivery: Delivery, locale: str) -> Wording | None:
    """Return the organisers' wording; for a mail that tries one out, that one."""
    return find_tried(delivery) or once(_current, delivery.event_id, delivery.kind, locale)


def _current(event_id: uuid.UUID, kind: str, locale: str) -> Wording | None:
    return db.session.scalars(
        select(Wording).where(
            Wording.event_id == event_id,
            Wording.kind == kind,
            Wording.locale == locale,
            Wording.is_current,
        )
    ).one_or_none()
