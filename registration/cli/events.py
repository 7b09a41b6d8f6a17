"""``einlass event``: which events there are; create one from a file of facts."""

import tomllib
from datetime import date, datetime
from pathlib import Path

import click

from registration.cli.context import answer, answer_rows, application, as_json
from registration.database import transaction
from registration.models.events import Event
from registration.models.quotas import Quota
from registration.services import events, quotas
from registration.services.events.setup import Facts


@click.group("event")
def group() -> None:
    """List events, and create them."""


@group.command("list")
@as_json
def list_all(as_json: bool) -> None:
    """List the events, the next one first: people who hold a place, and places in all."""
    with application():
        rows = [_row(event) for event in events.list_events()]
        if not as_json:
            rows = [row | {"places": row["places"] or "no limit"} for row in rows]
        answer_rows(rows, as_json=as_json, empty="There is no event yet.")


def _row(event: Event) -> dict[str, object]:
    total = next((quota for quota in quotas.list_quotas(event.id) if _is_total(quota)), None)
    return {
        "slug": event.slug,
        "title": event.title.in_locale("en"),
        "held_on": event.held_on.isoformat(),
        "registrations": quotas.count_holders(event.id, None, None),
        "places": total.places if total else None,
    }


def _is_total(quota: Quota) -> bool:
    return quota.alliance_id is None and quota.role_id is None


@group.command("create")
@click.option(
    "--facts",
    "path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A TOML file; registration/facts/zukunftswerkstatt.toml shows every key.",
)
@click.option("--held-on", type=click.DateTime(["%Y-%m-%d"]), help="Another day than the file's.")
@as_json
def create(path: Path, held_on: datetime | None, as_json: bool) -> None:
    """Create an event with its alliances, roles, quotas, gates and its first signing key."""
    facts = _read(path)
    with application():
        with transaction():
            slug = _create(facts, path, held_on.date() if held_on else None)
        event = events.get_event(slug)
        sentence = f"Created {slug}, held on {event.held_on:%d %B %Y}."
        answer(_row(event), as_json=as_json, sentence=sentence)


def _read(path: Path) -> Facts:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} is not TOML in UTF-8: {error}.") from error


def _create(facts: Facts, path: Path, held_on: date | None) -> str:
    try:
        return events.create(facts, held_on=held_on).slug
    except KeyError as error:
        raise click.ClickException(f"{path} has no {error.args[0]!r} where it is due.") from error
    except (ValueError, TypeError) as error:
        raise click.ClickException(f"{path} cannot be taken: {error}.") from error
