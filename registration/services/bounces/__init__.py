"""Bounces: what comes back of our mails, and what follows from it.

Importing this package is cheap; `storing` and `mailboxes` are for whoever reads notices.
"""

from registration.services.bounces.flags import (
    AT_RECIPIENT,
    Flag,
    clear,
    clear_silent,
    count_people,
    find,
    flag,
    key_of,
    note_refusal,
    of_addresses,
)
from registration.services.bounces.reasons import Reason, reason_of

__all__ = [
    "AT_RECIPIENT",
    "Flag",
    "Reason",
    "clear",
    "clear_silent",
    "count_people",
    "find",
    "flag",
    "key_of",
    "note_refusal",
    "of_addresses",
    "reason_of",
]
