"""``einlass event``: which events there are; create one from facts, set its rules."""

import tomllib
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from registration.cli.context import answer, answer_rows, application, as_json, event_option
from registration.database import transaction
from registration.models.events import AddressPolicy, Event, Promotion
from registration.models.quotas import Quota
from registration.services import events, quotas
from registration.services.events.rules import MOST_OFFER_HOURS, change_rules, rules_of
from registration.services.events.setup import Facts


@click.group("event")
def group() -> None:
    """List events, create them, set their rules."""


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


MOMENT = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])
_IN_ZONE = "In the event's own time zone, as 2026-11-30 23:59."


@group.command("set")
@event_option
@click.option("--registration-opens", type=MOMENT, help=_IN_ZONE)
@click.option("--registration-closes", type=MOMENT, help=_IN_ZONE)
@click.option("--changes-close", type=MOMENT, help="For attendees. " + _IN_ZONE)
@click.option("--nominations-close", type=MOMENT, help="For coordinators. " + _IN_ZONE)
@click.option(
    "--promotion",
    type=click.Choice([each.value for each in Promotion]),
    help="What a freed place does.",
)
@click.option(
    "--offer-hours", type=click.IntRange(1, MOST_OFFER_HOURS), help="Offers last so long."
)
@click.option(
    "--address-policy",
    type=click.Choice([each.value for each in AddressPolicy]),
    help="One address is for …",
)
@as_json
def set_rules(slug: str, as_json: bool, **given: object) -> None:
    """Change deadlines, the waiting list, and what one mail address may stand for."""
    with application():
        event = events.get_event(slug)
        told: dict[str, Any] = {
            _COLUMNS.get(name, name): value for name, value in given.items() if value
        }
        for name, value in told.items():
            if isinstance(value, datetime):
                told[name] = value.replace(tzinfo=event.zone)
        with transaction():
            changed = change_rules(
                event.id, replace(rules_of(events.get_event(slug)), **told), actor="command"
            )
        row = vars(rules_of(events.get_event(slug)))
        sentence = f"The rules of {slug} have been changed." if changed else "Nothing was changed."
        answer(row, as_json=as_json, sentence=sentence)


_COLUMNS = {
    "registration_opens": "registration_opens_at",
    "registration_closes": "registration_closes_at",
    "changes_close": "changes_close_at",
    "nominations_close": "nominations_close_at",
}
