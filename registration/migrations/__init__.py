"""Bring a database's tables up to date."""

from pathlib import Path

import flask_migrate
from alembic.runtime.migration import MigrationContext
from flask import Flask

from registration.database import db

HERE = Path(__file__).resolve().parent


def upgrade(app: Flask) -> str:
    """Apply what is missing and return the revision reached; the caller is in the app's context."""
    flask_migrate.Migrate(app, db, directory=str(HERE), render_as_batch=True)
    url = db.engine.url
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        return str(MigrationContext.configure(connection).get_current_revision())
