"""How often one address may try what could be guessed or flooded."""

from flask import current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=[], headers_enabled=False)
"""Counts in Redis where there is one, else in this process; set up in `init_app` of the views."""


def sign_in_rate() -> str:
    """Return the limit for signing in and enrolling."""
    return f"{current_app.config['SIGN_IN_RATE']} per minute"


def register_rate() -> str:
    """Return the limit for registering."""
    return f"{current_app.config['REGISTER_RATE'] or 1_000_000} per minute"
