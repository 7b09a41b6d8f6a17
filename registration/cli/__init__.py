"""The command `einlass`: thin over services, with ``--json`` for scripts."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from registration.cli import lean
from registration.errors import Duplicate, EinlassError, NotFound, SettingRefused

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

NOUNS = {
    "account": "accounts.group",
    "badges": "badges.group",
    "bounce": "bounces.bounce",
    "certificates": "certificates.group",
    "campaigns": "campaigns.group",
    "db": "database.group",
    "device": "devices.group",
    "dispatches": "dispatches.group",
    "deliveries": "deliveries.group",
    "demo": "demo.demo",
    "event": "events.group",
    "gate": "gates.group",
    "invitation": "invitations.group",
    "mail": "senders.group",
    "quota": "quotas.group",
    "registrations": "registrations.group",
    "roster": "rosters.group",
    "scans": "scans.group",
    "serve": "serve.serve",
    "tokens": "badges.tokens",
    "work": "work.work",
}
"""Each command, and the module and name that define it here; loaded when it is asked for, since
some need libraries that a server's process must not carry."""


class Nouns(click.Group):
    """The commands of `NOUNS`, each imported on its first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return all names, sorted."""
        return sorted(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Import and return the command with this name."""
        if cmd_name not in NOUNS:
            return None
        module, _, name = NOUNS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"registration.cli.{module}"), name)
        return command


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Registration and admission for events to which alliances send people in roles."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a refusal is one sentence on standard error and exit code 1."""
    if arguments is None and lean.serves(sys.argv[1:]):
        lean.begin()
    try:
        commands.main(args=arguments, prog_name="einlass", standalone_mode=True)
    except EinlassError as error:
        click.echo(f"einlass: {_sentence(error)}", err=True)
        sys.exit(1)
    except Exception as error:
        from sqlalchemy.exc import OperationalError, ProgrammingError  # noqa: PLC0415  # slow

        if not isinstance(error, OperationalError | ProgrammingError):
            raise
        click.echo(f"einlass: {_of_database(error)}", err=True)
        sys.exit(1)


def _of_database(error: "DBAPIError") -> str:
    told = str(error.orig).strip().splitlines()[0]
    if error.statement is None:  # no connection, so nothing was asked
        return (
            f"the database cannot be reached ({told}). Check that it runs, and "
            f"EINLASS_DATABASE_URL and EINLASS_DATA_DIR."
        )
    return (
        f"the database refused ({told}). If its tables are not up to date, run "
        f"`einlass db upgrade`."
    )


def _sentence(error: EinlassError) -> str:
    """Say in English what was refused; `views/errors.py` says it on pages, in any language."""
    if isinstance(error, SettingRefused):
        return str(error)
    told = error.details
    noun, name = told.get("noun") or told.get("field") or "entry", told.get("name", "")
    if isinstance(error, NotFound):
        return f"There is no {noun} {name!r}."
    if isinstance(error, Duplicate):
        return f"There is already something with the {noun} {name!r}."
    more = ", ".join(f"{key} {value}" for key, value in told.items())
    return f"Refused ({error.code}){': ' + more if more else ''}."
