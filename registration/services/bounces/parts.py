"""Parts: a notice taken apart, however hostile, into the texts that the rest looks at.

Python's parser raises all kinds of errors on mails that were made to break it, and takes long for
thousands of parts; so there are limits, and beyond them only a notice's headers are read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parseaddr
from typing import TYPE_CHECKING, TypeAlias

MOST_BYTES = 1_000_000
"""Of a notice; our mails are under 300 kB, and what comes after them tells nothing."""
MOST_PARTS = 200
MOST_LEVELS = 20
MOST_HEAD = 65_536
MOST_HEADER = 2000
MOST_TEXT = 20_000

HAS_HEADER = re.compile(rb"(?m)\A(?:>?From [^\n]*\n)?[!-9;-~]+[ \t]*:")
FAULTS = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    MessageError,
)
"""What Python's parser is known to raise on mails that are none."""

if TYPE_CHECKING:
    Part: TypeAlias = Message[str, str]
else:  # before Python 3.13 it takes no types
    Part = Message
Fields = Mapping[str, str]


class Unreadable(Exception):
    """These bytes are no mail."""


@dataclass(frozen=True)
class Opened:
    """A notice, its parts with their types, and all of its words in which a mark may stand."""

    head: Part
    parts: tuple[tuple[str, Part], ...]
    words: str

    def header(self, name: str) -> str:
        """Return a header of the notice itself in plain text, "" if it has none."""
        return decoded(_raw(self.head, name))

    def first(self, *types: str) -> Part | None:
        """Return the first part of one of these types."""
        return next((part for kind, part in self.parts if kind in types), None)

    @property
    def text(self) -> str:
        """What the notice tells people, up to where it returns the mail."""
        for kind, part in self.parts:
            if kind.startswith("message/") and kind != "message/rfc822":
                break
            if kind in {"text/plain", "text/html"}:
                return text_of(part)
        return ""


def open_notice(content: bytes) -> Opened:
    """Take a mail apart.

    Raises:
        Unreadable: it has no header, so it is no mail.
    """
    content = content[:MOST_BYTES].lstrip(b"\r\n")
    if not HAS_HEADER.match(content):
        raise Unreadable
    head = BytesHeaderParser().parsebytes(content[:MOST_HEAD])
    parts: tuple[tuple[str, Part], ...] = ()
    if _is_modest(content):
        try:
            message = BytesParser().parsebytes(content)
            parts = tuple(_walk(message, 0))[:MOST_PARTS]
        except FAULTS:
            parts = ()
    raw = content.decode("latin-1")
    texts = [text_of(part) for kind, part in parts if kind.startswith("text/")]
    return Opened(head, parts, "\n".join([raw, *texts]))


def _is_modest(content: bytes) -> bool:
    """Return whether the mail has no more parts, or levels of them, than a notice ever has."""
    lowered = content.lower()
    levels = lowered.count(b"boundary") + lowered.count(b"message/")
    return content.count(b"\n--") <= 2 * MOST_PARTS and levels <= 2 * MOST_LEVELS


def _walk(message: Part, level: int) -> Iterator[tuple[str, Part]]:
    kind = message.get_content_type()
    yield kind, message
    payload = message.get_payload()
    if level < MOST_LEVELS and isinstance(payload, list) and "delivery-status" not in kind:
        for part in payload:
            if isinstance(part, Message):
                yield from _walk(part, level + 1)


def text_of(part: Part) -> str:
    """Return a part's text, decoded as well as may be; "" if it has none."""
    try:
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            return ""
        content = content[:MOST_TEXT]
        try:
            return content.decode(part.get_content_charset("utf-8"), "replace")
        except LookupError:  # a charset that nobody knows
            return content.decode("latin-1")
    except FAULTS:
        return ""


def blocks_of(part: Part) -> list[Fields]:
    """Return the groups of fields of a report (RFC 3464 §2.1, RFC 5965 §3), names in small letters.

    Python parses ``message/delivery-status`` into mails of headers only, ``message/global-…`` into
    one mail, and what is encoded (as RFC 6533 allows) not at all; so each is put together anew.
    """
    try:
        payload = part.get_payload()
        whole = _put_together(part, payload) if isinstance(payload, list) else text_of(part)
    except FAULTS:
        return []
    groups = re.split(r"\r?\n[ \t]*\r?\n", whole.strip()[:MOST_TEXT])
    return [fields for fields in map(_fields, groups) if fields]


def _put_together(part: Part, nested: Sequence[object]) -> str:
    whole = "\n\n".join(_flat(each) for each in nested if isinstance(each, Message))
    encoding = _raw(part, "Content-Transfer-Encoding").strip().lower()
    if encoding not in {"base64", "quoted-printable"}:
        return whole
    inner: Part = Message()
    inner["Content-Transfer-Encoding"] = encoding
    inner.set_payload(whole.strip())
    return text_of(inner)


def _flat(part: Part) -> str:
    """Return headers and text of a part that was parsed as a mail, as they stood."""
    head = "\n".join(f"{name}: {value}" for name, value in part.raw_items())
    return "\n\n".join(filter(None, (_in_utf8(head), text_of(part))))


def _fields(group: str) -> Fields:
    unfolded = re.sub(r"\r?\n[ \t]+", " ", group)
    pairs = (line.partition(":") for line in unfolded.splitlines())
    return {
        name.strip().lower(): value.strip() for name, colon, value in reversed([*pairs]) if colon
    }


def _raw(part: Part, name: str) -> str:
    """Return a header as it stands, "" if there is none."""
    named = (str(value) for each, value in part.raw_items() if each.lower() == name.lower())
    return _in_utf8(next(named, ""))


def _in_utf8(text: str) -> str:
    """Return what Python has kept of letters beyond ASCII as those letters."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def decoded(value: str) -> str:
    """Return a header's value in plain text, encoded words decoded as far as they can be."""
    raw = value[:MOST_HEADER]
    try:
        return str(make_header(decode_header(raw)))
    except FAULTS:
        return raw


def address_in(value: str) -> str:
    """Return the address that a header's value holds, "" if none."""
    try:
        address = parseaddr(value[:MOST_HEADER])[1]
    except FAULTS:
        return ""
    return address if "@" in address else ""


def cleaned(text: str, most: int) -> str:
    """Return a text on one line, without signs that nobody sees and databases refuse."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:most]
