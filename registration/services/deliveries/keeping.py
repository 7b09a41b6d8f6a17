"""Keeping the outbox: what a person may do to mails, one or many at a time.

Each is one conditional UPDATE: what stands where it cannot be done is left as it is, and a mail
that is just being sent belongs to its sender.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import joinedload

from registration import clock
from registration.database import db
from registration.models.accounts import Mandate
from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState
from registration.models.rosters import Dispatch
from registration.services import audit
from registration.services.deliveries import repeating
from registration.services.wordings.kinds import TEST

NEW, DEFERRED, UNKNOWN = DeliveryState.NEW, DeliveryState.DEFERRED, DeliveryState.UNKNOWN
HELD, FAILED, SENT = DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.SENT
CANCELLED = DeliveryState.CANCELLED


class Action(StrEnum):
    """What a person may do to a mail."""

    RETRY = "retry"
    """Try it at once, with all attempts before it if it had failed."""
    HOLD = "hold"
    """Keep it back until it is released."""
    RELEASE = "release"
    DISCARD = "discard"
    """Never send it."""
    RESEND = "resend"
    """Send what it says now once more, as another mail, to the person's present address."""


POSSIBLE: Mapping[Action, frozenset[DeliveryState]] = {
    Action.RETRY: frozenset({DEFERRED, UNKNOWN, FAILED}),
    Action.HOLD: frozenset({NEW, DEFERRED, UNKNOWN}),
    Action.RELEASE: frozenset({HELD}),
    Action.DISCARD: frozenset({NEW, DEFERRED, UNKNOWN, HELD, FAILED}),
    Action.RESEND: frozenset({SENT, FAILED, CANCELLED}),
}
"""Where a mail must stand for each."""
PAST = {
    Action.RETRY: "retried",
    Action.HOLD: "held",
    Action.RELEASE: "released",
    Action.DISCARD: "discarded",
    Action.RESEND: "resent",
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which mails are meant: None and "" leave a question open."""

    event_id: uuid.UUID | None = None
    ids: Sequence[uuid.UUID] | None = None
    states: Sequence[DeliveryState] = ()
    kind: str = ""
    query: str = ""
    """Part of the recipient's address."""

    @property
    def condition(self) -> ColumnElement[bool]:
        """What holds of the mails that are meant."""
        asked: list[ColumnElement[bool]] = []
        if self.event_id is not None:
            asked.append(Delivery.event_id == self.event_id)
        if self.ids is not None:
            asked.append(Delivery.id.in_(self.ids))
        if self.states:
            asked.append(Delivery.state.in_(self.states))
        if self.kind:
            asked.append(Delivery.kind == self.kind)
        if self.query:
            part = self.query.lower()
            asked.append(func.lower(Delivery.recipient).contains(part, autoescape=True))
        return and_(True, *asked)  # noqa: FBT003  # SQL's own TRUE


def may(action: Action, state: str) -> bool:
    """Return whether this can be done to a mail that stands so."""
    return state in POSSIBLE[action]


def possible(delivery_id: uuid.UUID) -> Sequence[Action]:
    """Return what can be done to one mail now, in the order of `Action`."""
    asked = select(*(_standing(each) for each in Action)).where(Delivery.id == delivery_id)
    row = db.session.execute(asked).one_or_none() or ()
    return [action for action, holds in zip(Action, row, strict=False) if holds]


def count(action: Action, selection: Selection) -> int:
    """Return to how many of the mails that are meant this can be done now."""
    query = select(func.count()).where(selection.condition, _standing(action))
    return db.session.scalar(query) or 0


def act(action: Action, selection: Selection, *, actor: str, key: str = "") -> int:
    """Do it to all mails that are meant and stand where it can be done; return how many.

    Args:
        action: what to do.
        selection: which mails are meant.
        actor: who does it, for the log.
        key: names this request, so that the same one sent twice resends nothing twice.
    """
    ids: Sequence[uuid.UUID]
    if action == Action.RESEND:
        rows = _standing_rows(selection)
        ids = [each.id for each in rows if repeating.promise_again(each, key=key)]
    else:
        ids = _change(action, selection)
    _record(action, selection, ids, actor)
    return len(ids)


def _standing(action: Action) -> ColumnElement[bool]:
    possible = Delivery.state.in_(sorted(POSSIBLE[action]))
    if action != Action.RESEND:
        return possible
    attached = select(Dispatch.id).where(Dispatch.is_attached)
    return and_(
        possible,
        Delivery.campaign_id.is_(None),  # a campaign counts its mails
        ~Delivery.dedupe_key.startswith(TEST),  # it would go to the person, as if it were real
        or_(  # what was attached is kept for the first mail only
            Delivery.dispatch_id.is_(None),
            Delivery.dispatch_id.not_in(attached),
            Delivery.kind == DeliveryKind.ROSTER_CODE,
        ),
    )


def _change(action: Action, selection: Selection) -> Sequence[uuid.UUID]:
    state, now = Delivery.state, clock.now()
    values: dict[Action, dict[str, object]] = {
        Action.RETRY: {
            "state": case((state == UNKNOWN, UNKNOWN), else_=DEFERRED),
            "attempts": case((state == FAILED, 0), else_=Delivery.attempts),
            "due_at": now,
        },
        Action.HOLD: {
            "state": HELD,
            "repeats": Delivery.repeats + case((state == UNKNOWN, 1), else_=0),
        },
        Action.RELEASE: {
            "state": case((Delivery.attempts == 0, NEW), else_=DEFERRED),
            "due_at": now,
        },
        Action.DISCARD: {"state": CANCELLED},
    }
    return db.session.scalars(
        update(Delivery)
        .where(selection.condition, _standing(action))
        .values(lease=None, **values[action])
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()


def _standing_rows(selection: Selection) -> Sequence[Delivery]:
    return db.session.scalars(
        select(Delivery)
        .where(selection.condition, _standing(Action.RESEND))
        .options(
            joinedload(Delivery.registration),
            joinedload(Delivery.invitation),
            joinedload(Delivery.mandate).joinedload(Mandate.account),
        )
        .order_by(Delivery.id)
    ).all()


def _record(action: Action, selection: Selection, ids: Sequence[uuid.UUID], actor: str) -> None:
    """Log it: one mail by its id, several by how many."""
    if not ids:
        return
    subject = f"delivery:{ids[0]}" if len(ids) == 1 else "deliveries"
    audit.record(
        f"delivery.{PAST[action]}",
        actor=actor,
        subject=subject,
        event_id=selection.event_id,
        count=len(ids),
    )
