"""SVG logos, read strictly and written anew as nothing but filled and stroked paths."""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any, NamedTuple

from fontTools.misc.transform import Identity, Transform
from fontTools.pens.basePen import BasePen
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path
from fontTools.svgLib.path.shapes import PathBuilder
from PIL import ImageColor

from registration.errors import Invalid

UNITS = 1000
"""Of the longer side; a place is written to a hundredth of it."""
MOST_SHAPES = 5000
MOST_LENGTH = 1_000_000
DEEPEST = 50
UNSAFE = re.compile(r"<!(DOCTYPE|ENTITY)|<\?xml-stylesheet", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
LENGTH = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*(?:px|pt|mm|cm|in)?\s*\Z")
CALL = re.compile(r"(\w+)\s*\(([^)]*)\)")
LONGEST_VALUE = 1000
"""Letters of an attribute that is searched for words and numbers."""
SHAPES = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})
GROUPS = frozenset({"svg", "g", "a", "switch"})
SILENT = frozenset({"title", "desc", "metadata", "defs", "style"})
"""Drawn by nobody; what in ``defs`` is asked for is refused where it is."""
REFUSED = {
    "text": "svg_text",
    "tspan": "svg_text",
    "image": "svg_image",
    "script": "svg_unsafe",
    "foreignObject": "svg_unsafe",
}
PAINT = {"fill": "#000000", "stroke": "none", "stroke-width": "1", "fill-rule": "nonzero"}
"""What is inherited, with what it is at first (SVG 1.1 §11)."""
NOT_DRAWN = ("filter", "mask", "clip-path")


class Drawing(NamedTuple):
    """An SVG of our own making."""

    width: int
    height: int
    svg: bytes


def drawn(content: bytes) -> Drawing:
    """Return an SVG file as paths in plain colours, absolute and without transformations.

    Raises:
        Invalid: ``content`` is ``broken``, ``too_large`` when drawn, of no size (``svg_size``),
            or contains what we do not take: ``svg_unsafe`` (a document type, entities, scripts,
            foreign objects), ``svg_text`` (turn it into paths), ``svg_image``, ``svg_gradient``
            (gradients and patterns), ``svg_opacity``, ``svg_effect`` (filters, masks, clipping) or
            ``svg_unknown`` (any other element).
    """
    try:
        text = content.decode("utf-8-sig")
        if UNSAFE.search(text):
            raise Invalid(content="svg_unsafe")
        root = ET.fromstring(text)  # noqa: S314  # without a document type there are no entities
        return _Reader(root).read()
    except (ET.ParseError, ValueError, KeyError, IndexError, ArithmeticError) as error:
        raise Invalid(content="broken") from error


class _Pen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Writes what is drawn as the data of a path."""

    def __init__(self) -> None:
        super().__init__(None)
        self.parts: list[str] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802  # fontTools calls it so
        self._write("M", pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802  # fontTools calls it so
        self._write("L", pt)

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802  # see above
        self._write("C", *points)

    def _closePath(self) -> None:  # noqa: N802  # fontTools calls it so
        self.parts.append("Z")

    def _write(self, step: str, *points: tuple[float, float]) -> None:
        places = [place for point in points for place in point]
        if not all(map(math.isfinite, places)):
            raise ValueError("a place that is nowhere")
        self.parts.append(step + " ".join(f"{round(place, 2):g}" for place in places))


class _Reader:
    """Reads one SVG."""

    def __init__(self, root: ET.Element) -> None:
        if _name(root) != "svg":
            raise Invalid(content="kind")
        self.root = root
        self.rules = _rules(root)
        self.paths: list[str] = []
        self.length = 0

    def read(self) -> Drawing:
        """Return the drawing."""
        left, top, width, height = _view(self.root)
        scale = UNITS / max(width, height)
        self._read(self.root, Identity.scale(scale).translate(-left, -top), PAINT, 0)
        across, down = max(1, round(width * scale)), max(1, round(height * scale))
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}">'
            f"{''.join(self.paths)}</svg>"
        )
        return Drawing(across, down, svg.encode())

    def _read(
        self, element: ET.Element, at: Transform, paint: Mapping[str, str], depth: int
    ) -> None:
        name = _name(element)
        told = self._told(element)
        if name in SILENT or told.get("display") == "none":
            return
        if name in REFUSED or depth > DEEPEST:
            raise Invalid(content=REFUSED.get(name, "broken"))
        if name not in SHAPES | GROUPS or (name == "svg" and depth):
            raise Invalid(content="svg_unknown")
        _refuse(told)
        paint = {kind: told.get(kind, of) for kind, of in paint.items()}
        at = at.transform(_transform(told.get("transform", "")))
        if name in SHAPES:
            self._draw(element, at, paint)
        for child in element:
            if isinstance(child.tag, str):
                self._read(child, at, paint, depth + 1)

    def _told(self, element: ET.Element) -> dict[str, str]:
        """Return an element's properties: its attributes, then rules for it, then its own style."""
        told = dict(element.attrib)
        for name in (_name(element), *(f".{each}" for each in told.get("class", "").split())):
            told |= self.rules.get(name, {})
        return told | _declared(told.get("style", ""))

    def _draw(self, element: ET.Element, at: Transform, paint: Mapping[str, str]) -> None:
        fill, stroke = _colour(paint["fill"]), _colour(paint["stroke"])
        builder = PathBuilder()
        plain = ET.Element(element.tag, {**element.attrib, "transform": ""})
        del plain.attrib["transform"]
        builder.add_path_from_element(plain)
        pen = _Pen()
        for data in builder.paths:
            parse_path(data, TransformPen(pen, at))
        self.length += sum(map(len, pen.parts))
        if len(self.paths) >= MOST_SHAPES or self.length > MOST_LENGTH:
            raise Invalid(content="too_large")
        if not pen.parts or fill == stroke == "none":
            return
        told = f' fill="{fill}"'
        if paint["fill-rule"] == "evenodd":
            told += ' fill-rule="evenodd"'
        if stroke != "none":
            scale = math.sqrt(abs(at.xx * at.yy - at.xy * at.yx))
            width = float(NUMBER.findall(paint["stroke-width"][:LONGEST_VALUE])[0]) * scale
            told += f' stroke="{stroke}" stroke-width="{round(width, 2):g}"'
        self.paths.append(f'<path{told} d="{"".join(pen.parts)}"/>')


def _name(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _view(root: ET.Element) -> tuple[float, float, float, float]:
    """Return left, top, width and height of what the file shows."""
    box = [float(each) for each in NUMBER.findall(root.get("viewBox", "")[:LONGEST_VALUE])]
    if not box:
        sizes = [LENGTH.match(root.get(name, "")[:LONGEST_VALUE]) for name in ("width", "height")]
        box = [0, 0, *(float(size[1]) for size in sizes if size)]
    if len(box) != 4 or min(box[2:]) <= 0 or not all(map(math.isfinite, box)):  # noqa: PLR2004  # edges
        raise Invalid(content="svg_size")
    left, top, width, height = box
    return left, top, width, height


def _rules(root: ET.Element) -> dict[str, dict[str, str]]:
    """Return what style sheets inside say of elements and classes; other selectors do nothing."""
    rules: dict[str, dict[str, str]] = {}
    for element in root.iter():
        if _name(element) == "style":
            first, *rest = (element.text or "").split("/*")
            plain = first + "".join(part.partition("*/")[2] for part in rest)
            for rule in plain.split("}"):
                selectors, _, body = rule.partition("{")
                for selector in selectors.split(","):
                    rules.setdefault(selector.strip(), {}).update(_declared(body))
    return rules


def _declared(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}


def _refuse(told: Mapping[str, str]) -> None:
    if any(told.get(name, "none") != "none" for name in NOT_DRAWN):
        raise Invalid(content="svg_effect")
    for name in ("opacity", "fill-opacity", "stroke-opacity"):
        if float(told.get(name, "1").strip().removesuffix("%")) < 1:
            raise Invalid(content="svg_opacity")


def _colour(told: str) -> str:
    """Return a colour as ``#rrggbb``, or ``none``."""
    told = told.strip()
    if told in {"none", "transparent"}:
        return "none"
    if told.startswith("url("):
        raise Invalid(content="svg_gradient")
    if told in {"currentColor", "inherit"}:
        return "#000000"
    rgb: tuple[Any, ...] = ImageColor.getrgb(told)
    return "#" + "".join(f"{part:02x}" for part in rgb[:3])


def _transform(told: str) -> Transform:
    """Return what a ``transform`` attribute does (SVG 1.1 §7.6)."""
    if len(told) > LONGEST_VALUE:
        raise ValueError("too long")
    made = Identity
    for name, inside in CALL.findall(told):
        numbers = [float(each) for each in NUMBER.findall(inside)]
        made = made.transform(_step(name, numbers))
    return made


def _step(name: str, numbers: list[float]) -> Transform:
    match name:
        case "matrix":
            return Transform(*numbers)
        case "translate":
            return Identity.translate(*numbers)
        case "scale":
            return Identity.scale(*numbers)
        case "rotate":
            x, y = numbers[1:] or (0, 0)
            return Identity.translate(x, y).rotate(math.radians(numbers[0])).translate(-x, -y)
        case "skewX":
            return Identity.skew(math.radians(numbers[0]), 0)
        case "skewY":
            return Identity.skew(0, math.radians(numbers[0]))
    raise ValueError(name)
