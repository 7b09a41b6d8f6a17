"""What servers load: ``granian wsgi:app`` and ``celery -A wsgi:celery``."""

from typing import TYPE_CHECKING, Any

from registration import create_app, queue

if TYPE_CHECKING:
    from celery import Celery

app = create_app()


def __getattr__(name: str) -> "Celery[Any]":
    """Return ``celery``, which a web server does not ask for, and so need not carry."""
    if name != "celery":
        raise AttributeError(name)
    return queue.celery_of(app)
