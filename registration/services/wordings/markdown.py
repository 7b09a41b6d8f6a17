"""Markdown as mails use it: read into a few kinds of parts, of which templates make both forms.

Whatever else Markdown has (HTML, code, rules) stands there as the text that it is.
Values of variables are put in after reading, so that nothing in a name can be Markdown or HTML.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from registration.services.wordings.language import (
    MOST_OUTPUT,
    MOST_VALUE,
    Unreadable,
    Values,
    fill,
)

SCHEMES = frozenset({"http", "https", "mailto"})
MOST_DEPTH = 12
MARK = re.compile(r"q([0-9a-f]{16})x([0-9]{1,5})q")
"""One pattern for all mails: to compile one for each took half as long as filling it in."""

Token = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One part of a text."""

    kind: str
    """``paragraph``, ``heading``, ``quote``, ``list``, ``numbers``, ``item``, ``button``; in these
    ``text``, ``strong``, ``emphasis``, ``link``, ``break``."""
    parts: tuple["Part", ...] = ()
    text: str = ""
    address: str = ""


class Marks:
    """Stand for the values of variables while Markdown is read: words that it leaves alone."""

    def __init__(self) -> None:
        self._secret = secrets.token_hex(8)
        self._values: list[str] = []
        self._length = 0

    def mark(self, value: object) -> str:
        """Keep a value, and return the word that stands for it.

        Raises:
            Unreadable: all values together are too long.
        """
        text = str(value)[:MOST_VALUE]
        self._length += len(text)
        if self._length > MOST_OUTPUT:
            raise Unreadable("the text becomes too long")
        if not text:
            return ""
        self._values.append(text)
        return f"q{self._secret}x{len(self._values) - 1}q"

    def filled(self, text: str) -> str:
        """Return a text with each mark's value in its place."""
        return MARK.sub(self._value_of, text)

    def _value_of(self, found: "re.Match[str]") -> str:
        is_ours = found[1] == self._secret
        return self._values[int(found[2])] if is_ours else found[0]


def read(source: str, values: Values) -> tuple[Part, ...]:
    """Return a wording's parts, filled in.

    Raises:
        Unreadable: it has faults, or becomes too long.
    """
    marks = Marks()
    filled = fill(source, values, marks.mark)
    try:
        tokens = _reader()(filled)
    except RecursionError as error:
        raise Unreadable("the text is nested too deeply") from error
    return tuple(_Reading(marks.filled).blocks(tokens))


@cache
def _reader() -> Callable[[str], Sequence[Token]]:
    import mistune  # noqa: PLC0415  # keeps the web process light

    markdown = mistune.create_markdown(renderer=None, plugins=["url"])
    markdown.block.rules = ["atx_heading", "block_quote", "list", "blank_line"]
    markdown.block.list_rules = ["list", "blank_line"]
    markdown.block.block_quote_rules = ["list", "blank_line"]
    markdown.block.max_nested_level = 3
    markdown.inline.rules = [*LINE_RULES]
    return markdown  # type: ignore[return-value]  # without a renderer it returns tokens


LINE_RULES = (
    *("escape", "emphasis", "link", "link_close", "auto_link", "auto_email", "url_link"),
    *("linebreak", "softbreak"),
)


BLOCKS = {"paragraph": "paragraph", "block_text": "paragraph", "block_quote": "quote"}
INLINE = {"strong": "strong", "emphasis": "emphasis"}
BREAKS = frozenset({"linebreak", "softbreak"})
"""A line ends where its writer ended it."""


class _Reading:
    """Turns Markdown's tokens into ours."""

    def __init__(self, filled: Callable[[str], str]) -> None:
        self._filled = filled

    def blocks(self, tokens: Iterable[Token], depth: int = 0) -> Iterable[Part]:
        """Yield the blocks; what is nested too deeply is left out."""
        if depth > MOST_DEPTH:
            raise Unreadable("the text is nested too deeply")
        for token in tokens:
            kind, children = token["type"], token.get("children", ())
            if kind == "heading":
                yield Part("heading", self.line(children))
            elif kind == "list":
                is_ordered = token["attrs"].get("ordered")
                items = tuple(
                    Part("item", tuple(self.blocks(each["children"], depth + 1)))
                    for each in children
                )
                yield Part("numbers" if is_ordered else "list", items)
            elif kind == "block_quote":
                yield Part("quote", tuple(self.blocks(children, depth + 1)))
            elif kind in BLOCKS:
                yield self.paragraph(children)

    def paragraph(self, children: Sequence[Token]) -> Part:
        """Return a paragraph; one that is nothing but a link is a button."""
        parts = self.line(children)
        if len(parts) == 1 and parts[0].kind == "link" and not _is_bare(parts[0]):
            return Part("button", parts[0].parts, address=parts[0].address)
        return Part("paragraph", parts)

    def line(self, tokens: Iterable[Token], depth: int = 0) -> tuple[Part, ...]:
        """Return what stands in a line of text."""
        if depth > MOST_DEPTH:
            raise Unreadable("the text is nested too deeply")
        return tuple(part for token in tokens for part in self._inline(token, depth))

    def _inline(self, token: Token, depth: int) -> Iterable[Part]:
        kind, children = token["type"], token.get("children", ())
        if kind in INLINE:
            yield Part(INLINE[kind], self.line(children, depth + 1))
        elif kind == "link":
            parts = self.line(children, depth + 1)
            address = self._filled(str(token["attrs"]["url"]))
            yield from (Part("link", parts, address=address),) if is_good(address) else parts
        elif kind == "image":  # mails load nothing: what it shows, in words
            yield from self.line(children, depth + 1)
        elif kind in BREAKS:
            yield Part("break")
        else:
            yield from self._lines(self._filled(str(token.get("raw", ""))))

    @staticmethod
    def _lines(text: str) -> Iterable[Part]:
        """Yield a text, whose line breaks come from values only, as they stand."""
        for number, line in enumerate(text.splitlines()):
            if number:
                yield Part("break")
            yield Part("text", text=line)


def _is_bare(link: Part) -> bool:
    """Return whether a link says nothing but its address."""
    return "".join(each.text for each in link.parts) == link.address.removeprefix("mailto:")


def is_good(address: str) -> bool:
    """Return whether a mail may link to this address."""
    try:
        found = urlsplit(address)
    except ValueError:
        return False
    if any(sign.isspace() or not sign.isprintable() for sign in address):
        return False
    return found.scheme.lower() in SCHEMES and bool(found.netloc or found.scheme == "mailto")
