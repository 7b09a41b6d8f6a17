"""What commands share: the application's context, and answers for people or for scripts."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TypeVar

import click
from flask import Flask

from registration import create_app
from registration.database import db
from registration.errors import NotFound
from registration.models.alliances import Alliance
from registration.models.roles import Role
from registration.services.papers.files import replacing

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
event_option = click.option("--event", "slug", required=True, help="The event's slug.")


@contextmanager
def application() -> Iterator[Flask]:
    """Open the application's context for one command.

    Raises:
        SettingRefused: a setting is bad, missing or misspelt.
    """
    app = create_app()
    with app.app_context():
        engine = db.engine
    try:
        with app.app_context():
            yield app
    finally:
        engine.dispose()


def answer(row: Mapping[str, object], *, as_json: bool, sentence: str) -> None:
    """Print one result: ``row`` as JSON, or a sentence for people."""
    click.echo(json.dumps(row, ensure_ascii=False, default=_plain) if as_json else sentence)


def _plain(value: object) -> str:
    """Return what JSON has no kind for; moments and dates as in ISO 8601."""
    return value.isoformat() if isinstance(value, date) else str(value)


def answer_rows(
    rows: Sequence[Mapping[str, object]], *, as_json: bool, empty: str = "None."
) -> None:
    """Print results: a JSON array, or a table for people."""
    if as_json:
        click.echo(json.dumps(list(rows), ensure_ascii=False, default=_plain))
        return
    if not rows:
        click.echo(empty)
        return
    cells = [list(rows[0])] + [[str(value) for value in row.values()] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)))


def progress(label: str, length: int) -> Callable[[int], None]:
    """Return a function that moves a progress bar on standard error by so many steps.

    Nothing is drawn where standard error is not a terminal.
    """
    bar = click.progressbar(
        length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    )

    def move(steps: int) -> None:
        bar.update(steps)
        if bar.finished:
            bar.render_finish()

    return move


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give the path to write a file to; it takes the place of ``path`` when it is whole.

    Raises:
        ClickException: it cannot be written there.
    """
    try:
        with replacing(path) as made:
            yield made
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error


Found = TypeVar("Found", Alliance, Role)


def pick(among: Sequence[Found], code: str | None, *, noun: str) -> Found | None:
    """Return the one with this code, or None where no code was given.

    Raises:
        NotFound: none has it.
    """
    if code is None:
        return None
    for each in among:
        if each.code == code:
            return each
    raise NotFound(noun=noun, name=code)
