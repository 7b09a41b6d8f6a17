"""Imports: an alliance's list of people, read, checked, and taken over."""

from registration.services.imports import uploads
from registration.services.imports.applying import Apply, NotWhole, Outcome, batches, register
from registration.services.imports.bounds import (
    Bounds,
    for_coordinator,
    for_organiser,
    usual_role,
)
from registration.services.imports.checking import (
    Checked,
    Entry,
    check,
    layout_of,
    summary,
    unanswered,
)
from registration.services.imports.choosing import columns_in, columns_out
from registration.services.imports.fields import Field, Target, targets
from registration.services.imports.layout import Column, Layout
from registration.services.imports.previews import Preview, preview, refused
from registration.services.imports.problems import CODES, Problem

__all__ = [
    "CODES",
    "Apply",
    "Bounds",
    "Checked",
    "Column",
    "Entry",
    "Field",
    "Layout",
    "NotWhole",
    "Outcome",
    "Preview",
    "Problem",
    "Target",
    "batches",
    "check",
    "columns_in",
    "columns_out",
    "for_coordinator",
    "for_organiser",
    "layout_of",
    "preview",
    "refused",
    "register",
    "summary",
    "targets",
    "unanswered",
    "uploads",
    "usual_role",
]
