"""MIME: the headers and parts that a mail is put together from (RFC 2045-2047, 2183, 2387, 5322).

Each part is its bytes: headers, an empty line, content. Python's `EmailMessage` loses blanks where
it folds a name, and decodes encoded words that come about so: a name could add a line ``Bcc:``. It
also takes as long for the headers alone as all else of a mail takes.
"""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from email.headerregistry import Address
from functools import lru_cache
from urllib.parse import quote

END = b"\r\n"
LINE = 76
"""Signs that a line has at most, where it can be folded."""
WORD = 64
"""Signs of an encoded word; one of 75 would not fit beside its header's name."""
ENCODED = tuple(
    "_" if sign == " " else sign if sign.isascii() and sign.isalnum() else f"={ord(sign):02X}"
    for sign in map(chr, range(256))
)
"""Each byte as it may stand in any encoded word (RFC 2047 §5)."""
ATOMS = re.compile(r"[\w!#$%&'*+/=?^`{|}~ -]+", re.ASCII)
"""A name that needs no quotes (RFC 5322 §3.2.3)."""


def header(name: str, *words: str) -> bytes:
    """Return a header, folded between its words where they do not fit a line."""
    lines = [f"{name}:"]
    for number, word in enumerate(words):
        if number and len(lines[-1]) + len(word) >= LINE:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines).encode() + END


@lru_cache(maxsize=64)
def subject(words: str) -> bytes:
    """Return a mail's subject as a header; one with more than ASCII in it as encoded words."""
    plain = words.split(" ")
    is_plain = words.isascii() and max(map(len, plain)) <= WORD
    return header("Subject", *(plain if is_plain else _encoded_words(words)))


def address(name: str, whose: Address) -> bytes:
    """Return a header with an address, and the name of whose it is."""
    if not whose.display_name:
        return header(name, whose.addr_spec)
    return header(name, *_phrase(whose.display_name), f"<{whose.addr_spec}>")


def _phrase(name: str) -> Sequence[str]:
    """Return a name as what may stand before an address; no part of it means anything else."""
    if not (name.isascii() and name.isprintable()) or "=?" in name:
        return _encoded_words(name)
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    if len(escaped) > WORD - 2:
        return _encoded_words(name)
    return [name if ATOMS.fullmatch(name) else f'"{escaped}"']


def _encoded_words(text: str) -> list[str]:
    """Return any text as encoded words; what is between two of them is not part of it."""
    words = ["=?utf-8?q?"]
    for letter in text:
        encoded = "".join([ENCODED[byte] for byte in letter.encode()])
        if len(words[-1]) + len(encoded) + 2 > WORD:
            words.append("=?utf-8?q?")
        words[-1] += encoded
    return [f"{word}?=" for word in words]


def unsubscribe(address: str) -> bytes:
    """Return the headers by which mail programs offer to leave in one press (RFC 2369, 8058).

    Unfolded: Python's `EmailMessage` writes an address too long for a line as encoded words.
    """
    one_click = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    return f"List-Unsubscribe: <{address}>\r\n{one_click}\r\n".encode("ascii")


def text(words: str, subtype: str) -> bytes:
    """Return a text as a part: lines of at most 76 signs, all of them ASCII."""
    headers = {
        "Content-Type": f'text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    return _headers(headers) + b2a_qp(words.replace("\n", "\r\n").encode())


def file(media_type: str, content: bytes, *, name: str) -> bytes:
    """Return a file to be attached, under this name."""
    headers = {"Content-Type": media_type, "Content-Disposition": f"attachment; {_named(name)}"}
    return _encoded(headers, content)


def picture(content: bytes, *, content_id: str, name: str) -> bytes:
    """Return a PNG to be shown inside a page, which refers to it as ``cid:<content_id>``."""
    headers = {
        "Content-Type": "image/png",
        "Content-Disposition": f"inline; {_named(name)}",
        "Content-ID": f"<{content_id}>",
    }
    return _encoded(headers, content)


def together(kind: str, parts: Sequence[bytes], *, boundary: str) -> bytes:
    """Return several parts as one, or the only one as it is.

    Args:
        kind: ``mixed``, ``alternative`` or ``related``.
        parts: what belongs together, in order.
        boundary: begins with ``=_``, which neither base64 nor quoted-printable can contain
            (RFC 2045 §6.7), and is like no other of the same mail.
    """
    if len(parts) == 1:
        return parts[0]
    base = '; type="text/html"' if kind == "related" else ""
    headers = _headers({"Content-Type": f'multipart/{kind}{base};\r\n boundary="{boundary}"'})
    line = b"--" + boundary.encode("ascii")
    body = b"".join(line + END + part + END for part in parts)
    return headers + body + line + b"--" + END


def _encoded(headers: dict[str, str], content: bytes) -> bytes:
    encoded = b2a_base64(content, newline=False)
    lines = [encoded[at : at + LINE] for at in range(0, len(encoded), LINE)]
    head = _headers(headers | {"Content-Transfer-Encoding": "base64"})
    return head + END.join([*lines, b""])


def _headers(headers: dict[str, str]) -> bytes:
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    return "".join(lines).encode("ascii") + END


def _named(name: str) -> str:
    """Return a file's name as a parameter (RFC 2231)."""
    plain = name.isascii() and name.isprintable() and not set(name) & set('"\\')
    return f'filename="{name}"' if plain else f"filename*=utf-8''{quote(name, safe='')}"
