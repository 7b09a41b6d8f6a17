"""Who came, who has a certificate, and whether a code is that of a genuine one."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.orm import joinedload

from registration.database import db
from registration.models.badges import Badge
from registration.models.certificates import Certificate
from registration.models.gates import Presence
from registration.models.registrations import CODE_LETTERS, Registration
from registration.services.folding import fold

LETTERS, GROUP = 16, 4
"""Of a code: 16 of 30 letters are 78 random bits; read out in groups of four."""
SEPARATORS = re.compile(r"[\s\-‐‑‒–—−._]+")
PAGE = 50


class Standing(StrEnum):
    """What a reader learns of a code."""

    GENUINE = "genuine"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Checked:
    """What came of looking at a code; of an unknown one there is no certificate."""

    standing: Standing
    certificate: Certificate | None = None


def shown(code: str) -> str:
    """Return a code as papers and pages write it: ``K7MP-3XQR-AB9D-TT42``."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def bare(typed: str) -> str:
    """Return a code as it is stored from how it was typed: any case, blanks, hyphens."""
    return SEPARATORS.sub("", typed).upper()[: LETTERS * 2]


def page_address() -> str:
    """Return where anybody types a code."""
    return f"{current_app.config['BASE_URL']}/certificates/"


def address_of(code: str) -> str:
    """Return where anybody verifies the certificate with this code."""
    return page_address() + shown(code)


def check(typed: str) -> Checked:
    """Return what is true of a code: one that is not ours is `UNKNOWN`, whatever is wrong with it.

    A certificate is genuine only while the person counts as having come: taking the check-in back
    is enough to end it, before anybody has written that down.
    """
    code = bare(typed)
    if len(code) != LETTERS or not set(code) <= set(CODE_LETTERS):
        return Checked(Standing.UNKNOWN)
    certificate = db.session.scalars(
        select(Certificate)
        .where(Certificate.code == code)
        .options(*(joinedload(Certificate.registration).joinedload(each) for each in TOLD))
    ).one_or_none()
    if certificate is None:
        return Checked(Standing.UNKNOWN)
    is_good = certificate.revoked_at is None and has_come(certificate.registration_id)
    return Checked(Standing.GENUINE if is_good else Standing.REVOKED, certificate)


TOLD = (
    Registration.event,
    Registration.alliance,
    Registration.role,
    Registration.theme,
)
"""What a certificate says of a person beside the name."""


def has_come(registration_id: uuid.UUID) -> bool:
    """Return whether the person was let in, and still agrees that we know it."""
    came = select(Registration.id).where(Registration.id == registration_id, *CAME)
    return db.session.scalar(joined(came)) is not None


CAME: tuple[ColumnElement[bool], ...] = (
    Presence.badge_id.is_not(None),
    Registration.privacy_withdrawn_at.is_(None),
)
"""Presence follows from the scans: whose only entry was taken back has none."""


def joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return a statement of registrations with what `CAME` looks at."""
    return statement.join(Badge, Badge.registration_id == Registration.id).join(
        Presence, Presence.badge_id == Badge.id
    )


IN_FORCE = and_(Certificate.registration_id == Registration.id, Certificate.revoked_at.is_(None))


def find_in_force(registration_id: uuid.UUID) -> Certificate | None:
    """Return the person's certificate, if there is one that verifies."""
    certificate = db.session.scalars(
        select(Certificate).where(
            Certificate.registration_id == registration_id, Certificate.revoked_at.is_(None)
        )
    ).one_or_none()
    return certificate if certificate and has_come(registration_id) else None


@dataclass(frozen=True)
class Counts:
    """How far issuing is."""

    came: int
    issued: int
    """Of those who came; without the revoked ones."""
    without_address: int
    """Of those who came: whom no mail reaches."""

    @property
    def missing(self) -> int:
        """How many came and have none."""
        return self.came - self.issued


def count(event_id: uuid.UUID) -> Counts:
    """Count the event's people who came, and their certificates."""
    statement = select(
        func.count(Registration.id),
        func.count(Certificate.id),
        func.count().filter(Registration.email == ""),
    ).select_from(Registration)
    of_event = (Registration.event_id == event_id, *CAME)
    row = db.session.execute(
        joined(statement).outerjoin(Certificate, IN_FORCE).where(*of_event)
    ).one()
    return Counts(*row)


def list_people(
    event_id: uuid.UUID, *, search: str = "", page: int = 1
) -> tuple[Sequence[Row[Any]], int]:
    """Return a page of those who came, by name, each with the certificate; and how many there are.

    Args:
        event_id: whose people.
        search: a part of a name, an organisation, an address or a short code.
        page: from 1; of `PAGE` people each.
    """
    meant = [Registration.event_id == event_id, *CAME]
    if search.strip():
        meant.append(Registration.search_text.contains(fold(search.strip()), autoescape=True))
    total = db.session.scalar(joined(select(func.count(Registration.id))).where(*meant)) or 0
    statement = (
        joined(select(Registration, Certificate))
        .outerjoin(Certificate, IN_FORCE)
        .where(*meant)
        .options(joinedload(Registration.alliance), joinedload(Registration.badge))
        .order_by(Registration.sort_name, Registration.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return db.session.execute(statement).all(), total
