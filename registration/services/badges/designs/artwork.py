"""Logos as painters need them: as a picture of a document, or as a part of an SVG."""

import io
import re

from registration.services.badges.designs.faces import Artwork
from registration.services.papers import colours, pictures
from registration.services.papers.pictures import Picture

SVG, PNG, JPEG = "image/svg+xml", "image/png", "image/jpeg"
PATHS = "{http://www.w3.org/2000/svg}path"
STEP = re.compile(r"([MLCZ])([^MLCZ]*)")
OPERATORS = {"M": "m", "L": "l", "C": "c", "Z": "h"}


def picture(art: Artwork) -> Picture:
    """Return a logo as a picture for documents."""
    if art.media_type == SVG:
        return pictures.drawing(width=art.width, height=art.height, operators=operators(art))
    width, height = round(art.width), round(art.height)
    if art.media_type == JPEG:
        return pictures.photograph(width=width, height=height, jpeg=art.content)
    from PIL import Image  # noqa: PLC0415  # keeps the web process light

    with Image.open(io.BytesIO(art.content)) as opened:
        points = opened.convert("RGBA")
    opacity = points.getchannel("A").tobytes()
    return pictures.image(
        width=width,
        height=height,
        colours=points.convert("RGB").tobytes(),
        opacity=b"" if min(opacity) == 255 else opacity,  # noqa: PLR2004  # a byte's most
    )


def inner(art: Artwork) -> str:
    """Return what is inside of an SVG that `logos` has written, for use inside another one."""
    text = art.content.decode("utf-8")
    return text[text.index(">") + 1 : text.rindex("</svg>")]


def operators(art: Artwork) -> str:
    """Return an SVG that `logos` has written as PDF operators, in its units from below."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415  # keeps the web process light

    drawn = [f"1 0 0 -1 0 {art.height:g} cm"]
    for path in ET.fromstring(art.content).iter(PATHS):  # noqa: S314  # we have written it
        told = path.attrib
        fill, stroke = told.get("fill", "#000000"), told.get("stroke", "none")
        if fill != "none":
            drawn.append("{:.3g} {:.3g} {:.3g} rg".format(*colours.parse(fill)))
        if stroke != "none":
            drawn.append("{:.3g} {:.3g} {:.3g} RG".format(*colours.parse(stroke)))
            drawn.append(f"{told['stroke-width']} w")
        steps = STEP.findall(told["d"])
        drawn.append(" ".join(f"{numbers} {OPERATORS[step]}" for step, numbers in steps))
        drawn.append(_painted(told, fill=fill != "none", stroke=stroke != "none"))
    return "\n".join(drawn)


def _painted(told: dict[str, str], *, fill: bool, stroke: bool) -> str:
    star = "*" if told.get("fill-rule") == "evenodd" else ""
    if fill and stroke:
        return f"B{star}"
    return f"f{star}" if fill else "S" if stroke else "n"
