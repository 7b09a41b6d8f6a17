"""Designs from data and back: what cannot be printed is refused, and the place of it named."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from registration.errors import Invalid
from registration.services.badges import codes
from registration.services.badges.designs import geometry
from registration.services.badges.designs.faces import FIELDS
from registration.services.badges.designs.geometry import LEADING, POINT
from registration.services.badges.designs.model import (
    SIDES,
    AnyElement,
    Code,
    Design,
    Line,
    Stack,
    Steps,
    Text,
)

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
WHERE = re.compile(r" - at `\$\.?(.*)`$")
KINDS = (
    ("missing required field", "missing"),
    ("contains unknown field", "unknown"),
    ("Invalid value", "choice"),
    ("Invalid enum", "choice"),
    ("matching regex", "colour"),
    (">", "range"),
    ("<", "range"),
    ("of length", "range"),
)
"""What a message of msgspec's contains, and our code for it."""
TOLERANCE = 0.01
"""Millimetres by which sums may be off."""

Problem = tuple[str, str]
"""The path of what is wrong, and a code."""


def parse(data: Any) -> Design:
    """Return the design that the data describe.

    Raises:
        Invalid: ``details`` maps the path of each wrong element or number (``front[2].width``)
            to ``missing``, ``unknown``, ``type``, ``choice``, ``range``, ``colour``, ``field``
            (there is none of that name), ``steps`` (sizes must fall), ``outside`` (of the side or
            the sheet), ``too_low`` (not even the smallest size fits), ``code_too_small``,
            ``covers_code`` or ``no_back``.
    """
    try:
        design = msgspec.convert(data, Design)
    except msgspec.ValidationError as error:
        raise Invalid(**dict([_problem(str(error))])) from error
    problems = dict(_problems(design))
    if problems:
        raise Invalid(**problems)
    return design


def to_data(design: Design) -> dict[str, Any]:
    """Return the data that `parse` makes the design of."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(design))
    return data


def _problem(message: str) -> Problem:
    """Return our path and code for what msgspec says."""
    found = WHERE.search(message)
    path = found[1] if found else ""
    code = next((code for part, code in KINDS if part in message), "type")
    if code in {"missing", "unknown"}:
        name = message.split("`")[1]
        path = f"{path}.{name}" if path else name
    return path or "design", code


def _problems(design: Design) -> Iterator[Problem]:
    yield from _of_sheet(design)
    if design.fold != "none" and design.back is None:
        yield "back", "no_back"
    for side in SIDES:
        elements = design.elements(side)
        for number, element in enumerate(elements):
            path = f"{side}[{number}]"
            yield from _of_element(design, path, element)
            if any(geometry.covers_code(element, other) for other in elements):
                yield path, "covers_code"


def _of_sheet(design: Design) -> Iterator[Problem]:
    sheet, (width, height) = design.sheet, design.cell
    across, down = sheet.across or width, sheet.down or height
    if across < width - TOLERANCE and sheet.columns > 1:
        yield "sheet.across", "range"
    if down < height - TOLERANCE and sheet.rows > 1:
        yield "sheet.down", "range"
    if sheet.left + across * (sheet.columns - 1) + width > sheet.width + TOLERANCE:
        yield "sheet.width", "outside"
    if sheet.top + down * (sheet.rows - 1) + height > sheet.height + TOLERANCE:
        yield "sheet.height", "outside"


def _of_element(design: Design, path: str, element: AnyElement) -> Iterator[Problem]:
    left, top, right, bottom = geometry.extent(element)
    if min(left, top) < -TOLERANCE:
        yield path, "outside"
    if right > design.width + TOLERANCE or bottom > design.height + TOLERANCE:
        yield path, "outside"
    for name in ("needs", "lacks"):
        if getattr(element, name) not in {"", *FIELDS}:
            yield f"{path}.{name}", "field"
    yield from _of_kind(path, element)


def _of_kind(path: str, element: AnyElement) -> Iterator[Problem]:
    match element:
        case Text():
            yield from _of_words(path, element.text, element.steps, element.height)
            if element.pad * 2 >= element.width:
                yield f"{path}.pad", "range"
        case Stack():
            for number, item in enumerate(element.items):
                here = f"{path}.items[{number}]"
                yield from _of_words(here, item.text, item.steps, element.height)
        case Code() if geometry.module(element.side) < codes.SMALLEST_MODULE:
            yield f"{path}.side", "code_too_small"
        case Line() if (element.x, element.y) == (element.to_x, element.to_y):
            yield path, "range"


def _of_words(path: str, text: str, steps: Steps, height: float) -> Iterator[Problem]:
    if any(name not in FIELDS for name in PLACEHOLDER.findall(text)):
        yield f"{path}.text", "field"
    sizes = [size for size, _ in steps]
    if sizes != sorted(sizes, reverse=True):
        yield f"{path}.steps", "steps"
    if sizes[-1] * LEADING * POINT > height + TOLERANCE:
        yield f"{path}.steps", "too_low"
