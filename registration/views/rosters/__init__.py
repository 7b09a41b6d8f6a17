"""Lists: ready-made ones and the organisers' own, as files, as pages to print, and at once."""

from registration.views.rosters import files, lists, presets  # noqa: F401  # they add their pages
from registration.views.rosters.files import start
from registration.views.rosters.surface import blueprint

__all__ = ["blueprint", "start"]
