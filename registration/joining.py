"""Joining: a session that takes part in the unit of work that is already open around it."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine

join: ContextVar[Callable[[], Connection] | None] = ContextVar("join", default=None)
"""Begins the open unit of work, if need be, and returns its connection; see `strokes`."""


class JoiningSession(Session):
    """The session of Flask-SQLAlchemy, on the connection of the open `strokes.Stroke` if any."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """Return what the session is to begin on."""
        joined = join.get()
        return joined() if joined is not None else super().get_bind(*args, **kwargs)
