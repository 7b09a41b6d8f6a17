"""Variables: what a wording may name, in words for its editor, and their values for one mail."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_babel import gettext as _

from registration import languages
from registration.models.alliances import Alliance
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.services.wordings.kinds import TEST, Family
from registration.services.wordings.language import Values

if TYPE_CHECKING:  # telling may need papers, which a web process does without
    from registration.services.deliveries.telling.told import Told

Meanings = Mapping[str, str]
OF_OFFERS = frozenset({DeliveryKind.OFFER, DeliveryKind.EXPIRED})


def meanings(family: Family) -> Meanings:
    """Return each variable of a family of mails with what it stands for, in the reader's words."""
    return {**OF_PERSON[family](), **_of_event()}


def names(family: Family) -> frozenset[str]:
    """Return the variables of a family of mails."""
    return frozenset(meanings(family))


def _of_event() -> Meanings:
    return {
        "event_title": _("Title of the event"),
        "event_date": _("Day of the event, with its weekday"),
        "event_city": _("City"),
        "event_link": _("Address of the event’s page"),
        "venue_name": _("Name of the house"),
        "doors_at": _("When doors open"),
        "starts_at": _("When it starts"),
        "ends_at": _("When it ends"),
        "organiser_name": _("Who organises"),
        "organiser_email": _("Mail address of the organisers"),
    }


def _of_registration() -> Meanings:
    return {
        "name": _("Title, given and family name"),
        "given_name": _("Given name"),
        "family_name": _("Family name"),
        "organisation": _("Organisation"),
        "role": _("Role, or several"),
        "alliance": _("Alliance; empty if there is none"),
        "theme": _("Theme; empty if there is none"),
        "link": _("Address of the person’s own page"),
        "short_code": _("Short code under the badge"),
        "changes_until": _("Until when the person may change or cancel"),
        "reason": _("Reason given for a decision; empty if there is none"),
        "deadline": _("Until when an offered place is kept; else empty"),
        "turn": _("Number in the queue; empty outside of it"),
        "as_of": _("Day and time of this mail"),
        "companions": _("How many wait together with the person; 0 if nobody"),
        "by_others": _("Not empty if somebody else has registered the person"),
        "had_badge": _("Not empty if the person had a badge"),
        "has_badge": _("Not empty if a badge goes with this mail"),
        "is_requested": _("Not empty while the request waits for approval"),
        "is_offered": _("Not empty if places are offered with a deadline"),
    }


def _of_invitation() -> Meanings:
    return {
        "name": _("Title, given and family name"),
        "given_name": _("Given name"),
        "family_name": _("Family name"),
        "role": _("Role that the invitation is for"),
        "alliance": _("Alliance; empty if there is none"),
        "inviter": _("Who invites"),
        "deadline": _("Until when an answer is asked for"),
        "link": _("Address of the invitation"),
        "decline_link": _("Address to decline the invitation"),
    }


def _of_mandate() -> Meanings:
    return {
        "name": _("Name of the coordinator"),
        "alliance": _("Alliance"),
        "link": _("Address of the delegation’s pages"),
        "free": _("Number of free places"),
        "deadline": _("Until when people are named"),
        "day": _("Day that the summary is about"),
        "changes": _("Number of people for whom something has changed"),
    }


OF_PERSON: Mapping[Family, Callable[[], Meanings]] = {
    Family.REGISTRATION: _of_registration,
    Family.INVITATION: _of_invitation,
    Family.MANDATE: _of_mandate,
}


def values_of(delivery: Delivery, told: "Told") -> Values:
    """Return the values of all variables of a mail, in the present language."""
    words = told.words
    event = delivery.event
    values = {
        "name": told.name,
        "link": told.link,
        "role": _titles(words.get("roles", ())),
        "alliance": _name_of(words.get("alliance")),
        **_event_values(event),
    }
    if delivery.registration is not None:
        return values | _registration_values(delivery, told)
    if delivery.invitation is not None:
        return values | _invitation_values(delivery, told)
    return {name: each for name, each in values.items() if name != "role"} | {
        "free": words.get("free", 0),
        "deadline": _moment(words.get("name_by"), event),
        "day": languages.long_date(day) if isinstance(day := words.get("day"), date) else "",
        "changes": words.get("changes", 0),
    }


def _event_values(event: Event) -> dict[str, object]:
    zone = event.zone
    return {
        "event_title": languages.in_language(event.title),
        "event_date": languages.long_date(event.held_on),
        "event_city": event.venue_city,
        "event_link": f"{current_app.config['BASE_URL']}/{event.slug}/",
        "venue_name": event.venue_name,
        "doors_at": languages.clock_time(event.doors_at, zone),
        "starts_at": languages.clock_time(event.starts_at, zone),
        "ends_at": languages.clock_time(event.ends_at, zone),
        "organiser_name": event.organiser_name,
        "organiser_email": event.organiser_email,
    }


def _registration_values(delivery: Delivery, told: "Told") -> dict[str, object]:
    registration, event, words = delivery.registration, delivery.event, told.words
    assert registration is not None  # noqa: S101  # whoever calls has looked
    theme = registration.theme
    return {
        "given_name": registration.given_name,
        "family_name": registration.family_name,
        "organisation": registration.organisation,
        "theme": languages.in_language(theme.title) if theme else "",
        "short_code": registration.short_code,
        "changes_until": _moment(event.changes_close_at, event),
        "reason": registration.decision_reason,
        "deadline": _moment(_kept_until(delivery, registration), event),
        "turn": words.get("turn") or "",
        "as_of": _moment(words.get("as_of"), event),
        "companions": words.get("companions", 0),
        "by_others": words.get("by_others") or "",
        "had_badge": _flag(words.get("had_badge")),
        "has_badge": _flag(told.badge),
        "is_requested": _flag(words.get("is_requested")),
        "is_offered": _flag(words.get("is_offered")),
    }


def _kept_until(delivery: Delivery, registration: Registration) -> datetime | None:
    """Return until when a place is kept; where a text is only tried out, as if it just were."""
    is_tried = delivery.kind in OF_OFFERS and delivery.dedupe_key.startswith(TEST)
    if registration.offer_expires_at is not None or not is_tried:
        return registration.offer_expires_at
    if delivery.kind == DeliveryKind.EXPIRED:
        return delivery.created_at
    event = delivery.event
    return min(delivery.created_at + timedelta(hours=event.offer_hours), event.starts_at)


def _invitation_values(delivery: Delivery, told: "Told") -> dict[str, object]:
    invitation, words = delivery.invitation, told.words
    assert invitation is not None  # noqa: S101  # whoever calls has looked
    return {
        "given_name": invitation.given_name,
        "family_name": invitation.family_name,
        "inviter": words.get("inviter", ""),
        "deadline": _moment(words.get("answer_by"), delivery.event),
        "decline_link": words.get("decline_link", ""),
    }


def _flag(held: object) -> str:
    return "1" if held else ""


def _name_of(alliance: Any) -> str:
    return alliance.name if isinstance(alliance, Alliance) else ""


def _titles(roles: Any) -> str:
    return ", ".join(languages.in_language(each.title) for each in roles if isinstance(each, Role))


def _moment(at: object, event: Event) -> str:
    return languages.moment(at, event.zone) if isinstance(at, datetime) else ""
