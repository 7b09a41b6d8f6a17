"""The command `einlass`: thin over services, with ``--json`` for scripts."""

import sys
from collections.abc import Sequence

import click

from registration.cli import database
from registration.errors import EinlassError

NOUNS = (database.group,)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Registration and admission for events to which alliances send people in roles."""


for noun in NOUNS:
    commands.add_command(noun)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a refusal is one sentence on standard error and exit code 1."""
    try:
        commands.main(args=arguments, prog_name="einlass", standalone_mode=True)
    except EinlassError as error:
        click.echo(f"einlass: {error}", err=True)
        sys.exit(1)
