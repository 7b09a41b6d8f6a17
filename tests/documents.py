"""Read an HTML page as a person or a screen reader would: its elements, fields and errors."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "br", "hr", "img", "input", "link", "meta", "source"})


@dataclass
class Element:
    """One element, with all the text inside it."""

    tag: str
    attributes: dict[str, str]
    parents: tuple["Element", ...] = ()
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")


class Page(HTMLParser):
    """A parsed page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        assert not self._open, f"never closed: {[each.tag for each in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.parts.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        return [
            each
            for each in self.elements
            if each.tag == tag and all(each[name] == value for name, value in attributes.items())
        ]

    def by_id(self, identifier: str) -> Element | None:
        return next((each for each in self.elements if each["id"] == identifier), None)

    def error_at(self, name: str) -> str:
        """Return what is said beside the field, or ""."""
        found = self.by_id(f"{name}-error")
        return found.text.removeprefix("Error: ").removeprefix("Fehler: ") if found else ""

    @property
    def errors(self) -> set[str]:
        """The fields beside which something is said."""
        return {
            each["id"].removesuffix("-error")
            for each in self.elements
            if each["id"].endswith("-error")
        }

    @property
    def text(self) -> str:
        return self.all("body")[0].text

    @property
    def values(self) -> dict[str, str]:
        """What a browser would send if its form were sent as it is."""
        values = {}
        for each in self.elements:
            kind = each["type"]
            if each.tag == "input" and (
                kind not in {"radio", "checkbox"} or "checked" in each.attributes
            ):
                values[each["name"]] = each["value"]
            if each.tag == "textarea":
                values[each["name"]] = "".join(each.parts).removeprefix("\n")
            if each.tag == "option" and "selected" in each.attributes:
                values[each.parents[-1]["name"]] = each["value"]
        for select in self.all("select"):
            options = [each for each in self.all("option") if each.parents[-1] is select]
            values.setdefault(select["name"], options[0]["value"])
        return values
