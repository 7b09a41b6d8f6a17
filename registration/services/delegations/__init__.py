"""Delegations: how complete the people of an alliance are, who signs that off, who is reminded."""

from registration.services.delegations.digesting import Change, changes_on, digest_due
from registration.services.delegations.offices import set_office
from registration.services.delegations.reminding import deadline_of, is_open, remind_due
from registration.services.delegations.signing import sign_off, withdraw
from registration.services.delegations.standings import (
    Signature,
    Standing,
    list_short,
    standing,
    standings,
)

__all__ = [
    "Change",
    "Signature",
    "Standing",
    "changes_on",
    "deadline_of",
    "digest_due",
    "is_open",
    "list_short",
    "remind_due",
    "set_office",
    "sign_off",
    "standing",
    "standings",
    "withdraw",
]
