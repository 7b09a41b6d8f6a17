"""``einlass registrations``: take lists over; make people up for trials; check the counts."""

import click

from registration.cli.context import (
    answer,
    answer_rows,
    application,
    as_json,
    event_option,
    progress,
)
from registration.cli.imports import taking_over
from registration.database import transaction
from registration.services import generation, quotas
from registration.services.events import get_event, get_prospectus


@click.group("registrations")
def group() -> None:
    """Take lists of people over, make people up for trials, and check the count of places."""


@group.command()
@event_option
@click.option("--count", required=True, type=click.IntRange(1, 1_000_000), help="How many people.")
@click.option("--mail", is_flag=True, help="Also send each the mail that confirms.")
@as_json
def add(slug: str, count: int, mail: bool, as_json: bool) -> None:
    """Add generated, confirmed people with badges, for trials.

    They are spread over the alliances and roles and take places BEYOND the quotas: afterwards
    quotas may be overdrawn, and nobody else gets in until enough of them are cancelled.
    """
    with application():
        prospectus = get_prospectus(slug)
        move = progress(f"{count} people", count)
        left = count
        while left:
            with transaction():
                chunk = min(generation.CHUNK, left)
                left -= generation.generate(prospectus, chunk, on_progress=move, mail=mail)
        limits = quotas.list_quotas(prospectus.event.id)
        overdrawn = sum(quota.taken > quota.places for quota in limits)
        answer(
            {"event": slug, "added": count, "beyond_quotas": True, "overdrawn_quotas": overdrawn},
            as_json=as_json,
            sentence=(
                f"Added {count} generated people with badges to {slug}, beyond the quotas: "
                f"{overdrawn} of {len(limits)} quotas are overdrawn now."
            ),
        )


@group.command()
@event_option
@click.option("--repair", is_flag=True, help="Put wrong counts right.")
@as_json
def reconcile(slug: str, repair: bool, as_json: bool) -> None:
    """Compare each quota's count of taken places with the registrations.

    Without --repair, a difference ends the command with exit code 1.
    """
    with application():
        with transaction():
            differences = quotas.reconcile(get_event(slug).id, repair=repair)
        answer_rows(
            [{"quota": d.quota_id, "taken": d.taken, "counted": d.counted} for d in differences],
            as_json=as_json,
            empty="All counts are right.",
        )
        if differences and repair and not as_json:
            click.echo("Put right.")
    if differences and not repair:
        raise SystemExit(1)


group.add_command(taking_over)
