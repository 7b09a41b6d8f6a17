"""The beat table: which task runs when. A missed beat loses nothing; the next finds the rows."""

from typing import Any

MINUTE = 60.0
HOUR = 3600.0
SWEEPS = ("deliveries.send_due", "jobs.run_due", "registrations.expire_offers", "campaigns.run_due")
"""Look for rows that are due; a nudge only makes them look sooner."""
MINUTELY = (
    "dispatches.send_due",
    "dispatches.tell_changes",
    "gates.find_gaps",
    "bounces.read_mailbox",
)
HOURLY = (
    "dispatches.expire",
    "certificates.revoke_undone",
    "jobs.expire",
    "accounts.expire",
    "delegations.remind",
    "delegations.digest",
    "invitations.remind",
    "questions.purge",
    "gates.end_days",
    "bounces.clear_silent",
)

EXPIRES_AFTER = 60
"""Seconds: a sweep that waited longer than this says nothing that the next one does not."""


def table(sweep_seconds: float) -> dict[str, dict[str, Any]]:
    """Return Celery's ``beat_schedule``, sweeping every so many seconds."""
    rhythms = {
        **dict.fromkeys(SWEEPS, sweep_seconds),
        **dict.fromkeys(MINUTELY, MINUTE),
        **dict.fromkeys(HOURLY, HOUR),
    }
    return {
        task: {"task": task, "schedule": seconds, "options": {"expires": EXPIRES_AFTER}}
        for task, seconds in rhythms.items()
    }
