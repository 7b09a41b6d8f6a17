"""Where encrypted attachments wait for their mails, and for how long anything is kept."""

import uuid
from contextlib import suppress
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from registration import clock
from registration.database import db
from registration.models.deliveries import Delivery
from registration.models.rosters import Dispatch, DispatchState
from registration.services.dispatches.finding import STANDS
from registration.services.dispatches.planning import forget, record


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
    """Delete every attachment whose dispatch does not stand any more; return how many."""
    found = list(folder().iterdir())  # before the rows are read: a file made since is not in it
    kept = {
        f"{delivery_id}.pdf"
        for delivery_id in db.session.scalars(
            select(Delivery.id)
            .join(Dispatch, Dispatch.id == Delivery.dispatch_id)
            .where(Dispatch.state.in_(STANDS))
        )
    }
    stray = [path for path in found if path.suffix == ".pdf" and path.name not in kept]
    for path in stray:
        with suppress(FileNotFoundError):
            path.unlink()
    return len(stray)
