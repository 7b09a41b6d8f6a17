"""Messages: a delivery as a mail, with its text, its page, its badge and its calendar file."""

import re
import textwrap
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from registration import clock
from registration.models.badges import Badge
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.registrations import Registration, RegistrationState
from registration.services import badges, events, registrations
from registration.services.badges import codes, sheets
from registration.services.deliveries import addresses, calendar, mime

INTERNATIONAL = SMTP.clone(utf8=True)

BADGE_SCALE = 6
"""Pixels a module: 270 in all, for a picture shown 216 wide."""
WIDTH = 72

WITH_BADGE = frozenset({DeliveryKind.CONFIRMED, DeliveryKind.CHANGED})
SPEAKS_OF = {
    DeliveryKind.RECEIVED: RegistrationState.REQUESTED,
    DeliveryKind.CONFIRMED: RegistrationState.CONFIRMED,
    DeliveryKind.DECLINED: RegistrationState.DECLINED,
    DeliveryKind.CANCELLED: RegistrationState.CANCELLED,
}
"""The state that a mail tells; if it has changed since, the mail says so."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail that is ready to be sent; it needs no database any more."""

    name: str
    """What a file that holds it is called: sorts by when it was promised."""
    sender: str
    recipient: str
    content: bytes

    @property
    def is_international(self) -> bool:
        """Whether only servers with SMTPUTF8 can take it."""
        return not self.recipient.isascii()


def write(delivery: Delivery, recipient: Address) -> Letter:
    """Return the delivery as a mail, in the attendee's language and as things stand now.

    Raises:
        ValueError: the sender in the settings, or the organiser's address, is not an address.
    """
    registration = delivery.registration
    sender = addresses.sender()
    with force_locale(registration.locale):
        subject, content = _content(delivery)
    message = EmailMessage(policy=SMTP if recipient.username.isascii() else INTERNATIONAL)
    message["Subject"] = addresses.one_line(subject)
    _write_headers(message, delivery, sender=sender, recipient=recipient)
    return Letter(
        name=f"{_stamp(delivery.created_at)}-{delivery.kind}-{delivery.id}.eml",
        sender=sender.addr_spec,
        recipient=recipient.addr_spec,
        content=message.as_bytes().removesuffix(mime.END) + content,
    )


def _write_headers(
    message: EmailMessage, delivery: Delivery, *, sender: Address, recipient: Address
) -> None:
    event = delivery.registration.event
    message["From"] = sender
    message["Reply-To"] = addresses.named(event.organiser_name, event.organiser_email)
    message["To"] = recipient
    message["Date"] = clock.now()
    message["Message-ID"] = delivery.message_id
    message["Content-Language"] = delivery.registration.locale
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    message["X-Auto-Response-Suppress"] = "All"
    message["MIME-Version"] = "1.0"


def _badge_for(delivery: Delivery) -> Badge | None:
    """Return the badge that goes with this mail: one that would be let in."""
    registration = delivery.registration
    badge = registration.badge
    if delivery.kind not in WITH_BADGE or badge is None or badge.revoked_at is not None:
        return None
    return badge if registration.state == RegistrationState.CONFIRMED else None


def _content(delivery: Delivery) -> tuple[str, bytes]:
    """Return the subject, and the text in its two forms with all that goes with it."""
    badge = _badge_for(delivery)
    told = _told(delivery, badge)
    page = [mime.text(_render(delivery, "body.html", told), "html")]
    attached = []
    if badge is not None:
        code = codes.png(badges.token_of(badge), scale=BADGE_SCALE)
        page.append(mime.picture(code, content_id=str(told["code_id"]), name="code.png"))
        attached.append(_badge_file(delivery.registration))
    if badge is not None or delivery.kind == DeliveryKind.CANCELLED:
        attached.append(_calendar_file(delivery.registration))
    plain = mime.text(wrapped(_render(delivery, "body.txt", told)), "plain")
    boundary = f"=_{delivery.id.hex}"
    rich = mime.together("related", page, boundary=f"{boundary}.2")
    forms = mime.together("alternative", [plain, rich], boundary=f"{boundary}.1")
    whole = mime.together("mixed", [forms, *attached], boundary=f"{boundary}.0")
    return _render(delivery, "subject.txt", told), whole


def _told(delivery: Delivery, badge: Badge | None) -> dict[str, object]:
    """Return what the templates speak of."""
    registration = delivery.registration
    event = registration.event
    return {
        "registration": registration,
        "event": event,
        "zone": event.zone,
        "badge": badge,
        "code_id": f"code.{delivery.id}@{current_app.config['MAIL_DOMAIN']}",
        "link": addresses.link(registration),
        "event_link": f"{current_app.config['BASE_URL']}/{event.slug}/",
        "may_change": registrations.may_change(registration),
        "is_open": events.is_open(event, clock.now()),
        "state_since": _state_since(delivery),
    }


def _state_since(delivery: Delivery) -> str:
    """Return the registration's state if it is not the one that this mail was promised to tell."""
    registration = delivery.registration
    if delivery.kind == DeliveryKind.CHANGED:
        return "" if registration.holds_place else registration.state
    told = SPEAKS_OF[DeliveryKind(delivery.kind)]
    return "" if registration.state == told else registration.state


def _render(delivery: Delivery, name: str, told: dict[str, object]) -> str:
    """Render a template without the request's context processors, of which a worker has none."""
    return current_app.jinja_env.get_template(f"mail/{delivery.kind}/{name}").render(told)


def wrapped(text: str) -> str:
    """Return plain text with lines of at most `WIDTH` signs, links whole, no two empty lines."""
    lines = [_wrapped_line(line) for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _wrapped_line(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    return textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)


def _badge_file(registration: Registration) -> bytes:
    name = _("badge-%(code)s.pdf", code=registration.short_code)
    return mime.file("application/pdf", sheets.badge_pdf(registration.id), name=name)


def _calendar_file(registration: Registration) -> bytes:
    content = calendar.event_file(registration)
    media_type = 'text/calendar; method="PUBLISH"; charset="utf-8"'
    return mime.file(media_type, content, name=f"{registration.event.slug}.ics")


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S.%fZ")
