"""QR codes: a badge's token, or any text, as a matrix, a PNG or an SVG."""

import html
import re
import struct
import zlib
from typing import TYPE_CHECKING, cast

from registration.services.badges import symbols

if TYPE_CHECKING:
    from qrcode import QRCode
    from qrcode.image.pil import PilImage
    from qrcode.image.pure import PyPNGImage

VERSION = 5
ROBUST_VERSION = 7
"""The smallest that holds a token at level Q."""
ROBUST_FROM = 30.0
"""Millimetres of a code from which level Q's smaller modules read as well as level M's."""
SMALLEST_MODULE = 0.42
"""Millimetres of a module that still reads from 150 dots an inch: two and a half of them."""
MASK = 2
"""Always the same mask: trying all eight takes ten times as long, and tests show it reads well."""
QUIET_ZONE = 4
"""Modules of white around a code (ISO/IEC 18004 §9.1)."""

DARK = re.compile(rb"\x01+")

Matrix = symbols.Matrix


def matrix(token: str, *, side: float = 0.0) -> Matrix:
    """Return a badge token as a QR code, True is dark: version 5, level M, 37 × 37.

    Args:
        token: the badge's token.
        side: how wide the code is printed, in millimetres without its quiet zone, if the level is
            to follow from that: from `ROBUST_FROM` on it is version 7, level Q, 45 × 45, which
            reads with a quarter of it lost instead of a seventh.

    Raises:
        DataOverflowError: the text is longer than any token.
        KeyError: it has a letter that no token has.
    """
    from qrcode import ERROR_CORRECT_M, ERROR_CORRECT_Q  # noqa: PLC0415  # imports Pillow

    if side >= ROBUST_FROM:
        return symbols.kind(ROBUST_VERSION, ERROR_CORRECT_Q, MASK).symbol(token)
    return symbols.kind(VERSION, ERROR_CORRECT_M, MASK).symbol(token)


def modules_at(side: float) -> int:
    """Return how many modules wide a badge's code is that is printed so wide, in millimetres."""
    return 17 + 4 * (ROBUST_VERSION if side >= ROBUST_FROM else VERSION)


def matrix_of_text(text: str) -> Matrix:
    """Return any text as a QR code of level M, as small as it can be."""
    code = _empty_code(None)
    code.add_data(text)
    code.make()
    return _modules(code)


def png(token: str, *, scale: int = 8) -> bytes:
    """Return a badge token as a black and white PNG with its quiet zone.

    Args:
        token: the badge's token.
        scale: pixels a module; the picture is 45 times as wide and high.
    """
    modules = matrix(token)
    size = (len(modules) + 2 * QUIET_ZONE) * scale
    side = "1" * (QUIET_ZONE * scale)
    blank = _scan_line("1" * size)
    lines = [blank] * (QUIET_ZONE * scale)
    pixels_of = ("1" * scale, "0" * scale)
    for row in modules:
        pixels = "".join([pixels_of[dark] for dark in row])
        lines += [_scan_line(side + pixels + side)] * scale
    lines += [blank] * (QUIET_ZONE * scale)
    return _png_file(size, b"".join(lines))


def svg(text: str, *, label: str = "") -> str:
    """Return any text as an SVG with its quiet zone, for use inside a page.

    Args:
        text: what the code says; a badge token or an address.
        label: what the picture is, for those who cannot see it.
    """
    modules = matrix_of_text(text)
    size = len(modules) + 2 * QUIET_ZONE
    dark = "".join(
        f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{length}v1h-{length}z"
        for x, y, length in runs(modules)
    )
    named = f' aria-label="{html.escape(label)}"' if label else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img"{named} '
        f'class="qr" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path fill="#000" d="{dark}"/></svg>'
    )


def runs(modules: Matrix) -> list[tuple[int, int, int]]:
    """Return the dark modules as horizontal runs: x, y and length, y counted from the top."""
    step = len(modules) + 1
    bits = b"\x00".join([bytes(row) for row in modules])
    spans = [found.span() for found in DARK.finditer(bits)]
    return [(begin % step, begin // step, end - begin) for begin, end in spans]


def _empty_code(version: int | None) -> "QRCode[PilImage | PyPNGImage]":
    from qrcode import ERROR_CORRECT_M, QRCode  # noqa: PLC0415  # qrcode imports Pillow

    return QRCode(version=version, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK)


def _modules(code: "QRCode[PilImage | PyPNGImage]") -> Matrix:
    return tuple(tuple(row) for row in cast(list[list[bool]], code.modules))


def _scan_line(pixels: str) -> bytes:
    """Return a line of a PNG with one bit a pixel, unfiltered, padded to whole bytes."""
    padded = pixels.ljust(-(-len(pixels) // 8) * 8, "0")
    return b"\x00" + int(padded, 2).to_bytes(len(padded) // 8, "big")


def _png_file(size: int, lines: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", zlib.compress(lines))
        + _png_chunk(b"IEND", b"")
    )


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
