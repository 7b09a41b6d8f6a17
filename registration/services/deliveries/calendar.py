"""The calendar file: what a registration means for the attendee's day."""

from datetime import UTC

from flask import current_app
from flask_babel import gettext as _
from icalendar import Calendar, Event

from registration import clock
from registration.languages import clock_time, force_locale, in_language
from registration.models.registrations import Registration, RegistrationState
from registration.services.deliveries.addresses import link

PRODUCT = "-//Einlass//Einlass//EN"


def event_file(registration: Registration) -> bytes:
    """Return the event as an iCalendar file (RFC 5545), in the attendee's language.

    It is published, without an organiser, so that no calendar sends replies. Its UID stays and
    its SEQUENCE rises, so that a newer file replaces what an older one entered; a registration
    that holds no place any more is entered as cancelled.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    with force_locale(registration.locale):
        calendar.add_component(_entry(registration))
    return bytes(calendar.to_ical())


def _entry(registration: Registration) -> Event:
    event = registration.event
    entry = Event()
    entry.add("uid", f"{registration.id}@{current_app.config['MAIL_DOMAIN']}")
    entry.add("dtstamp", clock.now())
    entry.add("sequence", registration.sequence)
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", in_language(event.title))
    entry.add("location", f"{event.venue_name}, {event.venue_city}")
    entry.add("description", _description(registration))
    entry.add("url", link(registration))
    entry.add("status", _status(registration))
    return entry


def _description(registration: Registration) -> str:
    doors = clock_time(registration.event.doors_at, registration.event.zone)
    return "\n".join(
        [
            _("Doors open at %(time)s.", time=doors),
            _("Your registration: %(link)s", link=link(registration)),
        ]
    )


def _status(registration: Registration) -> str:
    if registration.state == RegistrationState.CONFIRMED:
        return "CONFIRMED"
    return "TENTATIVE" if registration.holds_place else "CANCELLED"
