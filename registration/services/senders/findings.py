"""Findings: what the check of a sender has found, each with a code that `words` has texts for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Topic(StrEnum):
    """What was looked at."""

    DOMAIN = "domain"
    MX = "mx"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    SENDING = "sending"
    """Whether the server that sends may do so."""


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    ATTENTION = "attention"
    UNKNOWN = "unknown"
    """Nobody can tell from here."""


@dataclass(frozen=True)
class Entry:
    """A DNS record to be added or changed."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was found."""

    topic: Topic
    state: State
    code: str
    domain: str
    facts: Mapping[str, object] = field(default_factory=dict)
    """What the words of the code speak of."""
    found: tuple[str, ...] = ()
    """The records as they are."""
    entry: Entry | None = None
