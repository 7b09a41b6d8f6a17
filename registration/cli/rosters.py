"""``einlass roster``: lists of people as files."""

from datetime import datetime
from pathlib import Path

import click

from registration import clock
from registration.cli.context import answer, application, as_json, event_option, progress, writing
from registration.database import transaction
from registration.languages import DEFAULT, LANGUAGES, force_locale
from registration.models.events import Event
from registration.services import audit
from registration.services.events import get_event
from registration.services.rosters import RosterFormat, RosterKind, making, presets
from registration.services.rosters.wanted import Wanted, for_the_house


@click.group("roster")
def group() -> None:
    """Write lists of people."""


@group.command()
@event_option
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in RosterKind]),
    default=RosterKind.ATTENDANCE.value,
    show_default=True,
    help="Which list.",
)
@click.option("--preset", "title", help="Which of the event's own lists, by its title.")
@click.option(
    "--format",
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
@click.option("--alliance", default="", help="Only the people of this alliance, by its code.")
@click.option(
    "--recipient", default="", help="Who gets the list; is noted on it. Of security: the house."
)
@click.option(
    "--purpose",
    default="",
    help="What they need it for; is noted on it. Of security: the guest list of the house.",
)
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Until when they may keep it; is noted on it. Of security: the day after the event.",
)
@as_json
def export(
    slug: str,
    title: str | None,
    path: Path,
    expires: datetime | None,
    as_json: bool,
    **asked: str,
) -> None:
    """Write a list of people to a file."""
    if expires is not None:
        asked["expires"] = expires.date().isoformat()
    with application():
        event = get_event(slug)
        event_id = event.id
        if title is not None:
            asked["preset"] = str(presets.named(event_id, title).id)
        wanted = Wanted.of(event_id, asked)
        if wanted.spec.kind == RosterKind.SECURITY:
            asked = _for_the_house(event, asked)
            wanted = Wanted.of(event_id, asked)
        with writing(path) as made:
            count = making.make(
                made, wanted, as_of=clock.now(), on_progress=progress("People", wanted.count())
            )
        noted = ("alliance", "recipient", "purpose", "expires")
        with transaction():
            audit.record(
                "roster.exported",
                actor="command",
                subject=f"event:{slug}",
                event_id=event_id,
                list=wanted.spec.title or wanted.spec.kind.value,
                format=wanted.file_format,
                people=count,
                **{name: asked[name] for name in noted if asked.get(name)},
            )
        row = {"event": slug, "kind": wanted.spec.kind, "people": count, "file": str(path)}
        answer(row, as_json=as_json, sentence=f"Wrote {count} people to {path}.")


def _for_the_house(event: Event, asked: dict[str, str]) -> dict[str, str]:
    """Return what was asked for; what is noted on a list for the house is never left open."""
    with force_locale(asked["locale"]):
        return for_the_house(event) | {name: told for name, told in asked.items() if told}
