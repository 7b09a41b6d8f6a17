"""Plan dispatches, take them back, and let them be sent again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from registration import clock
from registration.database import db
from registration.errors import Conflict, Invalid, NotFound
from registration.models.deliveries import DeliveryKind
from registration.models.events import Event
from registration.models.rosters import Dispatch, DispatchState
from registration.services import audit, deliveries
from registration.services.dispatches import passwords
from registration.services.dispatches.finding import STANDS
from registration.services.rosters import RosterFormat, parsing, presets

MOST_HOURS = 90 * 24
NAMED = ("kind", "preset", "alliance", "format")
LONGEST_AFTER_EVENT = timedelta(days=90)
"""No recipient can open a list for longer than this after the event."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an organiser wants to be sent."""

    roster: Mapping[str, Any]
    """``kind`` or ``preset``, ``format`` and ``locale``."""
    recipient: str
    recipient_name: str
    purpose: str
    is_attached: bool
    expires_at: datetime
    tells_changes: bool
    send_at: datetime | None = None
    """None, and no ``hours_before``: at once."""
    hours_before: int | None = None
    """Before the event begins."""

    def when(self, event: Event) -> datetime:
        """Return when it is sent."""
        if self.hours_before is not None:
            return event.starts_at - timedelta(hours=self.hours_before)
        return self.send_at or clock.now()


def find_faults(wanted: Plan, event: Event) -> dict[str, str]:
    """Return what keeps this from being planned: by field, a code; nothing if it can be."""
    moment, faults = clock.now(), {}
    is_at_once = wanted.send_at is None and wanted.hours_before is None
    if wanted.hours_before is not None and not 1 <= wanted.hours_before <= MOST_HOURS:
        return {"hours_before": "out_of_range"}
    send_at = wanted.when(event)
    if not is_at_once and send_at < moment - timedelta(minutes=1):
        faults["hours_before" if wanted.hours_before is not None else "send_at"] = "in_the_past"
    if wanted.expires_at <= max(send_at, moment):
        faults["expires_at"] = "before_sending"
    elif wanted.expires_at > event.ends_at + LONGEST_AFTER_EVENT:
        faults["expires_at"] = "too_late"
    faults |= _find_faults_of_list(wanted.roster, event)
    if wanted.is_attached and wanted.roster["format"] != RosterFormat.PDF:
        faults["format"] = "not_encrypted"
    return faults


def _find_faults_of_list(roster: Mapping[str, Any], event: Event) -> dict[str, str]:
    """Refuse an own list with columns that only organisers need; ready-made ones leave them out."""
    if not roster.get("preset"):
        return {}
    try:
        spec = presets.spec_of(presets.get_preset(event.id, int(roster["preset"])))
    except (NotFound, Invalid):
        return {"roster": "gone"}
    return {"roster": "sensitive"} if parsing.sensitive_in(event.id, spec) else {}


def plan(event: Event, wanted: Plan, *, account_id: int | None) -> tuple[Dispatch, str]:
    """Plan a dispatch; return it, and the password of its attachments, or "" if it is a link.

    Raises:
        Invalid: see `find_faults`.
    """
    faults = find_faults(wanted, event)
    if faults:
        raise Invalid(fields=faults)
    dispatch = Dispatch(
        event_id=event.id,
        roster=dict(wanted.roster),
        recipient=wanted.recipient,
        recipient_name=wanted.recipient_name,
        purpose=wanted.purpose,
        is_attached=wanted.is_attached,
        send_at=wanted.when(event),
        hours_before=wanted.hours_before,
        expires_at=wanted.expires_at,
        tells_changes=wanted.tells_changes,
        account_id=account_id,
        created_at=clock.now(),
    )
    db.session.add(dispatch)
    db.session.flush()
    actor = "command" if account_id is None else f"account:{account_id}"
    record("planned", dispatch, actor=actor, roster=name_of(dispatch))
    return dispatch, _set_password(dispatch) if wanted.is_attached else ""


def name_of(dispatch: Dispatch) -> str:
    """Return which list it is, for the audit log."""
    told = dispatch.roster
    return " ".join(str(told[part]) for part in NAMED if told.get(part))


def record(done: str, dispatch: Dispatch, *, actor: str, **detail: str | int | None) -> None:
    """Write down what was done to a dispatch, always with its recipient and purpose."""
    audit.record(
        f"dispatch.{done}",
        actor=actor,
        subject=f"dispatch:{dispatch.id}",
        event_id=dispatch.event_id,
        recipient=dispatch.recipient,
        purpose=dispatch.purpose,
        **detail,
    )


def _set_password(dispatch: Dispatch) -> str:
    password = passwords.new()
    dispatch.sealed_password = passwords.seal(password, dispatch.id)
    return password


def renew_password(dispatch: Dispatch, *, actor: str) -> str:
    """Give the attachments that are made from now on another password; return it.

    Raises:
        Conflict: it is a link, or over.
    """
    _check(dispatch, dispatch.is_attached)
    password = _set_password(dispatch)
    record("password_renewed", dispatch, actor=actor)
    return password


def cancel(dispatch: Dispatch, *, actor: str) -> None:
    """Take it back: nothing more is sent, and its link opens nothing.

    Raises:
        Conflict: it is over already.
    """
    _check(dispatch, dispatch.state in STANDS | {DispatchState.FAILED})
    dispatch.state = DispatchState.CANCELLED
    forget(dispatch)
    record("cancelled", dispatch, actor=actor)


def forget(dispatch: Dispatch) -> None:
    """Keep nothing that names people or opens anything; what was done stays in the audit log."""
    dispatch.people = {}
    dispatch.changes = []
    dispatch.sealed_password = None
    dispatch.code_seed = ""
    dispatch.code_expires_at = None


def send_now(dispatch: Dispatch, *, actor: str) -> None:
    """Let a planned one, or one that was given up, be sent at the next beat.

    Raises:
        Conflict: it was sent, was taken back, or has expired.
    """
    _check(dispatch, dispatch.state in {DispatchState.PLANNED, DispatchState.FAILED})
    _make_due(dispatch)
    record("hurried", dispatch, actor=actor)


def send_again(dispatch: Dispatch, *, actor: str) -> None:
    """Promise the recipient the mail once more; an attachment is made anew, as of then.

    Raises:
        Conflict: it was not sent yet, was taken back, or has expired.
    """
    _check(dispatch, dispatch.state == DispatchState.SENT)
    if dispatch.is_attached:
        _make_due(dispatch)
    else:
        dispatch.mails += 1
        deliveries.promise_dispatch(dispatch, DeliveryKind.ROSTER, reason=str(dispatch.mails))
    record("repeated", dispatch, actor=actor)


def _make_due(dispatch: Dispatch) -> None:
    dispatch.state = DispatchState.PLANNED
    dispatch.send_at = clock.now()
    dispatch.hours_before = None
    dispatch.attempts = 0
    dispatch.problem = ""


def _check(dispatch: Dispatch, allowed: bool) -> None:  # noqa: FBT001  # a claim, not an option
    if not allowed or dispatch.expires_at <= clock.now():
        raise Conflict(noun="dispatch", state=dispatch.state)
