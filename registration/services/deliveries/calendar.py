"""The calendar file: what a registration means for the attendee's day."""

from datetime import UTC, datetime

from flask import current_app
from flask_babel import gettext as _

from registration import clock
from registration.languages import clock_time, force_locale, in_language
from registration.models.events import Event
from registration.models.registrations import Registration, RegistrationState
from registration.services.deliveries.addresses import link

HEAD = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Einlass//Einlass//EN\r\nMETHOD:PUBLISH\r\n"
    b"BEGIN:VEVENT\r\n"
)
FOOT = b"END:VEVENT\r\nEND:VCALENDAR\r\n"
ESCAPES = dict.fromkeys(range(0x20), "") | str.maketrans(
    {"\n": "\\n", "\\": "\\\\", ";": "\\;", ",": "\\,"}
)
LINE = 75
CONTINUES, FOLLOWS = 0b11000000, 0b10000000
"""The bits by which a byte of UTF-8 tells that its letter began before it (RFC 3629 §3)."""


def event_file(registration: Registration) -> bytes:
    """Return the event as an iCalendar file (RFC 5545), in the attendee's language.

    It is published, without an organiser, so that no calendar sends replies. Its UID stays and
    its SEQUENCE rises, so that a newer file replaces what an older one entered; a registration
    that holds no place any more is entered as cancelled.
    """
    with force_locale(registration.locale):
        entry = b"".join([_line(name, value) for name, value in _entry(registration).items()])
    return HEAD + entry + FOOT


def _entry(registration: Registration) -> dict[str, str]:
    event, address = registration.event, link(registration)
    return {
        "SUMMARY": _text(in_language(event.title)),
        "DTSTART": _moment(event.starts_at),
        "DTEND": _moment(event.ends_at),
        "DTSTAMP": _moment(clock.now()),
        "UID": f"{registration.id}@{current_app.config['MAIL_DOMAIN']}",
        "SEQUENCE": str(registration.sequence),
        "DESCRIPTION": _text(_description(event, address)),
        "LOCATION": _text(f"{event.venue_name}, {event.venue_city}"),
        "STATUS": _status(registration),
        "URL": address,
    }


def _text(words: str) -> str:
    """Return words as a value (RFC 5545 §3.3.11)."""
    return words.translate(ESCAPES)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _line(name: str, value: str) -> bytes:
    """Return a property in lines of at most 75 bytes (RFC 5545 §3.1)."""
    lines, rest = [], f"{name}:{value}".encode()
    while len(rest) > LINE:
        end = LINE
        while rest[end] & CONTINUES == FOLLOWS:
            end -= 1
        lines.append(rest[:end])
        rest = b" " + rest[end:]
    return b"\r\n".join([*lines, rest, b""])


def _description(event: Event, address: str) -> str:
    doors = clock_time(event.doors_at, event.zone)
    return "\n".join(
        [
            _("Doors open at %(time)s.", time=doors),
            _("Your registration: %(link)s", link=address),
        ]
    )


def _status(registration: Registration) -> str:
    if registration.state == RegistrationState.CONFIRMED:
        return "CONFIRMED"
    return "TENTATIVE" if registration.holds_place else "CANCELLED"
