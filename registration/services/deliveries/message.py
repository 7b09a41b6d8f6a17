"""Messages: a delivery as a mail, with its text, its page, its badge and its calendar file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime

from flask import current_app
from flask_babel import gettext as _

from registration import clock
from registration.languages import force_locale
from registration.models.deliveries import Delivery
from registration.models.registrations import Registration
from registration.services import badges
from registration.services.badges import codes, sheets
from registration.services.deliveries import addresses, calendar, envelopes, mime, signing
from registration.services.deliveries.telling import Told
from registration.services.deliveries.texts import Texts, texts_of

BADGE_SCALE = 6
"""Pixels a module: 270 in all, for a picture shown 216 wide."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail that is ready to be sent; it needs no database any more."""

    name: str
    """What a file that holds it is called: sorts by when it was promised."""
    sender: str
    recipient: str
    content: bytes
    flawed_id: int | None = None
    """The wording that could not be used for it."""

    @property
    def is_international(self) -> bool:
        """Whether only servers with SMTPUTF8 can take it."""
        return not self.recipient.isascii()


def write(delivery: Delivery, told: Told, recipient: Address, *, mail_from: str = "") -> Letter:
    """Return the delivery as a mail, in its reader's language.

    Args:
        delivery: which one.
        told: what it says.
        recipient: whom it goes to.
        mail_from: whom it comes from; empty: ``EINLASS_MAIL_FROM``.

    Raises:
        ValueError: the sender in the settings, or the organiser's address, is not an address.
    """
    sender = addresses.sender(mail_from)
    with force_locale(told.locale):
        texts, content = _content(delivery, told)
    head = [
        mime.subject(addresses.one_line(texts.subject)),
        mime.address("From", sender),
        mime.address("To", recipient),
        *_headers(delivery, told),
    ]
    return Letter(
        name=file_name(delivery),
        sender=envelopes.sender_of(delivery.id, usual=sender.addr_spec),
        recipient=recipient.addr_spec,
        content=signing.signed(b"".join([*head, content]), sender=sender.addr_spec),
        flawed_id=texts.flawed_id,
    )


def file_name(delivery: Delivery) -> str:
    """Return what a file that holds the mail is called: sorts by when it was promised."""
    return f"{_stamp(delivery.created_at)}-{delivery.kind}-{delivery.id}.eml"


def _headers(delivery: Delivery, told: Told) -> Iterator[bytes]:
    event = delivery.event
    yield mime.address("Reply-To", addresses.named(event.organiser_name, event.organiser_email))
    yield mime.header("Date", format_datetime(clock.now()))
    yield mime.header("Message-ID", delivery.message_id)
    yield mime.header("Content-Language", told.locale)
    yield mime.header("Auto-Submitted", "auto-generated")  # RFC 3834 §5
    yield mime.header("X-Auto-Response-Suppress", "All")
    if told.unsubscribe:
        yield mime.unsubscribe(told.unsubscribe)
    yield mime.header("MIME-Version", "1.0")


def _content(delivery: Delivery, told: Told) -> tuple[Texts, bytes]:
    """Return what the mail says, and both forms of it with all that goes along."""
    code_id = f"code.{delivery.id}@{current_app.config['MAIL_DOMAIN']}"
    texts = texts_of(delivery, told, code_id)
    page = [mime.text(texts.page, "html")]
    attached = []
    if told.badge is not None:
        code = codes.png(badges.token_of(told.badge), scale=BADGE_SCALE)
        page.append(mime.picture(code, content_id=code_id, name="code.png"))
    if told.badge_of is not None:
        attached.append(_badge_file(told.badge_of))
    if told.calendar_of is not None:
        attached.append(_calendar_file(told.calendar_of))
    attached += [mime.file(each.media_type, each.content, name=each.name) for each in told.files]
    plain = mime.text(texts.plain, "plain")
    boundary = f"=_{delivery.id.hex}"
    rich = mime.together("related", page, boundary=f"{boundary}.2")
    forms = mime.together("alternative", [plain, rich], boundary=f"{boundary}.1")
    whole = mime.together("mixed", [forms, *attached], boundary=f"{boundary}.0")
    return texts, whole


def _badge_file(registration: Registration) -> bytes:
    name = _("badge-%(code)s.pdf", code=registration.short_code)
    return mime.file("application/pdf", sheets.badge_pdf(registration.id), name=name)


def _calendar_file(registration: Registration) -> bytes:
    content = calendar.event_file(registration)
    media_type = 'text/calendar; method="PUBLISH"; charset="utf-8"'
    return mime.file(media_type, content, name=f"{registration.event.slug}.ics")


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S.%fZ")
