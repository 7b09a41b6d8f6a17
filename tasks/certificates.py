"""Certificates in bulk, as jobs; and those whose check-in was taken back."""

from collections.abc import Mapping
from pathlib import Path

from celery import shared_task

from registration.database import db, transaction
from registration.models.events import Event
from registration.queue import nudge
from registration.services import certificates, jobs
from registration.services.certificates import bulk, making
from registration.services.jobs import Claim
from tasks.progress import reporter

ENDINGS = {
    "mail": ("csv", "text/csv; charset=utf-8"),
    "pdf": ("pdf", "application/pdf"),
    "zip": ("zip", "application/zip"),
}
"""What each way of issuing leaves behind: by mail, the register of what was issued."""


@shared_task(name="certificates.revoke_undone")  # type: ignore[untyped-decorator,unused-ignore]
def revoke_undone() -> int:
    """Revoke the certificates of those who have not come after all; return how many."""
    revoked = 0
    while True:
        with transaction():
            done = certificates.revoke_undone()
        revoked += done
        if not done:
            return revoked


def make(claim: Claim, path: Path) -> int:
    """Issue what is missing, then write the job's file; return how many certificates are in it.

    A job that died on the way and is done again issues and mails nobody a second one.
    """
    way, locale = claim.parameters["way"], claim.parameters["locale"]
    account_id = jobs.get(claim.id).account_id
    actor = "command" if account_id is None else f"account:{account_id}"
    bulk.issue_all(claim.event_id, transaction, actor=actor)
    if way == "mail" and bulk.mail_all(claim.event_id, transaction):
        nudge("deliveries.send_due")
    total = certificates.count(claim.event_id).issued
    db.session.rollback()
    on_progress = reporter(claim, total)
    if way == "mail":
        return making.write_register(
            path, event_id=claim.event_id, locale=locale, on_progress=on_progress
        )
    if way == "zip":
        return making.write_zip(path, event_id=claim.event_id, on_progress=on_progress)
    return making.write_pdf(
        path,
        event_id=claim.event_id,
        locale=locale,
        as_of=claim.created_at,
        on_progress=on_progress,
    )


def outcome_of(claim: Claim) -> Mapping[str, int]:
    """Return what else should be known of the certificates: how many names are not whole."""
    return {"boxed": making.count_boxed(claim.event_id)}


def names(claim: Claim, event: Event) -> tuple[str, str]:
    """Return what the reader's copy is called, and its media type."""
    ending, media_type = ENDINGS[claim.parameters["way"]]
    day = claim.created_at.astimezone(event.zone).date()
    return f"{event.slug}-certificates-{day}.{ending}", media_type
