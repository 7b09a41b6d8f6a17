"""Deliveries: promise mails, send them, and settle what became of them.

Importing this package is cheap. `sending` and what it needs (templates, pictures, PDFs) is for
whoever sends: the tasks.
"""

from registration.services.deliveries.claiming import Claim, claim, renew
from registration.services.deliveries.outbox import (
    promise,
    promise_campaign,
    promise_certificates,
    promise_dispatch,
    promise_invitation,
    promise_test,
    promise_to_account,
)
from registration.services.deliveries.settling import Claimed, Fate, Outcome, settle

__all__ = [
    "Claim",
    "Claimed",
    "Fate",
    "Outcome",
    "claim",
    "promise",
    "promise_campaign",
    "promise_certificates",
    "promise_dispatch",
    "promise_invitation",
    "promise_test",
    "promise_to_account",
    "renew",
    "settle",
]
