"""Folding: how names are compared when they are sorted and searched."""

import unicodedata

UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}
)
"""Letters that Unicode does not take apart, as their readers sort them."""


def fold(text: str) -> str:
    """Return the text as German collation compares it: ä as a, ß as ss, case and accents ignored.

    Source: DIN 5007-1. The scanner's search uses the same rule (static/js/gate/folding.js).
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(UNDECOMPOSED))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
