"""MIME: the parts that a mail is put together from (RFC 2045, 2046, 2183, 2387).

Each part is its bytes: headers, an empty line, content. Python's `EmailMessage` folds the headers
of the whole mail, where names need care; nesting the parts in it too takes three times as long.
"""

from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from email.header import Header
from functools import lru_cache
from urllib.parse import quote

END = b"\r\n"
LINE = 76
"""Signs of a line of base64 (RFC 2045 §6.8)."""


@lru_cache(maxsize=64)
def subject(words: str) -> bytes:
    """Return a mail's subject as a header; one with more than ASCII in it as encoded words.

    Python's `EmailMessage` encodes only the part that needs it, and doubles the space before it.
    """
    charset = "us-ascii" if words.isascii() else "utf-8"
    encoded = Header(words, charset, maxlinelen=76, header_name="Subject").encode(linesep="\r\n")
    return f"Subject: {encoded}\r\n".encode("ascii")


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
