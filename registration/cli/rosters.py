"""``einlass roster``: lists of people as files."""

from pathlib import Path

import click

from registration import clock
from registration.cli.context import answer, application, as_json, progress, writing
from registration.database import transaction
from registration.languages import DEFAULT, LANGUAGES
from registration.services import audit
from registration.services.events import get_event
from registration.services.rosters import RosterFormat, RosterKind, attendance, making


@click.group("roster")
def group() -> None:
    """Write lists of people."""


@group.command()
@click.option("--event", "slug", required=True, help="The event's slug.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in RosterKind]),
    default=RosterKind.ATTENDANCE.value,
    show_default=True,
    help="Which list.",
)
@click.option(
    "--format",
    "file_format",
    required=True,
    type=click.Choice([each.value for each in RosterFormat]),
    help="csv is for programs, csv-excel for people.",
)
@click.option(
    "--out",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write.",
)
@click.option(
    "--locale",
    type=click.Choice(list(LANGUAGES)),
    default=DEFAULT,
    show_default=True,
    help="The language of words and headers; csv has none.",
)
@as_json
def export(slug: str, kind: str, file_format: str, path: Path, locale: str, as_json: bool) -> None:
    """Write a list of people to a file."""
    with application():
        event_id = get_event(slug).id
        with writing(path) as made:
            count = making.write(
                made,
                event_id=event_id,
                file_format=RosterFormat(file_format),
                locale=locale,
                as_of=clock.now(),
                on_progress=progress("People", attendance.count(event_id)),
            )
        with transaction():
            audit.record(
                "roster.exported",
                actor="command",
                subject=f"event:{slug}",
                event_id=event_id,
                list=kind,
                format=file_format,
                people=count,
            )
        row = {"event": slug, "kind": kind, "people": count, "file": str(path)}
        answer(row, as_json=as_json, sentence=f"Wrote {count} people to {path}.")
