"""One thing that has happened to somebody, whatever table it is read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Detail = Mapping[str, str | int | None]


class Group(StrEnum):
    """What kind of thing, as people look for it."""

    STANDING = "standing"
    """Asked, decided, waited, came or gave up."""
    CHANGES = "changes"
    CONSENTS = "consents"
    BADGE = "badge"
    """The badge, its prints, and the certificate."""
    MAILS = "mails"
    SCANS = "scans"


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """One line of the list."""

    at: datetime
    group: Group
    what: str
    """An action of the audit log, or one of the names in `readings`."""
    actor: str = ""
    """As the audit log names one; "" where nobody in particular did it."""
    detail: Detail = field(default_factory=dict)


GROUPS: Mapping[str, Group] = {
    "badge.downloaded": Group.BADGE,
    "badge.issued": Group.BADGE,
    "badge.printed": Group.BADGE,
    "certificate.issued": Group.BADGE,
    "certificate.revoked": Group.BADGE,
    "registration.corrected": Group.CHANGES,
    "registration.answers_changed": Group.CHANGES,
    "registration.hosting_set": Group.CHANGES,
    "registration.label_set": Group.CHANGES,
    "registration.roles_changed": Group.CHANGES,
    "registration.photo_consent_withdrawn": Group.CONSENTS,
    "registration.privacy_consent_given": Group.CONSENTS,
    "registration.privacy_consent_withdrawn": Group.CONSENTS,
    "registration.mail_resent": Group.MAILS,
    "invitation.reminded": Group.MAILS,
}
"""Where entries of the audit log belong; those not named here say how somebody stands."""

OF_NOUNS = {"badge": Group.BADGE, "certificate": Group.BADGE, "delivery": Group.MAILS}


def group_of(action: str) -> Group:
    """Return where an entry of the audit log belongs."""
    return GROUPS.get(action) or OF_NOUNS.get(action.partition(".")[0], Group.STANDING)
