"""Find dispatches: those of an event, one by its id, one by the link in its mail."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db
from registration.errors import NotFound
from registration.models.audit import AuditEntry
from registration.models.deliveries import Delivery
from registration.models.rosters import Dispatch, DispatchState

MOST_LISTED = 200
Change = dict[str, Any]
"""One entry of `Dispatch.changes`."""

STANDS = frozenset({DispatchState.PLANNED, DispatchState.SENT})
"""Neither taken back nor over."""


def list_all(event_id: uuid.UUID) -> Sequence[Dispatch]:
    """Return the event's dispatches, the next first."""
    return db.session.scalars(
        select(Dispatch)
        .where(Dispatch.event_id == event_id)
        .order_by(Dispatch.send_at, Dispatch.id)
    ).all()


def get(dispatch_id: uuid.UUID, *, event_id: uuid.UUID) -> Dispatch:
    """Return the dispatch of this event.

    Raises:
        NotFound: the event has none with this id.
    """
    dispatch = db.session.get(Dispatch, dispatch_id)
    if dispatch is None or dispatch.event_id != event_id:
        raise NotFound(noun="dispatch", name=str(dispatch_id))
    return dispatch


def lock(dispatch_id: uuid.UUID) -> Dispatch | None:
    """Return the dispatch, which nobody else can change until this transaction ends."""
    return db.session.scalars(
        select(Dispatch)
        .where(Dispatch.id == dispatch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def list_mails(dispatch_id: uuid.UUID) -> Sequence[Delivery]:
    """Return the mails of a dispatch, the newest first."""
    return db.session.scalars(
        select(Delivery)
        .where(Delivery.dispatch_id == dispatch_id)
        .order_by(Delivery.created_at.desc(), Delivery.id.desc())
    ).all()


def list_history(dispatch_id: uuid.UUID) -> Sequence[AuditEntry]:
    """Return who did what to a dispatch, the newest first."""
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"dispatch:{dispatch_id}")
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_LISTED)
    ).all()


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="dispatch-link")


def link_of(dispatch: Dispatch) -> str:
    """Return the address at which its recipient asks for a code and downloads the list."""
    return f"{current_app.config['BASE_URL']}/d/{_serializer().dumps(dispatch.id.hex)}"


def get_by_link(token: str) -> Dispatch:
    """Return the dispatch that a link means.

    Raises:
        NotFound: the link is none of ours, or opens nothing now: see `is_open`.
    """
    try:
        dispatch_id = uuid.UUID(hex=_serializer().loads(token))
    except (BadSignature, ValueError, TypeError, AttributeError) as error:
        raise NotFound(noun="link") from error
    dispatch = db.session.get(Dispatch, dispatch_id, options=[joinedload(Dispatch.event)])
    if dispatch is None or not is_open(dispatch):
        raise NotFound(noun="link")
    return dispatch


def is_open(dispatch: Dispatch) -> bool:
    """Return whether its link opens the list: it was sent, stands, and has not expired."""
    return (
        not dispatch.is_attached
        and dispatch.sent_at is not None
        and dispatch.state in STANDS
        and clock.now() < dispatch.expires_at
    )


def change_of(dispatch: Dispatch, promised_at: datetime) -> Change | None:
    """Return the change that a mail promised at this moment tells."""
    told = [each for each in dispatch.changes if datetime.fromisoformat(each["at"]) <= promised_at]
    return told[-1] if told else None
