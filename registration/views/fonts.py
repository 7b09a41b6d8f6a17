"""The family's typeface, packed for the web from the package that the papers print it from."""

import struct
import zlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from registration.errors import NotFound

blueprint = Blueprint("fonts", __name__)

FACES = {"400": "SourceSansPro", "600": "SourceSansProSemibold", "700": "SourceSansProBold"}
YEAR = 365 * 86400
HEAD = 44


@blueprint.get("/fonts/source-sans-<weight>.woff")
def face(weight: str) -> ResponseReturnValue:
    """Send one weight of Source Sans; browsers keep it for a year."""
    if weight not in FACES:
        raise NotFound(noun="font", name=weight)
    response = Response(_packed(weight), mimetype="font/woff")
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


@lru_cache
def _packed(weight: str) -> bytes:
    import font_source_sans_pro  # noqa: PLC0415  # looks for its files when imported

    return pack(Path(font_source_sans_pro.font_files_ttf[FACES[weight]]).read_bytes())


def pack(font: bytes) -> bytes:
    """Return a TrueType font as WOFF 1.0 (W3C REC-WOFF-20121213): half its size."""
    flavour, count = struct.unpack_from(">IH", font)
    entries, body = b"", b""
    unpacked = 12 + 16 * count
    start = HEAD + 20 * count
    for position in range(count):
        tag, checksum, offset, length = struct.unpack_from(">4s3I", font, 12 + 16 * position)
        plain = font[offset : offset + length]
        packed = min(zlib.compress(plain, 9), plain, key=len)
        entries += struct.pack(">4s4I", tag, start + len(body), len(packed), length, checksum)
        body += packed + bytes(-len(packed) % 4)
        unpacked += length + -length % 4
    total = start + len(body)
    head = struct.pack(">4sIIHHI", b"wOFF", flavour, total, count, 0, unpacked)
    return head.ljust(HEAD, b"\0") + entries + body
