"""Pictures in documents: images of points, and drawings of lines and shapes."""

import hashlib
import zlib
from dataclasses import dataclass

COMPRESSION = 9


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as a document stores it, once, however often it is shown."""

    name: str
    """On pages: the same in every document, for it is made of what the picture shows."""
    width: float
    height: float
    """Points of the image, or units of the drawing."""
    entries: str
    """Of its dictionary."""
    stream: bytes
    """Compressed as the entries say."""
    mask: bytes = b""
    """How opaque each point is, compressed, a byte a point; empty: all are opaque."""


def image(*, width: int, height: int, colours: bytes, opacity: bytes = b"") -> Picture:
    """Return an image.

    Args:
        width: points from left to right.
        height: points from top to bottom.
        colours: red, green and blue of each point, a byte each, row after row from the top.
        opacity: a byte a point: 0 is not seen, 255 hides what is below; empty: all are opaque.
    """
    digest = hashlib.sha256(b"%d " % width + colours + opacity).hexdigest()
    return Picture(
        name=f"I{digest[:16]}",
        width=width,
        height=height,
        entries=f"/Type/XObject/Subtype/Image/Width {width}/Height {height}"
        "/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode",
        stream=zlib.compress(colours, COMPRESSION),
        mask=zlib.compress(opacity, COMPRESSION) if opacity else b"",
    )


def photograph(*, width: int, height: int, jpeg: bytes) -> Picture:
    """Return an image that stays the JPEG file that it is, in red, green and blue."""
    return Picture(
        name=f"J{hashlib.sha256(jpeg).hexdigest()[:16]}",
        width=width,
        height=height,
        entries=f"/Type/XObject/Subtype/Image/Width {width}/Height {height}"
        "/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode",
        stream=jpeg,
    )


def drawing(*, width: float, height: float, operators: str) -> Picture:
    """Return a drawing by PDF operators, in units from its lower left corner."""
    packed = zlib.compress(operators.encode("ascii"), COMPRESSION)
    digest = hashlib.sha256(f"{width:g} {height:g} {operators}".encode()).hexdigest()
    return Picture(
        name=f"D{digest[:16]}",
        width=width,
        height=height,
        entries=f"/Type/XObject/Subtype/Form/BBox[0 0 {width:g} {height:g}]"
        f"/Matrix[{1 / width:.8f} 0 0 {1 / height:.8f} 0 0]/Resources<<>>/Filter/FlateDecode",
        stream=packed,
    )
