"""What commands share: the application's context, and answers for people or for scripts."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import click
from flask import Flask

from registration import create_app

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@contextmanager
def application() -> Iterator[Flask]:
    """Open the application's context for one command.

    Raises:
        SettingRefused: a setting is bad, missing or misspelt.
    """
    app = create_app()
    with app.app_context():
        yield app


def answer(row: Mapping[str, object], *, as_json: bool, sentence: str) -> None:
    """Print one result: ``row`` as JSON, or a sentence for people."""
    click.echo(json.dumps(row, ensure_ascii=False, default=str) if as_json else sentence)


def answer_rows(
    rows: Sequence[Mapping[str, object]], *, as_json: bool, empty: str = "None."
) -> None:
    """Print results: a JSON array, or a table for people."""
    if as_json:
        click.echo(json.dumps(list(rows), ensure_ascii=False, default=str))
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
    bar = click.progressbar(length=length, label=label, file=click.get_text_stream("stderr"))
    return bar.update
