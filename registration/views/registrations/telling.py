"""A person's time line in words: what each moment is called, and what else is said of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from registration import languages
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.services import timeline
from registration.services.imports.fields import TITLES
from registration.services.timeline import Group, Moment, Timeline

GROUPS: Mapping[Group, Any] = {
    Group.STANDING: _l("Registration"),
    Group.CHANGES: _l("Changes"),
    Group.CONSENTS: _l("Consents"),
    Group.BADGE: _l("Badge and papers"),
    Group.MAILS: _l("Mails"),
    Group.SCANS: _l("Scans"),
}

WORDS: Mapping[str, tuple[str, Any]] = {
    "registered": ("note", _l("Registered")),
    "registration.received": ("note", _l("Registered")),
    "registration.nominated": ("note", _l("Nominated")),
    "registration.walked_in": ("in", _l("Let in without a registration")),
    "registration.took_over": ("copy", _l("Took over a place")),
    "registration.requested": ("attention", _l("Asked to be approved")),
    "registration.waiting": ("waiting", _l("Joined the waiting list")),
    "registration.offered": ("offered", _l("Place offered")),
    "registration.promoted": ("in", _l("Moved up from the waiting list")),
    "registration.confirmed": ("in", _l("Confirmed")),
    "registration.declined": ("refused", _l("Request declined")),
    "registration.cancelled": ("already", _l("Cancelled")),
    "registration.expired": ("expired", _l("Offer expired")),
    "registration.replaced": ("copy", _l("Replaced by somebody else")),
    "registration.corrected": ("edit", _l("Data corrected")),
    "registration.answers_changed": ("edit", _l("Answers changed")),
    "registration.roles_changed": ("edit", _l("Roles changed")),
    "registration.hosting_set": ("edit", _l("Note for the door or host changed")),
    "registration.label_set": ("edit", _l("Badge or protocol changed")),
    "registration.mail_resent": ("mail", _l("Mail sent again")),
    "registration.photo_consent_withdrawn": ("refused", _l("Consent to photos withdrawn")),
    "registration.privacy_consent_given": ("in", _l("Agreed to the use of data")),
    "registration.privacy_consent_withdrawn": (
        "refused",
        _l("Consent to the use of data withdrawn"),
    ),
    "consent.privacy": ("in", _l("Agreed to the use of data")),
    "consent.photos": ("in", _l("Agreed to photos")),
    "consent.no_photos": ("already", _l("Does not want photos")),
    "invitation.sent": ("mail", _l("Invited")),
    "invitation.reminded": ("mail", _l("Reminded of the invitation")),
    "invitation.opened": ("note", _l("Invitation opened")),
    "invitation.accepted": ("in", _l("Invitation accepted")),
    "invitation.declined": ("refused", _l("Invitation declined")),
    "invitation.revoked": ("refused", _l("Invitation revoked")),
    "badge.first": ("badge", _l("Badge issued")),
    "badge.issued": ("badge", _l("Badge issued anew")),
    "badge.stopped": ("refused", _l("Badge stopped")),
    "badge.downloaded": ("download", _l("Badge downloaded")),
    "badge.printed": ("print", _l("Badge printed")),
    "certificate.given": ("note", _l("Certificate of attendance issued")),
    "certificate.taken": ("refused", _l("Certificate of attendance revoked")),
    "bounce.hard": ("refused", _l("Mail came back: it does not arrive")),
    "bounce.soft": ("attention", _l("Mail came back this time")),
    "bounce.delayed": ("attention", _l("Mail is delayed")),
    "bounce.complaint": ("refused", _l("Recipient called a mail unwanted")),
    "bounce.reply": ("mail", _l("Reply to a mail")),
    "bounce.automatic": ("mail", _l("Automatic answer to a mail")),
    "bounce.delivered": ("in", _l("A mail has arrived")),
}
"""The picture and the name of each; mails and scans have theirs in the console's words."""

IS_BAD = frozenset({"bounce.hard", "bounce.complaint", "badge.stopped"})
PICTURES = {Group.MAILS: "mail", Group.SCANS: "scan", Group.BADGE: "badge", Group.CHANGES: "edit"}
"""Of what has no name here."""

SOURCES: Mapping[str, Any] = {
    "form": _l("by the public form"),
    "console": _l("by the organisers"),
    "generated": _l("made up for a trial"),
    "nomination": _l("by a coordinator"),
    "invitation": _l("by an invitation"),
    "import": _l("from a list"),
    "walk_in": _l("at the door"),
    "transfer": _l("by a colleague who handed the place over"),
}

FIELDS: Mapping[str, Any] = {
    **TITLES,
    "sector_id": _l("Sector"),
    "theme_id": _l("Theme"),
    "gate_note": _l("Note for the door"),
    "host_email": _l("Host’s mail address"),
    "room": _l("Room"),
    "precedence": _l("Place in protocol order"),
}
DERIVED = frozenset({"sort_name", "search_text"})


@dataclass(frozen=True, kw_only=True)
class Line:
    """One moment as it is shown."""

    moment: Moment
    picture: str
    word: str
    more: str
    is_bad: bool


@dataclass(frozen=True, kw_only=True)
class Story:
    """One page of a time line as it is shown."""

    lines: Sequence[Line]
    timeline: Timeline
    group: Group | None
    titles: Mapping[Group, Any]


def story_of(registration: Registration, roles: Sequence[Role]) -> Story:
    """Return the page of the time line that this request asks for by ``show`` and ``page``.

    Args:
        registration: whose.
        roles: the event's, to name those that changed.
    """
    asked = request.args.get("show", "")
    group = Group(asked) if asked in set(Group) else None
    told = timeline.tell(
        registration, group=group, page=min(request.args.get("page", 1, int), 10_000)
    )
    titles = {str(role.id): languages.in_language(role.title) for role in roles}
    return Story(
        lines=[_line(moment, titles) for moment in told.moments],
        timeline=told,
        group=group,
        titles=GROUPS,
    )


def word_of(action: str) -> str:
    """Return what an entry of the audit log is called; of one without a name its own words."""
    found = WORDS.get(action)
    if found is not None:
        return str(found[1])
    return action.replace(".", ": ").replace("_", " ")


def _line(moment: Moment, roles: Mapping[str, str]) -> Line:
    picture, _word = WORDS.get(moment.what, (PICTURES.get(moment.group, "note"), ""))
    return Line(
        moment=moment,
        picture=picture,
        word=word_of(moment.what),
        more=_more(moment, roles),
        is_bad=moment.what in IS_BAD,
    )


def _more(moment: Moment, roles: Mapping[str, str]) -> str:
    """Return what else is to be said of a moment, in words."""
    detail = moment.detail
    if detail.get("fields"):
        return _fields(str(detail["fields"]))
    if moment.what == "registration.roles_changed":
        return str(_("from %(before)s to %(after)s", **_roles(detail, roles)))
    if moment.what.startswith("bounce."):
        return " ".join(str(detail[name]) for name in ("status", "diagnostic") if detail[name])
    if moment.what in MORE:
        return MORE[moment.what](detail)
    if moment.what in WORDS or moment.group in {Group.MAILS, Group.SCANS}:
        return ""
    return ", ".join(f"{name}: {value}" for name, value in detail.items() if value)


def _fields(names: str) -> str:
    """Return what was changed, each by the name that forms have for it."""
    told = [name for name in names.split(", ") if name not in DERIVED]
    return ", ".join(str(FIELDS.get(name, name)) for name in told)


def _roles(detail: timeline.Detail, roles: Mapping[str, str]) -> dict[str, str]:
    return {
        when: ", ".join(roles.get(each, each) for each in str(detail.get(when)).split(", "))
        for when in ("before", "after")
    }


def _print(detail: timeline.Detail) -> str:
    told = [_("at the door") if detail["alone"] else "", str(detail["design"])]
    told.append(_("issue %(number)s", number=detail["issue"]))
    if detail["reason"]:
        told.append(_("because: %(reason)s", reason=detail["reason"]))
    return ", ".join(part for part in told if part)


def _issue(detail: timeline.Detail) -> str:
    told = _("issue %(number)s; the one before has stopped", number=detail.get("issue"))
    return str(told)


def _version(detail: timeline.Detail) -> str:
    return str(_("version %(version)s", version=detail.get("version")))


def _source(detail: timeline.Detail) -> str:
    return str(SOURCES.get(str(detail.get("source")), ""))


def _code(detail: timeline.Detail) -> str:
    return str(detail.get("code") or "")


MORE: Mapping[str, Callable[[timeline.Detail], str]] = {
    "registered": _source,
    "badge.issued": _issue,
    "badge.printed": _print,
    "consent.privacy": _version,
    "certificate.given": _code,
    "certificate.taken": _code,
}
