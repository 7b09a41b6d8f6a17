"""``einlass bounce``: takes one notice from a mail server's pipe."""

import sys
from typing import BinaryIO

import click

from registration.cli.context import answer, application, as_json
from registration.database import transaction
from registration.services.bounces import storing
from registration.services.bounces.parts import MOST_BYTES, Unreadable

EX_DATAERR, EX_TEMPFAIL = 65, 75
"""What mail servers make of exit codes (sysexits.h): give it back; try again later."""
CHUNK = 65_536


@click.command()
@as_json
def bounce(as_json: bool) -> None:
    """Read one message from standard input and store what it says of our mails.

    For the pipe of a mail server. Exit code 0: it is stored, also if it was before. 65: it is no
    mail. 75: it could not be stored now, for instance since the database is away; try again.
    """
    content = _standard_input()
    try:
        with application(), transaction():
            taken = storing.take(content)
    except Unreadable:
        click.echo("einlass: this is no mail; nothing was stored.", err=True)
        sys.exit(EX_DATAERR)
    except Exception as error:  # whatever it is, the notice must not be lost for it
        click.echo(f"einlass: not stored, try again: {type(error).__name__}: {error}", err=True)
        sys.exit(EX_TEMPFAIL)
    row = {
        "delivery": str(taken.delivery_id or ""),
        "kind": str(taken.kind),
        "new": taken.is_new,
    }
    answer(row, as_json=as_json, sentence="Stored." if taken.is_new else "It was stored before.")


def _standard_input() -> bytes:
    """Return what matters of the message; the rest is read too, so that no pipe breaks."""
    stream: BinaryIO = sys.stdin.buffer
    content = stream.read(MOST_BYTES)
    while stream.read(CHUNK):
        pass
    return content
