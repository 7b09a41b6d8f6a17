"""A person's time line: everything that has happened around one registration, in one list."""

from registration.services.timeline.gathering import Timeline, tell
from registration.services.timeline.moments import Detail, Group, Moment

__all__ = ["Detail", "Group", "Moment", "Timeline", "tell"]
