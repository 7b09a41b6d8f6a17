"""Reasons: what a server's status (RFC 3463) and words say of why a mail did not arrive."""

import re
from enum import StrEnum

from registration.models.deliveries import BounceKind


class Reason(StrEnum):
    """Why a mail did not arrive, as far as it can be told."""

    NO_ADDRESS = "no_address"
    NO_DOMAIN = "no_domain"
    CLOSED = "closed"
    FULL = "full"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    """By a rule of the recipient's server: it takes our mails for unwanted, or trusts us not."""
    UNREACHABLE = "unreachable"
    CONTENT = "content"
    OTHER = "other"


STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY_CODE = re.compile(r"(?<![\d.])([45])[0-5]\d(?=[ \-#:])")

BY_STATUS: tuple[tuple[str, Reason], ...] = (
    ("1.2", Reason.NO_DOMAIN),
    ("1.8", Reason.REFUSED),  # of the sender's address, ours
    ("1.7", Reason.REFUSED),
    ("1", Reason.NO_ADDRESS),
    ("2.1", Reason.CLOSED),
    ("2.2", Reason.FULL),
    ("2.3", Reason.TOO_LARGE),
    ("3.4", Reason.TOO_LARGE),
    ("4.1", Reason.NO_ADDRESS),  # Exchange's word for "no such recipient here"
    ("4.4", Reason.NO_DOMAIN),
    ("4.310", Reason.NO_DOMAIN),
    ("4", Reason.UNREACHABLE),
    ("3", Reason.UNREACHABLE),
    ("6", Reason.CONTENT),
    ("7", Reason.REFUSED),
)
"""Subject and detail of a status, the more exact ones first; 2.0, 0 and 5 tell nothing."""

BY_WORDS: tuple[tuple[Reason, str], ...] = (
    (Reason.FULL, r"quota|mailbox( is)? full|insufficient (system )?storage|postfach.{0,20}voll"),
    (
        Reason.NO_DOMAIN,
        r"(host|domain)( name)? not found|no such domain|null ?mx|unrouteable mail domain"
        r"|(name|host) (service )?(or service )?not known|couldn't find any host",
    ),
    (
        Reason.CLOSED,
        r"(account|mailbox|user|address).{0,40}(disabled|inactive|deactivated|suspended)",
    ),
    (
        Reason.NO_ADDRESS,
        r"user unknown|unknown (user|recipient|address)|no such (user|recipient|mailbox|address)"
        r"|does ?n[o']t exist|not exist|no mailbox here|invalid (recipient|mailbox|user)"
        r"|mailbox (unavailable|not found)|unrouteable address|(recipient|address|user) not found"
        r"|could ?n[o']t be found|not a valid (user|recipient|mailbox)|unbekannt",
    ),
    (Reason.TOO_LARGE, r"too (large|big)|size limit|exceeds.{0,30}size"),
    (
        Reason.REFUSED,
        r"spam|block(ed|list)|black ?list|reputation|policy|dmarc|\bspf\b|dkim|unsolicited"
        r"|access denied|not authori[sz]ed|unauthenticated|listed",
    ),
    (Reason.UNREACHABLE, r"timed? ?out|connection (refused|reset)|retry time|unreachable"),
)
PATTERNS = tuple((reason, re.compile(words, re.IGNORECASE)) for reason, words in BY_WORDS)

FOR_GOOD = frozenset({Reason.NO_ADDRESS, Reason.NO_DOMAIN, Reason.CLOSED, Reason.REFUSED})
"""A mail sent later would come back as well."""
VAGUE = {"", "5.0.0", "4.0.0", "5.5.0", "5.5.1", "5.1.0", "5.2.0", "5.3.0"}
"""What servers say that mean nothing by it; their words say more."""
MOST_SEARCHED = 2000


def find_status(text: str) -> str:
    """Return the status that stands first in a text, or what a plain reply code comes to."""
    found = STATUS.search(text)
    if found:
        return found[0]
    code = REPLY_CODE.search(text)
    return f"{code[1]}.0.0" if code else ""


def reason_of(status: str, diagnostic: str) -> Reason:
    """Return why, by the status where it is telling, else by the server's words."""
    by_status = next(
        (reason for begin, reason in BY_STATUS if _begins(status.partition(".")[2], begin)),
        Reason.OTHER,
    )
    if status not in VAGUE and by_status != Reason.OTHER:
        return by_status
    searched = diagnostic[:MOST_SEARCHED]
    by_words = next((reason for reason, words in PATTERNS if words.search(searched)), None)
    return by_words or by_status


def _begins(detail: str, begin: str) -> bool:
    return f"{detail}.".startswith(f"{begin}.")


def judge(status: str, diagnostic: str) -> BounceKind:
    """Return whether a mail that did not arrive will never do, or did not this time.

    A temporary status (4.x.x) with which a server gave up is the latter; so is what concerns
    this one mail only, such as its size.
    """
    reason = reason_of(status, diagnostic)
    if status.startswith("4"):
        return BounceKind.SOFT
    if reason == Reason.OTHER:
        return BounceKind.HARD if status.startswith("5") else BounceKind.SOFT
    return BounceKind.HARD if reason in FOR_GOOD else BounceKind.SOFT
