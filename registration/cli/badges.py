"""``einlass badges`` and ``einlass tokens``: badges on paper, and what their codes say."""

from pathlib import Path

import click

from registration.cli.context import answer, answer_rows, application, as_json, progress, writing
from registration.database import transaction
from registration.languages import DEFAULT, LANGUAGES
from registration.services import audit
from registration.services.badges import in_force, sheets
from registration.services.events import get_event


@click.group("badges")
def group() -> None:
    """Write badges to print."""


@group.command()
@click.option("--event", "slug", required=True, help="The event's slug.")
@click.option(
    "--out",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The PDF file to write.",
)
@click.option(
    "--locale",
    type=click.Choice(list(LANGUAGES)),
    default=DEFAULT,
    show_default=True,
    help="The language of the words on the badges.",
)
@as_json
def export(slug: str, path: Path, locale: str, as_json: bool) -> None:
    """Write the badges of everybody who is confirmed as one PDF, A6, by alliance and name."""
    with application():
        event_id = get_event(slug).id
        move = progress("Badges", in_force.count(event_id))
        with writing(path) as made:
            count = sheets.write_pdf(made, event_id=event_id, locale=locale, on_progress=move)
        with transaction():
            audit.record(
                "badges.exported",
                actor="command",
                subject=f"event:{slug}",
                event_id=event_id,
                people=count,
            )
        row = {"event": slug, "badges": count, "file": str(path)}
        answer(row, as_json=as_json, sentence=f"Wrote {count} badges to {path}.")


@click.command("tokens")
@click.option("--event", "slug", required=True, help="The event's slug.")
@as_json
def tokens(slug: str, as_json: bool) -> None:
    """Print the tokens of all badges in force, one a line: whoever has one can come in."""
    with application():
        event_id = get_event(slug).id
        found = in_force.list_tokens(event_id)
        if as_json:
            rows = [{"short_code": code, "token": token} for code, token in found]
            answer_rows(rows, as_json=as_json)
            return
        for _code, token in found:
            click.echo(token)
