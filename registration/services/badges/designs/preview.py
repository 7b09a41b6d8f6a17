"""Composed badges as SVG, for a preview in the browser and for nothing that is printed."""

import base64
import html
from itertools import groupby

from registration.services.badges import codes
from registration.services.badges.designs import artwork
from registration.services.badges.designs.geometry import POINT
from registration.services.badges.designs.marks import (
    AnyMark,
    Composed,
    Image,
    Modules,
    Shape,
    Stroke,
    Symbol,
    Words,
)
from registration.services.papers.colours import Colour

FAMILY = "Einlass Papers"
"""The web font of previews: Source Sans in 400, 600 and 700, in its own size."""
WEIGHTS = {"R": 400, "S": 600, "B": 700}
CAMERA = (
    '<g fill="none" stroke-linecap="round" stroke-linejoin="round" stroke-width=".9" '
    'transform="translate({x:.3f} {y:.3f}) scale({unit:.4f})" stroke="{colour}">'
    '<path d="M1 2.5h12v8H1zM4.5 2.5l1-1.5h3l1 1.5"/><circle cx="7" cy="6.5" r="2.4"/>'
    '<path stroke="#fff" stroke-width="3" d="M.7 11.3L13.3.5"/>'
    '<path stroke-width="1.4" d="M.7 11.3L13.3.5"/></g>'
)


def svg(composed: Composed, *, label: str = "") -> str:
    """Return one side of a badge as an SVG for use inside a page, in millimetres.

    What an element draws is in a group whose ``data-element`` is its path, for instance
    ``front[2]``. There is no style in it, so a strict Content-Security-Policy lets it be; pictures
    of points are ``data:`` addresses.

    Args:
        composed: what to draw.
        label: what the picture is, for those who cannot see it.
    """
    named = f' aria-label="{html.escape(label)}"' if label else ""
    groups = "".join(
        f'<g data-element="{path}">{"".join(map(_drawn, marks))}</g>'
        for path, marks in groupby(composed.marks, key=_element)
    )
    width, height = composed.width, composed.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img"'
        f'{named} class="badge-side"><path fill="#fff" d="M0 0h{width:g}v{height:g}H0z"/>'
        f"{groups}</svg>"
    )


def _element(mark: AnyMark) -> str:
    return mark.path.split(".")[0]


def _drawn(mark: AnyMark) -> str:
    match mark:
        case Words():
            return _text(mark)
        case Shape():
            return _shape(mark)
        case Stroke():
            return (
                f'<path d="M{mark.x:g} {mark.y:g}L{mark.to_x:g} {mark.to_y:g}" '
                f'stroke="{_hex(mark.colour)}" stroke-width="{mark.thickness:g}"/>'
            )
        case Modules():
            return _modules(mark)
        case Symbol():
            return CAMERA.format(x=mark.x, y=mark.y, unit=mark.width / 14, colour=_hex(mark.colour))
        case Image():
            return _image(mark)


def _text(words: Words) -> str:
    return (
        f'<text x="{words.x:.3f}" y="{words.y:.3f}" font-family="{FAMILY}, sans-serif" '
        f'font-size="{words.size * POINT:.3f}" font-weight="{WEIGHTS[words.font.name]}" '
        f'fill="{_hex(words.colour)}" textLength="{words.width:.3f}" '
        f'lengthAdjust="spacingAndGlyphs">{html.escape(words.text)}</text>'
    )


def _shape(shape: Shape) -> str:
    fill = _hex(shape.fill)
    drawn = f' stroke="{_hex(shape.outline)}" stroke-width="{shape.thickness:g}"'
    stroke = drawn if shape.outline else ""
    if shape.round:
        half = shape.width / 2
        return (
            f'<circle cx="{shape.x + half:.3f}" cy="{shape.y + half:.3f}" r="{half:.3f}" '
            f'fill="{fill}"{stroke}/>'
        )
    return (
        f'<rect x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}" '
        f'height="{shape.height:g}" fill="{fill}"{stroke}/>'
    )


def _modules(code: Modules) -> str:
    scale = code.side / len(code.matrix)
    dark = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in codes.runs(code.matrix))
    return (
        f'<path transform="translate({code.x:g} {code.y:g}) scale({scale:.5f})" '
        f'shape-rendering="crispEdges" d="{dark}"/>'
    )


def _image(image: Image) -> str:
    art = image.artwork
    if art.media_type == artwork.SVG:
        return (
            f'<svg x="{image.x:.3f}" y="{image.y:.3f}" width="{image.width:.3f}" '
            f'height="{image.height:.3f}" viewBox="0 0 {art.width:g} {art.height:g}">'
            f"{artwork.inner(art)}</svg>"
        )
    data = base64.b64encode(art.content).decode("ascii")
    return (
        f'<image x="{image.x:.3f}" y="{image.y:.3f}" width="{image.width:.3f}" '
        f'height="{image.height:.3f}" href="data:{art.media_type};base64,{data}"/>'
    )


def _hex(colour: Colour | None) -> str:
    if colour is None:
        return "none"
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
