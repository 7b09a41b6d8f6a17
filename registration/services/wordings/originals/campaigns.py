"""Ready-made texts that campaigns begin with."""

from collections.abc import Callable, Mapping

from flask_babel import gettext as _

from registration.services.wordings.originals.pieces import TITLE


def _event_reminder() -> tuple[str, ...]:
    return (
        _("Soon: %(title)s", **TITLE),
        _(
            "On %(date)s it begins. You find your badge in the mail with which your place was "
            "confirmed, and on your page.",
            date="{{ event_date }}",
        ),
        _("If you cannot come, please say so on your page, so that somebody else can have it."),
    )


def _logistics() -> tuple[str, ...]:
    return (
        _("Getting there: %(title)s", **TITLE),
        _(
            "We meet at %(venue)s in %(city)s. Doors open at %(doors)s; please plan a few minutes "
            "for the entrance.",
            venue="{{ venue_name }}",
            city="{{ event_city }}",
            doors="{{ doors_at }}",
        ),
        _("Please bring:"),
        "\n".join(
            ("- " + _("your badge, on your phone or on paper"), "- " + _("an identity document"))
        ),
    )


def _last_day() -> tuple[str, ...]:
    return (
        _("Tomorrow: %(title)s", **TITLE),
        _(
            "Tomorrow we see each other. Doors open at %(doors)s, and it starts at %(starts)s.",
            doors="{{ doors_at }}",
            starts="{{ starts_at }}",
        ),
        _("Have your badge ready at the door, on your phone or on paper."),
    )


def _thanks() -> tuple[str, ...]:
    return (
        _("Thank you: %(title)s", **TITLE),
        _("Thank you for having been there, and for what you have brought in."),
        _("What was good, and what should we do better? Please reply to this mail."),
    )


def _results() -> tuple[str, ...]:
    return (
        _("Results: %(title)s", **TITLE),
        _("What was worked out together is ready to be read:"),
        "[" + _("Read the results") + "]({{ event_link }})",
    )


ORIGINALS: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "event_reminder": _event_reminder,
    "logistics": _logistics,
    "last_day": _last_day,
    "thanks": _thanks,
    "results": _results,
}
