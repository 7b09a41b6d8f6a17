"""The form that edits a badge design: its fields are as many as the design has elements."""

from registration.forms.designs.controls import Control, Group, format_of, groups_of
from registration.forms.designs.editing import Edited, EditForm, edit
from registration.forms.designs.logos import LogoForm
from registration.forms.designs.words import explained

__all__ = [
    "Control",
    "EditForm",
    "Edited",
    "Group",
    "LogoForm",
    "edit",
    "explained",
    "format_of",
    "groups_of",
]
