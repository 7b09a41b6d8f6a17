"""Presets: lists that organisers have put together and keep under a title."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from registration import clock
from registration.database import MOST_ID, db
from registration.errors import Conflict, Duplicate, Invalid, NotFound
from registration.models.rosters import Dispatch, DispatchState, RosterPreset
from registration.services import audit
from registration.services.rosters import parsing
from registration.services.rosters.spec import Spec


def list_presets(event_id: uuid.UUID) -> Sequence[RosterPreset]:
    """Return the event's presets by title."""
    query = select(RosterPreset).where(RosterPreset.event_id == event_id)
    return db.session.scalars(query.order_by(func.lower(RosterPreset.title))).all()


def get_preset(event_id: uuid.UUID, preset_id: int) -> RosterPreset:
    """Return one preset of the event.

    Raises:
        NotFound: the event has none with this id.
    """
    found = db.session.get(RosterPreset, preset_id) if 0 < preset_id <= MOST_ID else None
    if found is None or found.event_id != event_id:
        raise NotFound(noun="preset", name=str(preset_id))
    return found


def named(event_id: uuid.UUID, title: str) -> RosterPreset:
    """Return the event's preset of this title.

    Raises:
        NotFound: there is none.
    """
    query = select(RosterPreset).filter_by(event_id=event_id, title=title)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(noun="preset", name=title)
    return found


def spec_of(preset: RosterPreset) -> Spec:
    """Return what a preset lists.

    Raises:
        Invalid: it names what the event no longer has, see `parsing.parse`.
    """
    return parsing.parse(preset.event_id, {**preset.data, "title": preset.title})


def save(
    event_id: uuid.UUID,
    data: Mapping[str, Any],
    *,
    preset_id: int | None = None,
    account_id: int | None,
) -> RosterPreset:
    """Keep a list under its title; with ``preset_id`` in the place of that one.

    Args:
        event_id: whose list.
        data: as `parsing.parse` takes it, with a title.
        preset_id: which preset to change; None keeps a new one.
        account_id: who does; None for a command.

    Raises:
        Invalid: a field cannot be taken, see `parsing.parse`; ``title`` may be ``missing``.
        Duplicate: another preset has this title.
        NotFound: the event has no such preset.
    """
    spec = parsing.parse(event_id, data)
    if not spec.title:
        raise Invalid(fields={"title": "missing"})
    preset = get_preset(event_id, preset_id) if preset_id is not None else None
    held = db.session.scalars(
        select(RosterPreset.id).filter_by(event_id=event_id, title=spec.title)
    ).one_or_none()
    if held is not None and held != preset_id:
        raise Duplicate(field="title")
    if preset is None:
        preset = RosterPreset(event_id=event_id)
        db.session.add(preset)
    preset.title, preset.data = spec.title, spec.as_json()
    preset.account_id, preset.updated_at = account_id, clock.now()
    db.session.flush()
    _record("roster.preset_saved", preset, account_id)
    return preset


def is_sent(preset: RosterPreset) -> bool:
    """Return whether a list for others that is planned, or can still be opened, is this one."""
    standing = select(Dispatch.roster).where(
        Dispatch.event_id == preset.event_id,
        Dispatch.state.in_((DispatchState.PLANNED, DispatchState.SENT)),
        Dispatch.expires_at > clock.now(),
    )
    return any(told.get("preset") == str(preset.id) for told in db.session.scalars(standing))


def remove(event_id: uuid.UUID, preset_id: int, *, account_id: int | None) -> None:
    """Forget a preset.

    Raises:
        NotFound: the event has none with this id.
        Conflict: it is sent to somebody outside, or will be.
    """
    preset = get_preset(event_id, preset_id)
    if is_sent(preset):
        raise Conflict(noun="preset", id=preset_id)
    _record("roster.preset_removed", preset, account_id)
    db.session.delete(preset)


def _record(action: str, preset: RosterPreset, account_id: int | None) -> None:
    audit.record(
        action,
        actor=f"account:{account_id}" if account_id is not None else "command",
        subject=f"roster_preset:{preset.id}",
        event_id=preset.event_id,
        title=preset.title,
    )
