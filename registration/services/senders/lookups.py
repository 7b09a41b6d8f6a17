"""Questions to the DNS, all within one deadline."""

import time
from collections.abc import Callable, Sequence

Ask = Callable[[str, str, float], Sequence[str]]
"""Asks for a name and a type with so many seconds to answer; returns the records as texts.

Nothing there is an empty answer. Raises `Unclear` where there is none.
"""


class Unclear(Exception):
    """The DNS did not answer: it is broken there, or not in time."""


class Lookups:
    """Asks with whatever time is left, and asks nothing twice."""

    def __init__(self, ask: Ask, *, seconds: float) -> None:
        self._ask = ask
        self._ends_at = time.monotonic() + seconds
        self._known: dict[tuple[str, str], Sequence[str] | Unclear] = {}

    def __call__(self, name: str, kind: str) -> Sequence[str]:
        """Return the records of a name, empty if there are none.

        Raises:
            Unclear: the DNS does not answer, or the time is up.
        """
        key = (name.rstrip(".").lower(), kind)
        if key not in self._known:
            self._known[key] = self._answer(*key)
        answer = self._known[key]
        if isinstance(answer, Unclear):
            raise Unclear(*answer.args)
        return answer

    def _answer(self, name: str, kind: str) -> Sequence[str] | Unclear:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            return Unclear(name)
        try:
            return self._ask(name, kind, left)
        except Unclear as unclear:
            return unclear

    def texts(self, name: str, begin: str) -> Sequence[str]:
        """Return the TXT records of a name that begin with a word, such as ``v=spf1``.

        Raises:
            Unclear: see `Lookups.__call__`.
        """
        found = (text.strip() for text in self(name, "TXT"))
        return [text for text in found if f"{text} ".lower().startswith((f"{begin} ", f"{begin};"))]


def ask_dns(name: str, kind: str, seconds: float) -> Sequence[str]:
    """Ask the DNS servers that this machine uses; see `Ask`."""
    import dns.exception  # noqa: PLC0415  # 6 MB, for whoever asks
    import dns.resolver  # noqa: PLC0415  # likewise

    try:
        answer = dns.resolver.resolve(name, kind, lifetime=seconds, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise Unclear(name) from error
    return [_text(record, kind) for record in answer]


def _text(record: object, kind: str) -> str:
    """Return a record as text; several strings make one, without a gap (RFC 7208 §3.3)."""
    if kind == "TXT":
        strings: Sequence[bytes] = getattr(record, "strings", ())
        return b"".join(strings).decode("utf-8", "replace")
    return str(record)
