"""The controls of a design: for each number and word of its data a field, named by its path."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from registration.forms.choices import Choice
from registration.forms.designs.words import CHOICES, COLOURS, FIELDS, KINDS, NAMES
from registration.languages import in_language
from registration.models.roles import Role

Data = dict[str, Any]

PLACE = ("x", "y", "width", "height")
FOR_WHOM = ("needs", "lacks", "only", "not_for")
ATTRIBUTES: Mapping[str, Sequence[str]] = {
    "text": (
        *("text", *PLACE, "steps", "weight", "align", "upright", "colour", "fill", "pad"),
        "warn_below",
    ),
    "stack": (*PLACE, "align"),
    "box": (*PLACE, "fill", "outline", "thickness"),
    "line": ("x", "y", "to_x", "to_y", "colour", "thickness"),
    "dot": ("x", "y", "diameter", "fill"),
    "logo": ("logo", *PLACE, "align", "upright"),
    "code": ("x", "y", "side"),
    "mark": ("x", "y", "width", "colour"),
}
"""Of each kind of element, in the order of the page; those of `FOR_WHOM` follow."""
OF_ITEMS = (
    *("text", "steps", "weight", "colour", "gap", "every", "dock", "leads", "dot", "warn_below"),
)
OF_DESIGNS = ("width", "height", "fold")
OF_SHEETS = ("width", "height", "columns", "rows", "left", "top", "across", "down")
WORDS = frozenset({"text", "steps"})
COLOURED = frozenset({"colour", "fill", "outline", "dot"})
WHOLE = frozenset({"every", "columns", "rows"})
DEFAULTS: Mapping[str, str] = {
    "weight": "regular",
    "align": "left",
    "upright": "top",
    "dock": "top",
    "fold": "none",
    "every": "1",
    "columns": "1",
    "rows": "1",
}


@dataclass(frozen=True, kw_only=True)
class Control:
    """One field; templates draw it by its kind."""

    path: str
    kind: str
    """number, words, colour, choice, roles or yes."""
    label: str
    value: str = ""
    chosen: Sequence[str] = ()
    choices: Sequence[Choice] = ()
    error: str = ""

    @property
    def id(self) -> str:
        """A name for the page's links."""
        return self.path.replace("[", "-").replace("]", "").replace(".", "-")


@dataclass(frozen=True, kw_only=True)
class Group:
    """An element, or an item of a stack, with its controls."""

    path: str
    title: str
    controls: Sequence[Control]
    items: Sequence["Group"] = ()
    error: str = ""

    @property
    def id(self) -> str:
        """A name for the page's links."""
        return self.path.replace("[", "-").replace("]", "").replace(".", "-")

    @property
    def is_faulty(self) -> bool:
        """Whether anything in it must be corrected."""
        inside = any(each.error for each in self.controls)
        return bool(self.error) or inside or any(each.is_faulty for each in self.items)


@dataclass(frozen=True)
class Making:
    """What makes controls: the event's roles and logos, and what is wrong by path."""

    roles: Sequence[Role]
    logos: Sequence[Choice]
    errors: Mapping[str, str]

    def control(self, path: str, name: str, value: Any, *, says: str = "") -> Control:
        """Return the control of one attribute."""
        label = str(NAMES[says or name])
        error = self.errors.get(path, "")
        if name in FOR_WHOM[2:]:
            offered = [Choice(role.code, in_language(role.title)) for role in self.roles]
            return Control(
                path=path, kind="roles", label=label, chosen=value or (), choices=offered
            )
        if name == "leads":
            return Control(path=path, kind="yes", label=label, value="y" if value else "")
        shown = written(name, value)
        if name in WORDS:
            return Control(path=path, kind="words", label=label, value=shown, error=error)
        if name in COLOURED:
            return Control(path=path, kind="colour", label=label, value=shown, error=error)
        choices = self._choices(name)
        if choices:
            shown = shown or DEFAULTS.get(name, "")
            return Control(
                path=path, kind="choice", label=label, value=shown, choices=choices, error=error
            )
        shown = shown or DEFAULTS.get(name, "")
        return Control(path=path, kind="number", label=label, value=shown, error=error)

    def _choices(self, name: str) -> Sequence[Choice]:
        if name in {"needs", "lacks"}:
            fields = [Choice(code, str(word)) for code, word in FIELDS.items()]
            return [Choice("", "–"), *fields]
        if name == "logo":
            return [Choice("", _("Please choose")), *self.logos]
        return [Choice(code, str(word)) for code, word in CHOICES.get(name, {}).items()]


def format_of(data: Data, making: Making) -> Group:
    """Return the controls of the badge's size, its fold and its sheet."""
    sheet = data.get("sheet") or {}
    return Group(
        path="format",
        title=_("Format and sheet"),
        controls=(
            *(making.control(name, name, data.get(name)) for name in OF_DESIGNS),
            *(
                making.control(f"sheet.{name}", name, sheet.get(name), says=f"sheet.{name}")
                for name in OF_SHEETS
            ),
        ),
        error=making.errors.get("design", ""),
    )


def groups_of(data: Data, side: str, making: Making) -> Sequence[Group]:
    """Return the controls of each element of a side."""
    return [
        _of_element(f"{side}[{number}]", element, making)
        for number, element in enumerate(data.get(side) or ())
    ]


def _of_element(path: str, element: Data, making: Making) -> Group:
    kind = str(element.get("type"))
    items = element.get("items") or ()
    names = (*ATTRIBUTES.get(kind, ()), *FOR_WHOM)
    return Group(
        path=path,
        title=_title(kind, element),
        controls=[making.control(f"{path}.{name}", name, element.get(name)) for name in names],
        items=[_of_item(f"{path}.items[{n}]", item, making) for n, item in enumerate(items)],
        error=making.errors.get(path, ""),
    )


def _of_item(path: str, item: Data, making: Making) -> Group:
    return Group(
        path=path,
        title=str(item.get("text", "")),
        controls=[making.control(f"{path}.{name}", name, item.get(name)) for name in OF_ITEMS],
        error=making.errors.get(path, ""),
    )


def _title(kind: str, element: Data) -> str:
    """Return what tells the element from others: its kind and its words, or its colour."""
    texts = [element.get("text", ""), *(item.get("text", "") for item in element.get("items", ()))]
    said = " ".join(filter(None, texts)) or str(COLOURS.get(element.get("fill", ""), ""))
    return ": ".join(filter(None, (str(KINDS.get(kind, kind)), said)))


def written(name: str, value: Any) -> str:
    """Return a value as its field shows it."""
    if value is None or value == "":
        return ""
    if name == "steps" and isinstance(value, list | tuple):
        return " ".join(_step(each) for each in value)
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _step(step: Any) -> str:
    if not isinstance(step, list | tuple):
        return str(step)
    size, lines = step
    return f"{size:g}" if lines == 1 else f"{size:g}x{lines}"


def paths_of(data: Data) -> Iterator[tuple[str, str]]:
    """Return the path and the name of every attribute that a page with these data asks for."""
    yield from ((name, name) for name in OF_DESIGNS)
    yield from ((f"sheet.{name}", name) for name in OF_SHEETS)
    for side in ("front", "back"):
        for number, element in enumerate(data.get(side) or ()):
            path = f"{side}[{number}]"
            for name in (*ATTRIBUTES.get(str(element.get("type")), ()), *FOR_WHOM):
                yield f"{path}.{name}", name
            for at, _item in enumerate(element.get("items") or ()):
                yield from ((f"{path}.items[{at}].{name}", name) for name in OF_ITEMS)
