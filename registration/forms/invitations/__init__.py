"""Forms of invitations: to make them, and to answer one."""

from registration.forms.invitations.answering import InvitedForm
from registration.forms.invitations.lines import MOST_LINES, Line, read_lines
from registration.forms.invitations.making import InviteForm, LinkForm, ListForm

__all__ = [
    "MOST_LINES",
    "InviteForm",
    "InvitedForm",
    "Line",
    "LinkForm",
    "ListForm",
    "read_lines",
]
