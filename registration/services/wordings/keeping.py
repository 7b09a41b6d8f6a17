"""Keeping: the organisers' own wordings, every version of each."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

from registration import clock
from registration.database import db
from registration.errors import Invalid, NotFound
from registration.languages import LANGUAGES
from registration.models.campaigns import Wording
from registration.services import audit
from registration.services.text import find_hidden
from registration.services.wordings.kinds import FAMILIES, Family
from registration.services.wordings.language import (
    MOST_SUBJECT,
    MOST_TEXT,
    Fault,
    Unreadable,
    find_faults,
)
from registration.services.wordings.markdown import read
from registration.services.wordings.originals import Text, original
from registration.services.wordings.variables import names

Faults = Mapping[str, Sequence[Fault]]


def check_kind(kind: str, locale: str) -> None:
    """Look whether there is such a wording.

    Raises:
        NotFound: there is none.
    """
    if kind not in FAMILIES or locale not in LANGUAGES:
        raise NotFound(noun="text", name=f"{kind}/{locale}")


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
    own = db.session.scalars(
        select(Wording)
        .filter_by(event_id=event_id, kind=kind, locale=locale)
        .where(Wording.is_current)
    ).one_or_none()
    return original(kind, locale) if own is None else Text(own.subject, own.body)


def problems_of(text: Text, family: Family) -> tuple[Mapping[str, str], Faults]:
    """Return what keeps a text from being used: a reason by field, and where in it the faults are.

    The fields are ``subject`` and ``body``.
    """
    fields: dict[str, str] = {}
    faults: dict[str, Sequence[Fault]] = {}
    known = names(family)
    for field, source, most in (
        ("subject", text.subject, MOST_SUBJECT),
        ("body", text.body, MOST_TEXT),
    ):
        if not source.strip():
            fields[field] = "required"
        elif len(source) > most:
            fields[field] = "too_long"
        elif find_hidden(source, lines=True):
            fields[field] = "hidden"
        elif found := find_faults(source, known):
            fields[field], faults[field] = "faults", found
    if "\n" in text.subject.strip():
        fields["subject"] = "one_line"
    if not fields and not _can_be_read(text.body, known):
        fields["body"] = "too_deep"
    return fields, faults


def _can_be_read(body: str, known: frozenset[str]) -> bool:
    try:
        read(body, dict.fromkeys(known, "x"))
    except Unreadable:
        return False
    return True


def save(
    event_id: uuid.UUID,
    kind: str,
    locale: str,
    text: Text,
    *,
    actor: str,
    account_id: int | None,
    is_current: bool = True,
) -> Wording:
    """Keep a text as the newest version, and use it from now on.

    Args:
        event_id: whose mails.
        kind: of mail.
        locale: its language.
        text: what it shall say.
        actor: who writes it, for the audit log.
        account_id: whose account that is.
        is_current: whether it is used; else it is only kept, to be tried out.

    Raises:
        NotFound: there is no such wording.
        Invalid: the text cannot be used; see `problems_of`.
    """
    check_kind(kind, locale)
    fields, faults = problems_of(text, FAMILIES[kind])
    if fields:
        raise Invalid(fields=fields, faults=faults)
    newest = db.session.scalars(
        select(Wording)
        .filter_by(event_id=event_id, kind=kind, locale=locale)
        .order_by(Wording.version.desc())
        .limit(1)
    ).one_or_none()
    if newest is None or (newest.subject, newest.body) != (text.subject, text.body):
        newest = Wording(
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
        db.session.add(newest)
        db.session.flush()
    if is_current:
        use(newest, actor=actor)
    return newest


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
