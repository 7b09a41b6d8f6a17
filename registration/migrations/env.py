"""How Alembic runs: with the application's own engine and models."""

from alembic import context
from sqlalchemy import text

import registration.models
from registration.database import Model, db

assert registration.models  # importing it is what maps the tables  # noqa: S101

with db.engine.connect() as connection:
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:  # two containers that start together take turns, each in one transaction
        connection.execution_options(isolation_level="READ COMMITTED")
        connection.execute(text("SELECT pg_advisory_lock(hashtext('einlass-migrations'))"))
        connection.commit()
    try:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=True,
            compare_type=True,
            user_module_prefix="registration.database.",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    finally:
        if postgresql:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(hashtext('einlass-migrations'))"))
            connection.commit()
