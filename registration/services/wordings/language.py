"""The language of wordings: text with variables, a few filters, and if/else; nothing else.

It is a part of Jinja, found by looking through the parsed text before anything of it is run: no
attributes, calls, loops, macros, includes or sums exist in it, so nothing can be reached and
nothing can take long. It runs in Jinja's sandbox all the same.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Template, TemplateSyntaxError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_SUBJECT = 200
MOST_TEXT = 10_000
"""Characters of a wording as it is written."""
MOST_OUTPUT = 60_000
"""Characters of what it becomes."""
MOST_VALUE = 4_000
"""Characters of one variable's value."""
FILTERS = ("upper", "lower", "title", "default")

ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.Filter,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)
COMPARISONS = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq"})

Values = Mapping[str, object]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a wording, and in which line of it."""

    line: int
    reason: str
    """A code: ``syntax``, ``refused``, ``unknown``, ``filter``, ``too_deep``, ``fails``."""
    detail: str = ""
    """The name, or the word, that it is about."""


class Unreadable(Exception):  # says what the wording is
    """A wording cannot be filled in."""


SHOWN = " shown"
"""Under which a filling keeps how values are shown: no wording can name it, for the space."""


@pass_context
def _show(context: Context, value: object) -> str:
    shown: Callable[[object], str] = context[SHOWN]
    return shown(value)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        finalize=_show, trim_blocks=True, lstrip_blocks=True, cache_size=0
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


_jinja = _environment()


def find_faults(source: str, names: Collection[str]) -> list[Fault]:
    """Return what keeps a wording from being used, in the order of its lines.

    Args:
        source: the wording.
        names: the variables that it may name.
    """
    try:
        tree = _jinja.parse(source)
        found = sorted(set(_refused(tree, names, 1)), key=lambda each: (each.line, each.detail))
        if not found:
            _jinja.from_string(source)
    except TemplateSyntaxError as error:
        reason, detail = _meant(error)
        return [Fault(error.lineno, reason, detail)]
    except (RecursionError, SyntaxError, MemoryError):
        return [Fault(1, "too_deep")]
    except ValueError:  # Python reads no number of thousands of digits
        return [Fault(1, "syntax", "number")]
    return found


def _meant(error: TemplateSyntaxError) -> tuple[str, str]:
    """Tell a word that this language does not have from one that is misspelt in it."""
    said = str(error.message)
    word = said.partition("'")[2].partition("'")[0]
    if said.startswith("No filter named"):
        return "filter", word
    return ("refused", word) if said.startswith("Encountered unknown tag") else ("syntax", said)


def _refused(node: nodes.Node, names: Collection[str], line: int) -> Iterator[Fault]:
    line = node.lineno or line  # some parts of Jinja's trees have no line of their own
    if not isinstance(node, ALLOWED):
        yield Fault(line, "refused", type(node).__name__.lower())
        return
    if isinstance(node, nodes.Name) and node.name not in names:
        yield Fault(line, "unknown", node.name)
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        yield Fault(line, "filter", node.name)
    if isinstance(node, nodes.Operand) and node.op not in COMPARISONS:
        yield Fault(line, "refused", node.op)
    for child in node.iter_child_nodes():
        yield from _refused(child, names, line)


@lru_cache(maxsize=256)
def _readable(source: str, names: frozenset[str]) -> Template:
    faults = find_faults(source, names)
    if faults:
        raise Unreadable(f"line {faults[0].line}: {faults[0].reason} {faults[0].detail}")
    return _jinja.from_string(source)


def fill(source: str, values: Values, shown: Callable[[object], str]) -> str:
    """Return a wording with its variables filled in.

    Args:
        source: a wording.
        values: of all variables that it may name.
        shown: turns each value that is put out into what stands in the text.

    Raises:
        Unreadable: it has faults, becomes too long, or cannot be filled in with these values.
    """
    template = _readable(source, frozenset(values))
    try:
        filled = template.render({**values, SHOWN: shown})
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error
    if len(filled) > MOST_OUTPUT:
        raise Unreadable("the text becomes too long")
    return filled
