"""``einlass db``: set the database up."""

import click

from registration.cli.context import answer, application, as_json


@click.group("db")
def group() -> None:
    """Set the database up."""


@group.command()
@as_json
def upgrade(as_json: bool) -> None:
    """Bring the tables up to date; safe to repeat."""
    from registration import migrations  # noqa: PLC0415  # Alembic costs what only this command needs

    with application() as app:
        revision = migrations.upgrade(app)
        answer({"revision": revision}, as_json=as_json, sentence=f"Database is at {revision}.")
