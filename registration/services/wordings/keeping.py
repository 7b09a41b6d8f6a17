"""Keeping: the organisers' own wordings, every version of each."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

from registration import clock
from registration.database import db
from registration.errors import Conflict, Invalid, NotFound
from registration.models.campaigns import Wording
from registration.models.events import Event
from registration.services import audit
from registration.services.wordings.checking import check_kind, problems_of
from registration.services.wordings.kinds import FAMILIES
from registration.services.wordings.originals import Text, original


def list_current(event_id: uuid.UUID) -> Mapping[tuple[str, str], Wording]:
    """Return the wordings in use, by kind and language."""
    rows = db.session.scalars(
        select(Wording).where(Wording.event_id == event_id, Wording.is_current)
    )
    return {(each.kind, each.locale): each for each in rows}


def list_versions(event_id: uuid.UUID, kind: str, locale: str) -> Sequence[Wording]:
    """Return all versions of one wording, the newest first."""
    return db.session.scalars(
        select(Wording)
        .where(Wording.event_id == event_id, Wording.kind == kind, Wording.locale == locale)
        .order_by(Wording.version.desc())
    ).all()


def get_version(event_id: uuid.UUID, kind: str, locale: str, wording_id: int) -> Wording:
    """Return one version.

    Raises:
        NotFound: this wording of the event has no such version.
    """
    found = db.session.scalars(
        select(Wording).filter_by(event_id=event_id, kind=kind, locale=locale, id=wording_id)
    ).one_or_none()
    if found is None:
        raise NotFound(noun="text", name=str(wording_id))
    return found


def current_text(event_id: uuid.UUID, kind: str, locale: str) -> Text:
    """Return what a kind of mail says at this event: the organisers' text, else the original."""
    check_kind(kind, locale)
    own = find_used(event_id, kind, locale)
    return original(kind, locale) if own is None else Text(own.subject, own.body)


def find_used(event_id: uuid.UUID, kind: str, locale: str) -> Wording | None:
    """Return the organisers' version that is in use, if the original is not."""
    return db.session.scalars(
        select(Wording)
        .filter_by(event_id=event_id, kind=kind, locale=locale)
        .where(Wording.is_current)
    ).one_or_none()


def save(
    event_id: uuid.UUID,
    kind: str,
    locale: str,
    text: Text,
    *,
    actor: str,
    account_id: int | None,
    seen: int | None = None,
) -> Wording:
    """Keep a text as the newest version, and use it from now on.

    Args:
        event_id: whose mails.
        kind: of mail.
        locale: its language.
        text: what it shall say.
        actor: who writes it, for the audit log.
        account_id: whose account that is.
        seen: the version that was in use when the writer began, 0 for the original; None: any.

    Raises:
        NotFound: there is no such wording.
        Invalid: the text cannot be used; see `checking.problems_of`.
        Conflict: another version is in use by now; nothing was kept.
    """
    _check(kind, locale, text)
    _take_turns(event_id)
    used = find_used(event_id, kind, locale)
    is_new = used is None or (used.subject, used.body) != (text.subject, text.body)
    if is_new and seen not in (None, used.version if used else 0):
        raise Conflict(noun="text", name=f"{kind}/{locale}")
    kept = _keep(event_id, kind, locale, text, account_id)
    use(kept, actor=actor)
    return kept


def keep(
    event_id: uuid.UUID, kind: str, locale: str, text: Text, *, account_id: int | None
) -> Wording:
    """Keep a text as the newest version without using it, to be tried out.

    Raises:
        NotFound: there is no such wording.
        Invalid: the text cannot be used; see `checking.problems_of`.
    """
    _check(kind, locale, text)
    _take_turns(event_id)
    return _keep(event_id, kind, locale, text, account_id)


def _check(kind: str, locale: str, text: Text) -> None:
    check_kind(kind, locale)
    fields, faults = problems_of(text, FAMILIES[kind])
    if fields:
        raise Invalid(fields=fields, faults=faults)


def _take_turns(event_id: uuid.UUID) -> None:
    """Keep other writers waiting, so that no two of them make the same version."""
    held = select(Event.id).where(Event.id == event_id).with_for_update(key_share=True)
    db.session.execute(held)


def _keep(
    event_id: uuid.UUID, kind: str, locale: str, text: Text, account_id: int | None
) -> Wording:
    """Return the newest version, which says this; a new one if the newest says something else."""
    versions = list_versions(event_id, kind, locale)
    newest = versions[0] if versions else None
    if newest is not None and (newest.subject, newest.body) == (text.subject, text.body):
        return newest
    made = Wording(
        event_id=event_id,
        kind=kind,
        locale=locale,
        version=(newest.version if newest else 0) + 1,
        subject=text.subject,
        body=text.body,
        is_current=False,
        account_id=account_id,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def use(wording: Wording, *, actor: str) -> None:
    """Let mails say this version from now on."""
    _use_none(wording.event_id, wording.kind, wording.locale)
    wording.is_current = True
    wording.flawed_at = None
    _record(
        wording.event_id, "used", wording.kind, wording.locale, actor=actor, version=wording.version
    )


def use_original(event_id: uuid.UUID, kind: str, locale: str, *, actor: str) -> None:
    """Let mails say what the program ships from now on; the versions are kept.

    Raises:
        NotFound: there is no such wording.
    """
    check_kind(kind, locale)
    _use_none(event_id, kind, locale)
    _record(event_id, "restored", kind, locale, actor=actor)


def _use_none(event_id: uuid.UUID, kind: str, locale: str) -> None:
    for used in db.session.scalars(
        select(Wording)
        .filter_by(event_id=event_id, kind=kind, locale=locale)
        .where(Wording.is_current)
        .with_for_update()
    ):
        used.is_current = False
    db.session.flush()


def flag(wording_id: int) -> None:
    """Note that a mail could not be written with this wording."""
    db.session.execute(
        update(Wording)
        .where(Wording.id == wording_id)
        .values(flawed_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _record(
    event_id: uuid.UUID, what: str, kind: str, locale: str, *, actor: str, **detail: int
) -> None:
    audit.record(
        f"wording.{what}",
        actor=actor,
        subject=f"wording:{kind}.{locale}",
        event_id=event_id,
        **detail,
    )
