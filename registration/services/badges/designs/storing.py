"""Designs of an event: the ready-made ones, its own versions of them, and others of its own."""

import re
import uuid
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, select, update

from registration import clock
from registration.database import db, insert_new
from registration.errors import Conflict, Invalid, NotFound
from registration.models import badges as models
from registration.services import audit
from registration.services.badges.designs import logos, parsing, ready
from registration.services.badges.designs.model import Design

CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MOST_CODE, MOST_TITLE = 32, 80


class Stored(NamedTuple):
    """A design as an event has it."""

    code: str
    title: str
    design: Design
    revision: int
    """0: the ready-made one, unchanged."""
    is_ready: bool
    """There is a ready-made one of this code, to which it can be restored."""


def list_designs(event_id: uuid.UUID) -> list[Stored]:
    """Return all designs that the event can print in: ready-made formats, then its own."""
    own = {row.code: row for row in db.session.scalars(_own(event_id))}
    listed = [
        _stored(own.pop(code)) if code in own else _of_ready(made)
        for code, made in ready.all_ready().items()
    ]
    return listed + [_stored(row) for row in own.values()]


def get_stored(event_id: uuid.UUID, code: str) -> Stored:
    """Return a design with its title and revision.

    Raises:
        NotFound: the event has none of that code, and there is no ready-made one.
    """
    row = db.session.scalars(_own(event_id).where(models.Design.code == code)).one_or_none()
    return _stored(row) if row else _of_ready(ready.get_ready(code))


def get_design(event_id: uuid.UUID, code: str) -> Design:
    """Return the event's own version of a design, else the ready-made one.

    Raises:
        NotFound: the event has none of that code, and there is no ready-made one.
    """
    return get_stored(event_id, code).design


def save(
    event_id: uuid.UUID, code: str, *, title: str, data: Any, revision: int, actor: str
) -> Stored:
    """Keep an event's version of a design.

    Args:
        event_id: whose design.
        code: that of a ready-made design to use this one in its place, or one of its own.
        title: what the list of designs calls it.
        data: see `parsing.parse`.
        revision: that of the version it was made from; 0: a ready-made or a new one.
        actor: see `services.audit.record`.

    Raises:
        Invalid: the data, the title or the code cannot be taken; ``details`` says where.
        Conflict: somebody else has changed the design since.
    """
    design = _checked(event_id, code, title, data)
    values = {
        "title": title.strip(),
        "data": parsing.to_data(design),
        "revision": revision + 1,
        "updated_at": clock.now(),
    }
    if revision:
        _replace(event_id, code, revision, values)
    else:
        _insert(event_id, code, values)
    audit.record(
        "design.saved",
        actor=actor,
        subject=f"design:{code}",
        event_id=event_id,
        revision=revision + 1,
    )
    return get_stored(event_id, code)


def copy(event_id: uuid.UUID, code: str, *, to: str, title: str, actor: str) -> Stored:
    """Make a design of the event's own from another one.

    Raises:
        NotFound: there is none to copy.
        Invalid: the new code or title cannot be taken.
        Conflict: the new code is that of another design.
    """
    design = get_design(event_id, code)
    if to in ready.all_ready():
        raise Conflict(noun="design", code=to)
    data = parsing.to_data(design)
    return save(event_id, to, title=title, data=data, revision=0, actor=actor)


def restore(event_id: uuid.UUID, code: str, *, actor: str) -> None:
    """Forget the event's version of a design: the ready-made one, if there is one, is used again.

    Raises:
        NotFound: the event has no version of its own.
    """
    gone = db.session.scalars(
        delete(models.Design)
        .where(models.Design.event_id == event_id, models.Design.code == code)
        .returning(models.Design.id)
    ).all()
    if not gone:
        raise NotFound(noun="design", code=code)
    audit.record("design.restored", actor=actor, subject=f"design:{code}", event_id=event_id)


def _own(event_id: uuid.UUID) -> Select[models.Design]:
    return (
        select(models.Design)
        .filter_by(event_id=event_id)
        .order_by(models.Design.title, models.Design.code)
        .execution_options(populate_existing=True)
    )


def _stored(row: models.Design) -> Stored:
    design = parsing.parse(row.data)
    return Stored(row.code, row.title, design, row.revision, row.code in ready.all_ready())


def _of_ready(made: ready.Ready) -> Stored:
    return Stored(made.code, made.title, made.design, 0, is_ready=True)


def _checked(event_id: uuid.UUID, code: str, title: str, data: Any) -> Design:
    problems = {}
    if len(code) > MOST_CODE or not CODE.fullmatch(code):
        problems["code"] = "choice"
    if not 1 <= len(title.strip()) <= MOST_TITLE:
        problems["title"] = "range"
    if problems:
        raise Invalid(**problems)
    design = parsing.parse(data)
    missing = logos.missing(event_id, design)
    if missing:
        raise Invalid(**dict.fromkeys(missing, "logo"))
    return design


def _insert(event_id: uuid.UUID, code: str, values: dict[str, Any]) -> None:
    if not insert_new(models.Design, {"event_id": event_id, "code": code, **values}):
        raise Conflict(noun="design", code=code)


def _replace(event_id: uuid.UUID, code: str, revision: int, values: dict[str, Any]) -> None:
    changed = db.session.scalars(
        update(models.Design)
        .where(
            models.Design.event_id == event_id,
            models.Design.code == code,
            models.Design.revision == revision,
        )
        .values(values)
        .returning(models.Design.id)
    ).all()
    if not changed:
        raise Conflict(noun="design", code=code)
