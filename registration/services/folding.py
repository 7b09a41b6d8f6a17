"""Folding: how names are compared when they are sorted and searched."""

import re
import unicodedata

UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}
)
"""Letters that Unicode does not take apart, as their readers sort them."""

BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def fold(text: str) -> str:
    """Return the text as German collation compares it: ä as a, ß as ss, case and accents ignored.

    Source: DIN 5007-1. The scanner's search uses the same rule (static/js/gate/folding.js).
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(UNDECOMPOSED))
    return BEYOND_ASCII.sub(_base, plain)


def _base(found: re.Match[str]) -> str:
    """Return the sign, or nothing for an accent that stands on the letter before it."""
    sign = found[0]
    return "" if unicodedata.combining(sign) else sign
