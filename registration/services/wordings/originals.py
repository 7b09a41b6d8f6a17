"""The texts that the program ships, as wordings, in the present language.

They hold the words only; who is meant, when and where, the badge, the links and the way out stand
in the mail's layout, so that no edited text can lose them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

MANY = 987654
"""Stands for the number in a plural, until the variable takes its place."""


@dataclass(frozen=True)
class Text:
    """A subject and what a mail says below its first line."""

    subject: str
    body: str


def original(kind: str, locale: str) -> Text:
    """Return the text that is sent where the organisers have written none of their own.

    Raises:
        KeyError: this kind of mail has no wording.
    """
    with force_locale(locale):
        subject, *paragraphs = ORIGINALS[kind]()
        return Text(subject, "\n\n".join(each for each in paragraphs if each) + "\n")


def _when(name: str, text: str, otherwise: str = "") -> str:
    """Return a text that stands there only if a variable is not empty."""
    if not otherwise:
        return f"{{% if {name} %}}\n{text}\n{{% endif %}}"
    return f"{{% if {name} %}}\n{text}\n{{% else %}}\n{otherwise}\n{{% endif %}}"


def _counted(name: str, one: str, many: str) -> str:
    """Return a text about a number, which is left out if the number is 0."""
    many = many.replace(str(MANY), f"{{{{ {name} }}}}")
    return f"{{% if {name} == 1 %}}\n{one}\n{{% elif {name} %}}\n{many}\n{{% endif %}}"


TITLE = {"title": "{{ event_title }}"}
ALLIANCE = {"alliance": "{{ alliance }}"}
DEADLINE = {"moment": "{{ deadline }}"}


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
        _when(
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
        _when("turn", _("You are number %(turn)s in the queue as of %(moment)s.", **turn)),
        _counted("companions", _wait_together(1), _wait_together(MANY)),
        _when(
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
        _counted("companions", _accept_together(1), _accept_together(MANY)),
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
        _when(
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
        _when(
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
        _when(
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
        _when(
            "alliance",
            _(
                "You, or those who answer for %(alliance)s, asked us to give your place to "
                "another person.",
                **ALLIANCE,
            ),
            otherwise=_("You, or the organisers, gave your place to another person."),
        ),
        _when(
            "had_badge",
            _(
                "Your badge is no longer let in. The calendar file attached to this mail takes "
                "the event out of your calendar."
            ),
        ),
    )


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
    "invitation": _invitation,
    "reminder": _reminder,
    "short": _short,
    "digest": _digest,
    "event_reminder": _event_reminder,
    "logistics": _logistics,
    "last_day": _last_day,
    "thanks": _thanks,
    "results": _results,
}
