"""What was sent by a page that edits a design, read into the design's data."""

import json
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, IntegerField

from registration.forms.choices import YES
from registration.forms.designs.controls import DEFAULTS, WHOLE, WORDS, Data, paths_of
from registration.forms.text import Plain, Required, TextField, tidy
from registration.services.badges.designs.storing import MOST_TITLE

STEP = re.compile(r"(\d+(?:[.,]\d+)?)(?:x(\d+))?")
PART = re.compile(r"(\w+)|\[(\d+)\]")
MOST_DATA = 200_000
TEXTS = frozenset({"text", "weight", "align", "upright", "dock", "fold", "needs", "lacks"})
COLOURS = frozenset({"colour", "fill", "outline", "dot"})
ROLES = frozenset({"only", "not_for"})
REQUIRED = frozenset({"x", "y", "width", "height", "to_x", "to_y", "side", "diameter", "text"})
BLANKS: Mapping[str, Data] = {
    "text": {"width": 40, "height": 8, "text": "{organisation}", "steps": [[12, 1], [10, 2]]},
    "stack": {
        "width": 60,
        "height": 30,
        "items": [{"text": "{given_name}", "weight": "bold", "steps": [[28, 1], [20, 2], [12, 3]]}],
    },
    "box": {"width": 20, "height": 8, "fill": "role"},
    "line": {"to_x": 45, "to_y": 5},
    "dot": {"diameter": 4},
    "logo": {"width": 25, "height": 12},
    "code": {"side": 25},
    "mark": {"kind": "no_photo", "width": 5},
}
"""What a new element begins with, near the upper left corner."""
BLANK_ITEM: Data = {"text": "{organisation}", "steps": [[12, 1], [10, 2], [8, 3]]}
CORNER = 5


class EditForm(FlaskForm):
    """A design's title, the revision that is edited, and its data as they stood on the page."""

    title = TextField(_l("Title"), [Required(_l("Give the design a title.")), Plain(MOST_TITLE)])
    revision = IntegerField(default=0)
    data_sent = HiddenField(name="data")


@dataclass(frozen=True)
class Edited:
    """The data as they were entered, and what could not be read, by path."""

    data: Data
    errors: Mapping[str, str] = field(default_factory=dict)
    """By path a code of `words.PROBLEMS`."""


def edit(sent: MultiDict[str, str], stored: Data) -> Edited:
    """Return the design as the page has it.

    The page carries the whole design, so that elements can be added and removed before anything is
    stored; ``do`` names what its button does: ``add``, ``remove:<path>``, ``up:<path>``,
    ``down:<path>``, ``item:<path>``, ``back`` or ``no-back``.

    Args:
        sent: the page's fields.
        stored: the design that is there, for a page that carries none.
    """
    data = _carried(sent.get("data", ""), stored)
    errors: dict[str, str] = {}
    for path, name in list(paths_of(data)):
        _take(data, path, name, sent, errors)
    todo, _, where = sent.get("do", "").partition(":")
    act = ACTIONS.get(todo)
    if act is not None:
        act(data, where, sent)
    return Edited(data, errors)


def _carried(text: str, stored: Data) -> Data:
    if 0 < len(text) <= MOST_DATA:
        try:
            data = json.loads(text)
            json.dumps(data, ensure_ascii=False).encode()  # half of a pair of signs is no text
        except (ValueError, RecursionError):
            data = None
        if _is_design(data):
            carried: Data = data
            return carried
    return deepcopy(stored)


def _is_design(data: Any) -> bool:
    """Return whether this can be edited at all; whether it can be printed, `parsing` says."""
    return (
        isinstance(data, dict)
        and isinstance(data.get("sheet"), dict)
        and all(_are_elements(data.get(side) or []) for side in ("front", "back"))
    )


def _are_elements(elements: Any) -> bool:
    return isinstance(elements, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("items") or [], list)
        and all(isinstance(item, dict) for item in each.get("items") or ())
        for each in elements
    )


def _take(
    data: Data, path: str, name: str, sent: MultiDict[str, str], errors: dict[str, str]
) -> None:
    """Set one attribute to what was entered; an empty field takes an optional one away."""
    if f"{path}.asked" in sent:  # of boxes: no box ticked sends nothing
        _set(data, path, sent.getlist(path) if name in ROLES else sent.get(path) in YES)
        return
    if path not in sent:
        return
    text = tidy(sent[path])
    try:
        value = _read(name, text)
    except ValueError:
        errors[path] = "steps" if name == "steps" else "type"
        value = text
    _set(data, path, value)


def _read(name: str, text: str) -> Any:
    """Return what a field says; None where that is nothing.

    Raises:
        ValueError: it is no number, or no list of sizes.
    """
    if not text and name in REQUIRED | {"steps"}:
        return text
    if not text or text == DEFAULTS.get(name):
        return None
    if name == "steps":
        return [_step(part) for part in text.split()]
    if name in WORDS | TEXTS | COLOURS:
        return text.lower() if name in COLOURS else text
    number = float(text.replace(",", "."))
    return int(number) if name in WHOLE | {"logo"} and number.is_integer() else number


def _step(text: str) -> list[float]:
    found = STEP.fullmatch(text.lower().replace("×", "x"))
    if found is None:
        raise ValueError(text)
    return [float(found[1].replace(",", ".")), int(found[2] or 1)]


def _set(data: Data, path: str, value: Any) -> None:
    *way, last = _steps(path)
    place: Any = data
    for step in way:
        place = place[step]
    if value is None or value is False or value == []:
        place.pop(last, None)
    else:
        place[last] = value


def _steps(path: str) -> list[str | int]:
    return [int(number) if number else name for name, number in PART.findall(path)]


def _add(data: Data, _where: str, sent: MultiDict[str, str]) -> None:
    kind, side = sent.get("add_kind", ""), sent.get("add_side", "front")
    if kind not in BLANKS or side not in {"front", "back"}:
        return
    elements = data.get(side) or []
    data[side] = [*elements, {"type": kind, "x": CORNER, "y": CORNER, **deepcopy(BLANKS[kind])}]


def _list_of(data: Data, where: str) -> tuple[list[Any], int] | None:
    """Return the list and the position that a path of an element or item names."""
    way = _steps(where)
    if not way or not isinstance(way[-1], int):
        return None
    place: Any = data
    try:
        for step in way[:-1]:
            place = place[step]
        place[way[-1]]
    except (KeyError, IndexError, TypeError):
        return None
    return (place, way[-1]) if isinstance(place, list) else None


def _remove(data: Data, where: str, _sent: object) -> None:
    found = _list_of(data, where)
    if found is not None:
        del found[0][found[1]]


def _mover(by: int) -> Callable[[Data, str, object], None]:
    def move(data: Data, where: str, _sent: object) -> None:
        found = _list_of(data, where)
        if found is not None and 0 <= found[1] + by < len(found[0]):
            elements, at = found
            elements.insert(at + by, elements.pop(at))

    return move


def _add_item(data: Data, where: str, _sent: object) -> None:
    found = _list_of(data, where)
    if found is not None and "items" in found[0][found[1]]:
        found[0][found[1]]["items"].append(deepcopy(BLANK_ITEM))


def _add_back(data: Data, _where: str, _sent: object) -> None:
    data.setdefault("back", deepcopy(data.get("front") or []))


def _drop_back(data: Data, _where: str, _sent: object) -> None:
    data.pop("back", None)


ACTIONS: Mapping[str, Callable[[Data, str, MultiDict[str, str]], None]] = {
    "add": _add,
    "remove": _remove,
    "up": _mover(-1),
    "down": _mover(1),
    "item": _add_item,
    "back": _add_back,
    "no-back": _drop_back,
}
