"""``einlass scans``: take over what a device saved to a file because it could not send it."""

from functools import reduce
from pathlib import Path

import click

from registration.cli.context import answer, application, as_json, event_option
from registration.combiner import Combiner
from registration.database import transaction
from registration.errors import Invalid
from registration.services import events
from registration.services.gates import logs

ACTOR = "command"
FAULTS = {
    "malformed": "is no file that a scanner has saved",
    "other_event": "was saved at another event",
    "other_device": "was saved by a device that this event does not have",
}


@click.group("scans")
def group() -> None:
    """Take over scans that a device saved to a file."""


@group.command("import")
@event_option
@click.option(
    "--file",
    "path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the scanner has saved; may be taken over twice.",
)
@as_json
def import_(slug: str, path: Path, as_json: bool) -> None:
    """Store the scans of a file, each once, as if their device had sent them."""
    with application():
        try:
            with transaction():
                parts = logs.read(events.get_event(slug), path.read_bytes(), actor=ACTOR)
        except Invalid as error:
            fault = FAULTS[str(dict(error.details["fields"])["file"])]  # type: ignore[call-overload]  # a mapping
            raise click.ClickException(f"{path} {fault}.") from error
        store = Combiner(logs.store, most=1)
        outcome = reduce(logs.Outcome.plus, map(store.ask, parts), logs.Outcome())
    sentence = (
        f"{outcome.stored} scans were stored, {outcome.already} were here already, "
        f"{outcome.refused} could not be taken; the console's findings say why."
    )
    answer(vars(outcome) | {"event": slug}, as_json=as_json, sentence=sentence)
