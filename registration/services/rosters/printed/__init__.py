"""A list as PDF; the names are the kind's, the pages are written as they are drawn."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from registration.languages import force_locale
from registration.services.papers.documents import MM, About, Document
from registration.services.papers.reading import streaming
from registration.services.rosters import COUNTS, catalogue, counts, kinds, words
from registration.services.rosters.printed import frame, lists, numbers
from registration.services.rosters.printed.frame import Wording
from registration.services.rosters.printed.layout import LEFT, Sheet, sheet
from registration.services.rosters.reading import Progress, Reader
from registration.services.rosters.tables import Plain
from registration.services.rosters.wanted import Wanted
from registration.services.rosters.words import Occasion


def write(path: Path, wanted: Wanted, *, as_of: datetime, on_progress: Progress) -> int:
    """Write a list; return how many people are on it."""
    occasion = words.occasion(wanted.event_id, locale=wanted.locale)
    title = kinds.title_of(wanted.spec, wanted.locale)
    with path.open("wb") as file, force_locale(wanted.locale):
        width = sheet(wanted.spec).right - LEFT
        wording = frame.wording(wanted, occasion, title=title, as_of=as_of, width=width)
        page = sheet(
            wanted.spec,
            lines_in_head=len(wording.lines) - 1,
            lines_in_foot=len(wording.notes),
        )
        document = _begin(file, page, wording, occasion, locale=wanted.locale, as_of=as_of)
        write_pages = _write_counts if wanted.spec.kind in COUNTS else _write_people
        people = write_pages(document, page, wording, wanted, occasion, on_progress)
        document.close()
    return people


def _begin(
    file: BinaryIO,
    page: Sheet,
    wording: Wording,
    occasion: Occasion,
    *,
    locale: str,
    as_of: datetime,
) -> Document:
    about = About(
        title=f"{wording.title}: {wording.event}",
        author=occasion.organiser,
        language=locale,
        created_at=as_of,
    )
    return Document(file, size=(page.width * MM, page.height * MM), about=about)


def _write_people(
    document: Document,
    page: Sheet,
    wording: Wording,
    wanted: Wanted,
    occasion: Occasion,
    on_progress: Progress,
) -> int:
    columns = catalogue.chosen(wanted.event_id, wanted.spec.on_paper)
    reader = Reader(
        event_id=wanted.event_id,
        spec=wanted.spec,
        columns=columns,
        words=words.for_people(wanted.event_id, locale=wanted.locale),
        alliance_id=wanted.alliance_id,
    )
    with streaming() as connection:
        listing = lists.Listing(
            spec=wanted.spec,
            columns=columns,
            sheet=page,
            wording=wording,
            groups=reader.groups(connection, locale=wanted.locale),
            locale=wanted.locale,
        )
        plain = Plain(occasion, wanted.locale)
        people = lists.people_of(reader, connection, plain, on_progress)
        lists.draw(document, listing, people)
        next(people, None)  # there is none; this reports the last progress
    return sum(group.people for group in listing.groups)


def _write_counts(
    document: Document,
    page: Sheet,
    wording: Wording,
    wanted: Wanted,
    _occasion: Occasion,
    on_progress: Progress,
) -> int:
    counted = counts.sections(
        wanted.event_id, wanted.spec, locale=wanted.locale, alliance_id=wanted.alliance_id
    )
    total = frame.in_numbers(counted.people, None, wanted.locale)
    numbers.draw(document, page, wording, counted.sections, total)
    on_progress(counted.people)
    return counted.people
