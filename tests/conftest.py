"""Fixtures that every test may ask for.

A test that asks for `app` runs twice, on SQLite and on PostgreSQL, each time on a database that
is real, migrated and empty. What cannot run is skipped loudly; with CI=true that is a failure.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis

from registration import config, create_app, migrations, queue
from registration.database import Model, db
from registration.models.events import Event
from registration.services.accounts import hashing
from registration.services.accounts.hashing import Cost
from registration.services.events import Prospectus, get_prospectus
from tests import factories, servers

SECRET = "a secret key of the tests only"

hypothesis.register_profile("einlass", deadline=None)
hypothesis.load_profile("einlass")
"""No test judges by time: machines are shared."""


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn every skip into a failure where CI=true: there, everything must be able to run."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]  # pluggy's result
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although CI=true: {report.longrepr}"


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Let hundreds of sign-ins cost next to nothing; `test_accounts` looks at the true cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "COST", Cost(memory=32, iterations=1, lanes=1))
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL: its URL without a database's name."""
    try:
        with servers.postgresql() as url:
            yield url
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis: its URL."""
    try:
        with servers.redis_server() as url:
            yield url
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def sqlite_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on SQLite, migrated."""
    yield from _migrated(settings_for(tmp_path_factory.mktemp("sqlite")))


@pytest.fixture(scope="session")
def postgresql_app(
    postgresql_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The application on PostgreSQL, migrated."""
    url = servers.create_database(postgresql_server, "einlass_tests")
    data_dir = tmp_path_factory.mktemp("postgresql")
    yield from _migrated(settings_for(data_dir, database_url=url))


def _migrated(settings: config.Settings) -> Iterator[Flask]:
    app = create_app(settings)
    app.config["TESTING"] = True
    with app.app_context():
        migrations.upgrade(app)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_app(request: pytest.FixtureRequest) -> Flask:
    """The application on a migrated database; there is one of each kind for the whole run."""
    app: Flask = request.getfixturevalue(f"{request.param}_app")
    celery = queue.celery_of(app)
    celery.set_default()
    celery.set_current()  # tasks called as functions run in this application
    return app


def settings_for(data_dir: Path, **given: object) -> config.Settings:
    """Return settings that read nothing of the developer's environment."""
    settings = config.load({"EINLASS_DATA_DIR": str(data_dir), "EINLASS_SECRET_KEY": SECRET})
    return replace(settings, **given)  # type: ignore[arg-type]  # a test names real settings


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application on an empty database; the test runs inside its context."""
    yield from _emptied_afterwards(migrated_app)


@pytest.fixture
def app_on_postgresql(postgresql_app: Flask) -> Iterator[Flask]:
    """As `app`, for what SQLite cannot do wrong: it lets only one write at a time."""
    yield from _emptied_afterwards(postgresql_app)


def _emptied_afterwards(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.session.rollback()
        with db.engine.begin() as connection:
            for table in reversed(Model.metadata.sorted_tables):
                connection.execute(table.delete())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a screen: keeps cookies, follows nothing by itself."""
    return app.test_client()


@pytest.fixture
def event(app: Flask) -> Event:
    """A small event with three alliances, four roles and no quotas, open for registration."""
    return factories.make_event()


@pytest.fixture
def prospectus(event: Event) -> Prospectus:
    """What a visitor sees of the small event."""
    return get_prospectus(event.slug)
