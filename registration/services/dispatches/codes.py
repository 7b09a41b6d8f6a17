"""One-time codes: six digits, mailed to the recipient of a list, which open its link once.

Nothing that is stored is the code: it is computed from a random seed and the installation's secret
key, by the worker when it writes the mail and by the page when the code comes back. Whoever reads
the database learns no code, and there is no hash of so few digits to search through.
"""

import hashlib
import hmac
import re
import secrets
import uuid
from datetime import timedelta
from enum import StrEnum

from flask import current_app
from sqlalchemy import func, select, update

from registration import clock
from registration.database import db
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.rosters import Dispatch
from registration.services import audit, deliveries
from registration.services.dispatches.finding import is_open, lock

CODE_LASTS = timedelta(minutes=15)
BETWEEN_CODES = timedelta(minutes=1)
MOST_CODES = 20
"""A day: with `MOST_ATTEMPTS` each, a guesser has one chance in 10,000 a day, and is noticed."""
MOST_ATTEMPTS = 5
DIGITS = 6
PURPOSE = b"einlass/dispatch-code/v1"
NO_DIGIT = re.compile(r"[^0-9]+")


class Asked(StrEnum):
    """What came of asking for a code."""

    PROMISED = "promised"
    """A mail with it is on its way."""
    JUST_NOW = "just_now"
    """One was promised less than a minute ago."""
    TOO_OFTEN = "too_often"


class Opened(StrEnum):
    """What came of a code that was typed."""

    OPENED = "opened"
    WRONG = "wrong"
    OVER = "over"
    """There is no code that could be right: none was asked for, or it was used, is too old, or
    was mistyped too often."""


def code_of(dispatch: Dispatch) -> str:
    """Return the code that opens the list now; empty if there is none."""
    ends_at = dispatch.code_expires_at
    if not dispatch.code_seed or ends_at is None or ends_at <= clock.now():
        return ""
    if dispatch.code_attempts >= MOST_ATTEMPTS:
        return ""
    return _code(dispatch.id, dispatch.code_seed)


def _code(dispatch_id: uuid.UUID, seed: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    mark = hmac.new(key, PURPOSE + dispatch_id.bytes + seed.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(mark[:8]) % 10**DIGITS:0{DIGITS}d}"


def ask_code(dispatch_id: uuid.UUID) -> Asked:
    """Promise the recipient a mail with a new code; the one before does not open any more."""
    dispatch, moment = lock(dispatch_id), clock.now()
    if dispatch is None or not is_open(dispatch):
        return Asked.TOO_OFTEN
    asked_at = dispatch.code_expires_at and dispatch.code_expires_at - CODE_LASTS
    if asked_at is not None and dispatch.code_seed and moment - asked_at < BETWEEN_CODES:
        return Asked.JUST_NOW
    if _count_codes(dispatch_id) >= MOST_CODES:
        return Asked.TOO_OFTEN
    dispatch.code_seed = secrets.token_hex(16)
    dispatch.code_expires_at = moment + CODE_LASTS
    dispatch.code_attempts = 0
    deliveries.promise_dispatch(dispatch, DeliveryKind.ROSTER_CODE, reason=dispatch.code_seed)
    audit.record(
        "dispatch.code_asked",
        actor="recipient",
        subject=f"dispatch:{dispatch_id}",
        event_id=dispatch.event_id,
        recipient=dispatch.recipient,
    )
    return Asked.PROMISED


def _count_codes(dispatch_id: uuid.UUID) -> int:
    """Return how many codes were mailed in the last 24 hours."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Delivery.dispatch_id == dispatch_id,
                Delivery.kind == DeliveryKind.ROSTER_CODE,
                Delivery.created_at > clock.now() - timedelta(days=1),
            )
        )
        or 0
    )


def try_code(dispatch_id: uuid.UUID, typed: str) -> Opened:
    """Use the code up if this is it; else count the attempt.

    The caller must commit, also when the code was wrong: each attempt counts, however many come
    at once.
    """
    seed = db.session.execute(
        update(Dispatch)
        .where(
            Dispatch.id == dispatch_id,
            Dispatch.code_seed != "",
            Dispatch.code_expires_at > clock.now(),
            Dispatch.code_attempts < MOST_ATTEMPTS,
        )
        .values(code_attempts=Dispatch.code_attempts + 1)
        .returning(Dispatch.code_seed)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if seed is None:
        return Opened.OVER
    if not hmac.compare_digest(_code(dispatch_id, seed), NO_DIGIT.sub("", typed)):
        return Opened.WRONG
    db.session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch_id)
        .values(code_seed="", code_expires_at=None)
        .execution_options(synchronize_session=False)
    )
    return Opened.OPENED
