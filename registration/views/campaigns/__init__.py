"""Campaigns in the console: draft, look at, try out, schedule, start, stop."""

from registration.views.campaigns import editing, running
from registration.views.campaigns.pages import blueprint

__all__ = ["blueprint", "editing", "running"]
