"""What the program has, the documents mention; what they link to is there."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from registration import ROOT, config
from registration.cli import commands
from registration.errors import EinlassError, SettingRefused
from registration.models import registrations
from registration.models.gates import Verdict
from registration.queue import INCLUDE
from registration.views.errors import HTTP_CODES, TEXTS, status_of
from tasks import schedule

DOCS = ROOT / "docs"
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference.md").read_text(encoding="utf-8")
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
NOUNS = """
    event alliance role sector theme quota place registration attendee coordinator badge gate device
    scan presence roster delivery outbox organiser staff account job audit
""".split()  # noqa: SIM905  # words read better in a row


def command_names(group: click.Group, path: str) -> Iterator[str]:
    """Return each command with the words that lead to it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from command_names(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def kinds(kind: type[EinlassError] = EinlassError) -> Iterator[type[EinlassError]]:
    """Return the tree of errors."""
    yield kind
    for more in kind.__subclasses__():
        yield from kinds(more)


def task_names() -> set[str]:
    """Return the names of all tasks, as their modules give them."""
    folder = Path(schedule.__file__).parent
    named = re.compile(r'shared_task\([^)]*name="([^"]+)"')
    return {
        name
        for module in INCLUDE
        for name in named.findall((folder / f"{module.split('.')[1]}.py").read_text())
    }


@pytest.mark.parametrize("name", [field.name for field in fields(config.Defaults)])
def test_every_setting_is_in_the_table_with_its_default(name: str) -> None:
    row = re.search(rf"^\| `EINLASS_{name.upper()}`.*$", OPERATIONS, re.MULTILINE)
    assert row, name
    default = getattr(config.Defaults, name)
    if default not in {"", None}:
        assert f"`{default}`" in row.group(0)


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {f"EINLASS_{field.name.upper()}" for field in fields(config.Defaults)}
    for page in PAGES:
        used = set(re.findall(r"EINLASS_[A-Z_]+[A-Z]", page.read_text(encoding="utf-8")))
        used = {name.removesuffix("_FILE") for name in used}
        assert used <= known, (page.name, used - known)


def test_every_command_is_in_the_reference_and_no_other() -> None:
    documented = set(re.findall(r"^\| `(einlass [a-z -]+)` \|", REFERENCE, re.MULTILINE))
    assert documented == set(command_names(commands, "einlass"))


def test_commands_in_the_documents_exist() -> None:
    names = set(command_names(commands, "einlass"))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for used in re.findall(
            r"(?:`|bin/|^ *|web )(einlass [a-z]+(?: [a-z][a-z-]+)?)", text, re.M
        ):
            words = used.split()
            is_group = len(words) == 2 and any(name.startswith(f"{used} ") for name in names)
            assert used in names or " ".join(words[:2]) in names or is_group, (page.name, used)


def test_every_task_is_documented() -> None:
    names = task_names()
    assert names >= {*schedule.SWEEPS, *schedule.MINUTELY, *schedule.HOURLY}
    for name in names:
        assert f"`{name}`" in OPERATIONS, name
        assert f"`{name}`" in REFERENCE, name


def test_every_error_code_is_in_the_reference_with_its_status() -> None:
    for code in {*(kind.code for kind in kinds()), *HTTP_CODES.values(), *TEXTS}:
        assert f"`{code}`" in REFERENCE, code
    documented = dict(re.findall(r"^\| `(\w+)` \| (\d{3})", REFERENCE, re.MULTILINE))
    for kind in kinds():
        if kind is not SettingRefused:
            assert documented[kind.code] == str(status_of(kind())), kind.code


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_is_in_the_glossary_in_both_languages(noun: str) -> None:
    row = re.search(rf"^\| {noun}[^|]*\| ([^|]+) \| ([^|]+) \|$", GLOSSARY, re.MULTILINE)
    assert row, noun
    assert all(cell.strip() for cell in row.groups())


def test_every_state_and_verdict_is_in_the_glossary() -> None:
    for code in [*registrations.RegistrationState, *Verdict]:
        assert f"| `{code}` |" in GLOSSARY, code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_what_is_there(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        if anchor:
            assert anchor in headings(found), target


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as they are made from them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_decisions_are_numbered_without_gaps_and_say_why() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. ")
        for part in ("**Context.**", "**Decision.**", "**Consequence.**"):
            assert part in text, (page.name, part)


def test_the_handbook_for_the_door_says_the_same_in_both_languages() -> None:
    text = (DOCS / "gate-handbook.md").read_text(encoding="utf-8")
    german, english = text.split("## English")
    for mark in ("### ", "| **", "- **…"):
        assert german.count(mark) == english.count(mark), mark
