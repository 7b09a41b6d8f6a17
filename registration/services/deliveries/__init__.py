"""Deliveries: promise mails, send them, and settle what became of them.

Importing this package is cheap. `sending` and what it needs (templates, pictures, PDFs) is for
whoever sends: the tasks.
"""

from registration.services.deliveries.outbox import (
    Claim,
    Claimed,
    Fate,
    Outcome,
    claim,
    postpone,
    promise,
    promise_invitation,
    promise_to_account,
    renew,
    settle,
)

__all__ = [
    "Claim",
    "Claimed",
    "Fate",
    "Outcome",
    "claim",
    "postpone",
    "promise",
    "promise_invitation",
    "promise_to_account",
    "renew",
    "settle",
]
