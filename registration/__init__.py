"""Einlass: registration and admission for events to which alliances send people in roles."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from registration.config import Settings

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Return the application, set up from ``settings`` or else from the environment.

    Raises:
        SettingRefused: a setting is bad, missing or misspelt.
    """
    from registration import application  # noqa: PLC0415  # half a second

    return application.create_app(settings)
