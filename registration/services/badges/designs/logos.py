"""Logos of an event: checked by what is in the file, written anew, and only then kept."""

import io
import uuid
import warnings
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Select, select

from registration import clock
from registration.database import MOST_ID, db
from registration.errors import Conflict, Invalid, NotFound
from registration.models import badges as models
from registration.services import audit
from registration.services.badges.designs.artwork import JPEG, PNG, SVG
from registration.services.badges.designs.faces import Artwork
from registration.services.badges.designs.model import SIDES, Design, Logo

MOST_BYTES = 2_000_000
MOST_POINTS = 2000
"""Of a picture's longer side: 200 mm at 250 dots an inch."""
MOST_TITLE = 80
QUALITY = 92
"""Of JPEG: no difference is seen in print."""
STARTS = ((b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))


class _Checked(NamedTuple):
    media_type: str
    width: int
    height: int
    content: bytes


def add(event_id: uuid.UUID, *, title: str, content: bytes, actor: str) -> models.Logo:
    """Keep a picture for the event's badges and papers.

    Args:
        event_id: whose picture.
        title: what it shows, also for those who cannot see it.
        content: a PNG, JPEG or SVG file of at most 2 MB and 2000 points a side.
        actor: see `services.audit.record`.

    Raises:
        Invalid: ``title`` is missing or too long (``range``); or ``content`` is too long
            (``too_large``), nothing that we know (``kind``), cannot be read (``broken``), has too
            many points (``too_many_points``), or it is an SVG with what we do not draw: see
            `vectors.drawn`.
    """
    title = title.strip()
    if not 1 <= len(title) <= MOST_TITLE:
        raise Invalid(title="range")
    checked = _check(content)
    logo = models.Logo(event_id=event_id, title=title, created_at=clock.now(), **checked._asdict())
    db.session.add(logo)
    db.session.flush()
    audit.record(
        "logo.added", actor=actor, subject=f"logo:{logo.id}", event_id=event_id, title=title
    )
    return logo


def list_logos(event_id: uuid.UUID) -> Sequence[models.Logo]:
    """Return the event's logos by title."""
    return db.session.scalars(_of(event_id).order_by(models.Logo.title, models.Logo.id)).all()


def get_logo(event_id: uuid.UUID, logo_id: int) -> models.Logo:
    """Return one of the event's logos.

    Raises:
        NotFound: the event has no such logo.
    """
    found = _of(event_id).where(models.Logo.id == logo_id)
    logo = db.session.scalars(found).one_or_none() if 0 < logo_id <= MOST_ID else None
    if logo is None:
        raise NotFound(noun="logo", id=logo_id)
    return logo


def remove(event_id: uuid.UUID, logo_id: int, *, actor: str) -> None:
    """Forget a logo.

    Raises:
        NotFound: the event has no such logo.
        Conflict: a design shows it; ``details["designs"]`` are the codes of those that do.
    """
    logo = get_logo(event_id, logo_id)
    rows = db.session.execute(
        select(models.Design.code, models.Design.data).filter_by(event_id=event_id)
    )
    users = [row.code for row in rows if logo_id in _ids_in(row.data)]
    if users:
        raise Conflict(noun="logo", designs=users)
    audit.record("logo.removed", actor=actor, subject=f"logo:{logo_id}", event_id=event_id)
    db.session.delete(logo)


def artworks(event_id: uuid.UUID, design: Design | None = None) -> Mapping[int, Artwork]:
    """Return the event's logos for composing, by id: those in a design, or all."""
    query = _of(event_id)
    if design is not None:
        used = {logo.logo for _, logo in _in(design)}
        if not used:
            return {}
        query = query.where(models.Logo.id.in_(used))
    return {
        logo.id: Artwork(
            id=logo.id,
            title=logo.title,
            media_type=logo.media_type,
            width=logo.width,
            height=logo.height,
            content=logo.content,
        )
        for logo in db.session.scalars(query)
    }


def missing(event_id: uuid.UUID, design: Design) -> list[str]:
    """Return the paths of a design's logos that are not the event's."""
    used = _in(design)
    if not used:
        return []
    there = set(db.session.scalars(select(models.Logo.id).filter_by(event_id=event_id)))
    return [f"{path}.logo" for path, logo in used if logo.logo not in there]


def _of(event_id: uuid.UUID) -> Select[models.Logo]:
    return select(models.Logo).filter_by(event_id=event_id)


def _in(design: Design) -> list[tuple[str, Logo]]:
    return [
        (f"{side}[{number}]", element)
        for side in SIDES
        for number, element in enumerate(design.elements(side))
        if isinstance(element, Logo)
    ]


def _ids_in(data: Mapping[str, Sequence[Mapping[str, int]]]) -> set[int]:
    return {
        element["logo"] for side in SIDES for element in data.get(side) or () if "logo" in element
    }


def _check(content: bytes) -> _Checked:
    """Return the picture, written anew.

    Raises:
        Invalid: see `add`.
    """
    if len(content) > MOST_BYTES:
        raise Invalid(content="too_large")
    for start, media_type in STARTS:
        if content.startswith(start):
            return _of_points(content, media_type)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        from registration.services.badges.designs import vectors  # noqa: PLC0415  # fontTools

        drawing = vectors.drawn(content)
        return _Checked(SVG, drawing.width, drawing.height, drawing.svg)
    raise Invalid(content="kind")


def _of_points(content: bytes, media_type: str) -> _Checked:
    """Return a PNG or JPEG as only its points: no profile, no comment, no place of taking."""
    from PIL import Image, ImageOps  # noqa: PLC0415  # keeps the web process light

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=[media_type[6:].upper()]) as opened:
                if max(opened.size) > MOST_POINTS:
                    raise Invalid(content="too_many_points")
                picture = ImageOps.exif_transpose(opened)
                picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid(content="too_many_points") from error
    except Invalid:
        raise
    except Exception as error:
        # Pillow answers a broken file with many kinds of exceptions, even TypeError.
        raise Invalid(content="broken") from error
    made = io.BytesIO()
    if media_type == JPEG:
        picture.convert("RGB").save(made, "JPEG", quality=QUALITY)
    else:
        plain = picture.convert("RGBA")
        plain.info.clear()
        plain.save(made, "PNG", optimize=True)
    return _Checked(media_type, *picture.size, made.getvalue())
