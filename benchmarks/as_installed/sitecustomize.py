"""Hide what only developers have: structlog loads rich where it is, 4 MB that nobody else has."""

import sys

sys.modules["rich"] = None  # type: ignore[assignment]  # how Python says that it is not there
