"""``einlass db``: set the database up."""

from pathlib import Path

import click
from sqlalchemy import create_engine, inspect, text

from registration import config
from registration.cli.context import answer, application, as_json

VERSIONS = Path(__file__).resolve().parents[1] / "migrations" / "versions"


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


def is_current(settings: config.Settings) -> bool:
    """Return whether `upgrade` would change nothing, without loading Alembic."""
    engine = create_engine(settings.sqlalchemy_url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return bool(found == newest_revision())
    finally:
        engine.dispose()


def newest_revision() -> str:
    """Return the revision to which `upgrade` leads: its file's name begins with it."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))
