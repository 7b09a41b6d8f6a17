"""Make the papers: one, all in one PDF, one each in a ZIP, and the register of what was issued.

Imports what papers need, so the web process imports it only when somebody wants a file.
"""

import csv
import io
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from registration.database import db
from registration.languages import force_locale, in_language
from registration.models.alliances import Alliance
from registration.models.certificates import Certificate
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services.certificates import wording
from registration.services.certificates.drawing import HEIGHT, WIDTH, draw
from registration.services.certificates.finding import CAME, TOLD, joined, shown
from registration.services.papers.documents import MM, About, Document, Page
from registration.services.papers.fonts import MISSING, printable

CHUNK = 200
FORMULA_SIGNS = frozenset("=+-@\t\r")
UNSAFE = re.compile(r"[^\w.-]+")
Progress = Callable[[int], None]


def count_boxed(event_id: uuid.UUID) -> int:
    """Return how many certificates in force name somebody in letters that the fonts lack."""
    in_force = (Certificate.event_id == event_id, Certificate.revoked_at.is_(None))
    names = db.session.scalars(select(Certificate.name).where(*in_force))
    return sum(MISSING in printable(name) for name in names)


def pdf_of(certificate: Certificate) -> bytes:
    """Return one person's certificate in the language of their registration."""
    registration = certificate.registration
    file = io.BytesIO()
    document = _document(
        file, registration.event, locale=registration.locale, as_of=certificate.issued_at
    )
    document.add(_drawn(document, certificate))
    document.close()
    return file.getvalue()


def write_pdf(
    path: Path, *, event_id: uuid.UUID, locale: str, as_of: datetime, on_progress: Progress
) -> int:
    """Write all certificates in force as one PDF, by alliance and name; return how many.

    Each speaks the language of its person; only the file's own title is in ``locale``. The same
    certificates and the same ``as_of`` make the same file, byte for byte.
    """
    event = db.session.get_one(Event, event_id)
    with path.open("wb") as file:
        document = _document(file, event, locale=locale, as_of=as_of)
        for chunk in _chunks(event_id):
            for certificate in chunk:
                document.add(_drawn(document, certificate))
            _let_go(chunk, on_progress)
        count = document.count
        if not count:
            document.add(Page(document))
        document.close()
    return count


def write_zip(path: Path, *, event_id: uuid.UUID, on_progress: Progress) -> int:
    """Write a PDF for each certificate in force, in a folder an alliance; return how many."""
    count = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        for chunk in _chunks(event_id):
            for certificate in chunk:
                entry = zipfile.ZipInfo(_entry_name(certificate), _stamp(certificate))
                package.writestr(entry, pdf_of(certificate))
            count += len(chunk)
            _let_go(chunk, on_progress)
    return count


def write_register(path: Path, *, event_id: uuid.UUID, locale: str, on_progress: Progress) -> int:
    """Write who has which certificate, as a CSV for Excel in German; return how many."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file, force_locale(locale):
        rows = csv.writer(file, delimiter=";", lineterminator="\r\n")
        rows.writerow([_("Name"), _("Alliance"), _("Code"), _("Issued at")])
        for chunk in _chunks(event_id):
            for each in chunk:
                alliance, zone = each.registration.alliance, each.registration.event.zone
                issued = each.issued_at.astimezone(zone).strftime("%d.%m.%Y %H:%M")
                rows.writerow(
                    [
                        _escaped(each.name),
                        _escaped(alliance.name if alliance else ""),
                        shown(each.code),
                        issued,
                    ]
                )
            count += len(chunk)
            _let_go(chunk, on_progress)
    return count


def _chunks(event_id: uuid.UUID) -> Iterator[list[Certificate]]:
    """Return the certificates in force, by alliance and name, a chunk at a time.

    Read anew for each chunk, so that no transaction stays open while papers are made.
    """
    ids = db.session.scalars(
        joined(select(Certificate.id).select_from(Certificate).join(Certificate.registration))
        .outerjoin(Alliance, Alliance.id == Registration.alliance_id)
        .where(Certificate.event_id == event_id, Certificate.revoked_at.is_(None), *CAME)
        .order_by(
            Alliance.sort_name.is_(None),
            Alliance.sort_name,
            Alliance.id,
            Registration.sort_name,
            Registration.id,
        )
    ).all()
    for at in range(0, len(ids), CHUNK):
        found = db.session.scalars(
            select(Certificate)
            .where(Certificate.id.in_(ids[at : at + CHUNK]))
            .options(*(joinedload(Certificate.registration).joinedload(each) for each in TOLD))
        )
        by_id = {each.id: each for each in found}
        yield [by_id[each] for each in ids[at : at + CHUNK] if each in by_id]


def _let_go(chunk: Sequence[Certificate], on_progress: Progress) -> None:
    """End the transaction that read a chunk, and tell that it is done."""
    db.session.rollback()
    on_progress(len(chunk))


def _document(file: BinaryIO, event: Event, *, locale: str, as_of: datetime) -> Document:
    with force_locale(locale):
        title = f"{_('Certificate of attendance')}: {in_language(event.title)}"
    about = About(title=title, author=event.organiser_name, language=locale, created_at=as_of)
    return Document(file, size=(WIDTH * MM, HEIGHT * MM), about=about)


def _drawn(document: Document, certificate: Certificate) -> Page:
    page = Page(document)
    with force_locale(certificate.registration.locale):
        draw(page, wording.of_event(certificate.registration.event), wording.of_person(certificate))
    return page


def _entry_name(certificate: Certificate) -> str:
    """Return what a person's file is called inside the package: safe on every system."""
    person = certificate.registration
    folder = f"{_safe(person.alliance.code)}/" if person.alliance else ""
    name = _safe(f"{person.family_name}-{person.given_name}")
    return f"{folder}{name}-{certificate.code[:4]}.pdf"


def _safe(text: str) -> str:
    return UNSAFE.sub("-", text).strip("-.")[:60] or "x"


def _stamp(certificate: Certificate) -> tuple[int, int, int, int, int, int]:
    at = certificate.issued_at.astimezone(certificate.registration.event.zone)
    return at.year, at.month, at.day, at.hour, at.minute, at.second


def _escaped(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in FORMULA_SIGNS else text
