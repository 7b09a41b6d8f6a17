"""Mails about a registration, as the program ships them: a subject, then paragraphs."""

from collections.abc import Callable, Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from registration.services.wordings.originals.pieces import (
    ALLIANCE,
    DEADLINE,
    MANY,
    TITLE,
    counted,
    when,
)


def _received() -> tuple[str, ...]:
    return (
        _("Received: your request – %(title)s", **TITLE),
        _(
            "Thank you. Requests for this role are looked at one by one. A place is held for you "
            "until then; a mail tells you what was decided."
        ),
    )


def _confirmed() -> tuple[str, ...]:
    return (
        _("Confirmed: your place – %(title)s", **TITLE),
        when(
            "by_others",
            _("We look forward to seeing you."),
            otherwise=_("Thank you for your registration. We look forward to seeing you."),
        ),
    )


def _approved() -> tuple[str, ...]:
    return (
        _("Approved: your place – %(title)s", **TITLE),
        _("We have looked at your request, and the place is yours. We look forward to seeing you."),
    )


def _nomination() -> tuple[str, ...]:
    return (
        _("Confirmed: you are named – %(title)s", **TITLE),
        _(
            "Your place is confirmed. If you cannot come, please give it up on your page, so that "
            "another person can have it. We look forward to seeing you."
        ),
    )


def _waiting() -> tuple[str, ...]:
    turn = {"turn": "{{ turn }}", "moment": "{{ as_of }}"}
    return (
        _("Waiting list: your registration – %(title)s", **TITLE),
        _(
            "All places that you could have are taken at the moment. When places come free, those "
            "get them first who have waited longest."
        ),
        when("turn", _("You are number %(turn)s in the queue as of %(moment)s.", **turn)),
        counted("companions", _wait_together(1), _wait_together(MANY)),
        when(
            "is_offered",
            _(
                "When it is your turn, we keep a place for you and ask you by mail whether you "
                "take it. Until then you need not do anything."
            ),
            otherwise=_(
                "When it is your turn, you get the place at once, and a mail says so. Until then "
                "you need not do anything."
            ),
        ),
    )


def _wait_together(number: int) -> str:
    return str(
        ngettext(
            "You wait together with one other person: you come together or not at all.",
            "You wait together with %(num)s other people: you come together or not at all.",
            number,
        )
    )


def _offer() -> tuple[str, ...]:
    return (
        _(
            "Please answer: a place is kept for you until %(moment)s – %(title)s",
            **TITLE,
            **DEADLINE,
        ),
        _(
            "We keep the place for you until %(moment)s. Please accept it by then, or give it up "
            "so that the next person can have it. If you do neither, it goes to the next person.",
            **DEADLINE,
        ),
        counted("companions", _accept_together(1), _accept_together(MANY)),
    )


def _accept_together(number: int) -> str:
    return str(
        ngettext(
            "One other person has waited together with you. Whoever of you accepts, accepts for "
            "both.",
            "%(num)s other people have waited together with you. Whoever of you accepts, accepts "
            "for all.",
            number,
        )
    )


def _promoted() -> tuple[str, ...]:
    subject = (
        "{% if is_requested %}",
        _("Received: a place is held for you – %(title)s", **TITLE),
        "{% else %}",
        _("Confirmed: you have a place now – %(title)s", **TITLE),
        "{% endif %}",
    )
    return (
        "".join(subject),
        when(
            "is_requested",
            _(
                "You were next on the waiting list, so we hold this place for you. Requests for "
                "this role are looked at one by one; a mail tells you what was decided."
            ),
            otherwise=_(
                "You were next on the waiting list. We look forward to seeing you. If you cannot "
                "come any more, please give up your place, so that somebody else can have it."
            ),
        ),
    )


def _changed() -> tuple[str, ...]:
    return (
        _("Changed: your registration – %(title)s", **TITLE),
        _("Your details are now as you see them on your page."),
        when(
            "has_badge",
            _("Please use the badge in this mail; an older one may no longer be let in."),
        ),
    )


def _declined() -> tuple[str, ...]:
    return (
        _("Declined: your request – %(title)s", **TITLE),
        _(
            "Unfortunately we cannot offer you a place. We are sorry, and thank you for your "
            "interest."
        ),
    )


def _cancelled() -> tuple[str, ...]:
    return (
        _("Cancelled: your registration – %(title)s", **TITLE),
        when(
            "had_badge",
            _(
                "Your place is free for somebody else now, and your badge is no longer let in. The "
                "calendar file attached to this mail takes the event out of your calendar."
            ),
            otherwise=_("If a place was held for you, it is free for somebody else now."),
        ),
    )


def _expired() -> tuple[str, ...]:
    return (
        _("Expired: the place that was kept for you – %(title)s", **TITLE),
        _(
            "We kept the place for you until %(moment)s and heard nothing, so it goes to the next "
            "person. You are not on the waiting list any more.",
            **DEADLINE,
        ),
    )


def _replaced() -> tuple[str, ...]:
    return (
        _("Passed on: your place – %(title)s", **TITLE),
        when(
            "alliance",
            _(
                "You, or those who answer for %(alliance)s, asked us to give your place to "
                "another person.",
                **ALLIANCE,
            ),
            otherwise=_("You, or the organisers, gave your place to another person."),
        ),
        when(
            "had_badge",
            _(
                "Your badge is no longer let in. The calendar file attached to this mail takes "
                "the event out of your calendar."
            ),
        ),
    )


def _certificate() -> tuple[str, ...]:
    return (
        _("Your certificate of attendance – %(title)s", **TITLE),
        _(
            "Thank you for coming. Your certificate is attached as a PDF; you can also download it "
            "on your page at any time."
        ),
    )


ORIGINALS: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "received": _received,
    "confirmed": _confirmed,
    "approved": _approved,
    "nomination": _nomination,
    "waiting": _waiting,
    "offer": _offer,
    "promoted": _promoted,
    "changed": _changed,
    "declined": _declined,
    "cancelled": _cancelled,
    "expired": _expired,
    "replaced": _replaced,
    "certificate": _certificate,
}
