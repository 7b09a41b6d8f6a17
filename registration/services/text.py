"""Text as people type it: tidied, and looked through for what nobody sees or can print."""

import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from email_validator.rfc_constants import (
    CASE_INSENSITIVE_MAILBOX_NAMES,
    EMAIL_MAX_LENGTH,
    LOCAL_PART_MAX_LENGTH,
)

from registration.services.folding import BEYOND_ASCII

PRINTABLE_SYMBOLS = frozenset("©®™°№℗")
"""Symbols that names of firms contain and fonts have; all others are pictures."""

PICTURES = frozenset({"So", "Sk", "Me", "Co", "Cn"})
"""Unicode categories of emoji, their skin tones and keycaps, private and unassigned signs."""

PLAIN_ACCENTS = frozenset("^`´¨¯¸˙˚˛˜˝")
"""Signs of category Sk that are accents on keyboards, not skin tones."""

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control and direction characters and halves of characters."""

VARIATION_SELECTORS = range(0xFE00, 0xFE10)

JOINERS = frozenset("\u200c\u200d")
"""Zero-width non-joiner and joiner: spelling in names like "علی‌رضا", trickery in others."""

JOINING_SCRIPTS = frozenset(
    [
        "ARABIC",
        "SYRIAC",
        "MONGOLIAN",
        "NKO",
        "DEVANAGARI",
        "BENGALI",
        "GURMUKHI",
        "GUJARATI",
        "ORIYA",
        "TAMIL",
        "TELUGU",
        "KANNADA",
        "MALAYALAM",
        "SINHALA",
        "MYANMAR",
        "KHMER",
        "TIBETAN",
    ]
)
"""Scripts in which a joiner changes how its neighbours are drawn, as Unicode names letters."""

SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""All signs of the Unicode category Zs but the plain space."""

PLAIN_MAILBOX = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*", re.ASCII)
"""What stands before the @ of nearly all addresses (RFC 5321, dot-string of usual signs)."""

VIRAMA = 9
"""The combining class of the sign that joins two consonants."""


def tidy(text: str) -> str:
    """Return the text composed (NFC), with plain spaces and line breaks, without those around it.

    Nothing that a reader could miss is taken out silently; `find_hidden` finds it.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        text = SPACES.sub(" ", text)
    return text.replace("\r\n", "\n").strip(" \t\r\n")


def find_hidden(text: str, *, lines: bool = False) -> str:
    """Return the first character that nobody sees, or "".

    Args:
        text: a tidied text.
        lines: whether it may have several lines.
    """
    if text.isprintable():
        return ""
    allowed = "\n\t" if lines else ""
    for place, sign in enumerate(text):
        if unicodedata.category(sign) in HIDDEN and sign not in allowed:
            if sign in JOINERS and _joins(text, place):
                continue
            return sign
    return ""


def _joins(text: str, place: int) -> bool:
    """Return whether the joiner there is one of spelling (after RFC 5892, appendices A.1, A.2)."""
    before, after = text[:place][-1:], text[place + 1 :][:1]
    if before and unicodedata.combining(before) == VIRAMA:
        return True
    return _is_joined(before) and _is_joined(after)


def _is_joined(sign: str) -> bool:
    if not sign or unicodedata.category(sign)[0] not in "LM":
        return False
    return unicodedata.name(sign, "").partition(" ")[0] in JOINING_SCRIPTS


def find_picture(text: str) -> str:
    """Return the first sign that a badge cannot print, or ""."""
    if text.isascii():
        return ""
    return next((sign for sign in BEYOND_ASCII.findall(text) if _is_picture(sign)), "")


def _is_picture(sign: str) -> bool:
    if ord(sign) in VARIATION_SELECTORS:
        return True
    if sign in PRINTABLE_SYMBOLS or sign in PLAIN_ACCENTS:
        return False
    return unicodedata.category(sign) in PICTURES


def usual_address(text: str) -> str:
    """Return a mail address (RFC 5321) with its domain in lower case, or "" if it cannot be one."""
    mailbox, _, domain = text.partition("@")
    if _is_plain(mailbox) and len(text) <= EMAIL_MAX_LENGTH and text.isascii():
        usual = _usual_domain(domain)  # lists name the same few again and again
        return f"{mailbox}@{usual}" if usual else ""
    return _usual(text)


def _is_plain(mailbox: str) -> bool:
    return (
        len(mailbox) <= LOCAL_PART_MAX_LENGTH
        and PLAIN_MAILBOX.fullmatch(mailbox) is not None
        and mailbox.lower() not in CASE_INSENSITIVE_MAILBOX_NAMES
    )


@lru_cache(maxsize=1024)
def _usual_domain(domain: str) -> str:
    return _usual(f"a@{domain}").removeprefix("a@")


def _usual(text: str) -> str:
    try:  # reserved names like "test" pass: mail to them bounces, and trials need them
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        return ""
    return found.normalized
