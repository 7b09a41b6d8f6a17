"""Mails to whom has been invited, and to coordinators, as the program ships them."""

from collections.abc import Callable, Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from registration.services.wordings.originals.pieces import ALLIANCE, DEADLINE, MANY, TITLE


def _invitation() -> tuple[str, ...]:
    return (
        _("Invitation: %(title)s", **TITLE),
        _(
            "%(inviter)s invites you to this event. Please answer by %(moment)s.",
            inviter="{{ inviter }}",
            **DEADLINE,
        ),
    )


def _reminder() -> tuple[str, ...]:
    return (
        _("Please answer: your invitation – %(title)s", **TITLE),
        _(
            "%(inviter)s has invited you to this event, and we have had no answer yet. Please "
            "answer by %(moment)s.",
            inviter="{{ inviter }}",
            **DEADLINE,
        ),
    )


def _short() -> tuple[str, ...]:
    return (
        "".join(
            (
                "{% if free == 1 %}",
                _places_free(1),
                "{% else %}",
                _places_free(MANY).replace(str(MANY), "{{ free }}"),
                "{% endif %}",
            )
        ),
        _(
            "Please name the people who are missing for %(alliance)s by %(moment)s. If nobody else "
            "comes, say that your delegation is complete, and we remind you no more.",
            **ALLIANCE,
            **DEADLINE,
        ),
    )


def _places_free(number: int) -> str:
    return str(
        ngettext(
            "One place free: %(alliance)s – %(title)s",
            "%(num)s places free: %(alliance)s – %(title)s",
            number,
            **ALLIANCE,
            **TITLE,
        )
    )


def _digest() -> tuple[str, ...]:
    return (
        _("Your delegation on %(day)s: %(title)s", day="{{ day }}", **TITLE),
        _(
            "This has changed for %(alliance)s on %(day)s. You find everybody on your pages.",
            day="{{ day }}",
            **ALLIANCE,
        ),
    )


ORIGINALS: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "invitation": _invitation,
    "reminder": _reminder,
    "short": _short,
    "digest": _digest,
}
