"""Where encrypted attachments wait for their mails, and for how long anything is kept."""

import math
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

from flask import current_app
from sqlalchemy import select

from registration import clock
from registration.database import db
from registration.models.deliveries import Delivery
from registration.models.rosters import Dispatch, DispatchState
from registration.services.dispatches.finding import STANDS
from registration.services.dispatches.planning import forget, record

YOUNG = timedelta(minutes=30)
"""Longer than a list is being made, or a transaction is open."""


def folder() -> Path:
    """Return where the attachments are, and make sure that it is there, for this user only."""
    path: Path = current_app.config["DATA_DIR"] / "dispatches"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(delivery_id: uuid.UUID) -> Path:
    """Return where the attachment of a mail is."""
    return folder() / f"{delivery_id}.pdf"


def expire() -> int:
    """End what has expired, and forget who was on those lists; return how many."""
    over = db.session.scalars(
        select(Dispatch)
        .where(
            Dispatch.state.in_(STANDS | {DispatchState.FAILED}),
            Dispatch.expires_at <= clock.now(),
        )
        .with_for_update(skip_locked=True)
    ).all()
    for dispatch in over:
        dispatch.state = DispatchState.EXPIRED
        forget(dispatch)
        record("expired", dispatch, actor="worker", opened=dispatch.opened)
    return len(over)


def sweep() -> int:
    """Delete every attachment whose dispatch does not stand any more; return how many.

    What is young stays: the row of a mail is seen only after its attachment is in its place. What
    a worker that was killed has left, even a list that was not encrypted yet, is deleted, too.
    """
    before = clock.now().timestamp() - YOUNG.total_seconds()
    found = [path for path in folder().iterdir() if _changed_at(path) < before]
    kept = {
        f"{delivery_id}.pdf"
        for delivery_id in db.session.scalars(
            select(Delivery.id)
            .join(Dispatch, Dispatch.id == Delivery.dispatch_id)
            .where(Dispatch.state.in_(STANDS))
        )
    }
    stray = [path for path in found if path.name not in kept]
    for path in stray:
        with suppress(FileNotFoundError):
            rmtree(path) if path.is_dir() else path.unlink()
    return len(stray)


def _changed_at(path: Path) -> float:
    """Return when a file was written, in seconds; one that is gone since is as good as new."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf
