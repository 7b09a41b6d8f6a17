"""Run commands as an operator would, on the database of the test."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from flask import Flask

from registration import cli
from registration.database import db


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Outcome]


@pytest.fixture
def einlass(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """The command ``einlass``, with the settings of the test's application."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    monkeypatch.setenv("EINLASS_DATABASE_URL", url)
    monkeypatch.setenv("EINLASS_DATA_DIR", str(app.config["DATA_DIR"]))
    monkeypatch.setenv("EINLASS_SECRET_KEY", app.config["SECRET_KEY"])
    logging = structlog.get_config()

    def run(*arguments: str) -> Outcome:
        db.session.rollback()
        code = 0
        try:
            cli.main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    yield run
    structlog.configure(**logging)  # the command's log went to what pytest closes now
