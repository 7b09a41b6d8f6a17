"""What every mail consists of, whatever it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registration.models.badges import Badge
from registration.models.registrations import Registration


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one mail tells; `message` makes the text, the page and the files of it."""

    name: str
    """Of whom it greets; empty if we do not know it."""
    locale: str
    link: str
    """Where the mail leads."""
    words: Mapping[str, object] = field(default_factory=dict)
    """What else the templates speak of."""
    overtaken: Any = ""
    """A sentence, if what the mail was promised to tell has changed since; it replaces the lead."""
    badge_of: Registration | None = None
    """Whose badge is shown as a code and attached to print."""
    calendar_of: Registration | None = None
    """Whose calendar file goes along."""
    files: Sequence[Attached] = ()
    """What else is attached."""
    unsubscribe: str = ""
    """Where whoever wants no more mails of this kind says so (RFC 2369 §3.2);
    it takes a POST without a page before it (RFC 8058)."""

    @property
    def badge(self) -> Badge | None:
        """The badge that goes along."""
        return None if self.badge_of is None else self.badge_of.badge
