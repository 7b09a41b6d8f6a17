"""Texts: what a mail says, as a page and as plain text; cheap to import, for previews too."""

import re
import textwrap
from dataclasses import dataclass
from functools import lru_cache

from flask import current_app

from registration import languages
from registration.models.deliveries import Delivery
from registration.services import wordings
from registration.services.deliveries.telling.told import Told
from registration.services.wordings import Written

WIDTH = 72
INDENTS = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, kw_only=True)
class Texts:
    """A mail's subject, and its text in two forms."""

    subject: str
    plain: str
    page: str
    flawed_id: int | None = None
    """The wording that could not be used for it; see `services.wordings.write`."""


def texts_of(delivery: Delivery, told: Told, code_id: str) -> Texts:
    """Return what a mail says, in the present language.

    Args:
        delivery: the mail.
        told: what it tells.
        code_id: names the picture of the badge's code among the mail's parts.

    Raises:
        Unreadable: a campaign's text cannot be filled in.
    """
    return texts_with(wordings.write(delivery, told), delivery, told, code_id=code_id)


def texts_with(written: Written | None, delivery: Delivery, told: Told, *, code_id: str) -> Texts:
    """Return what a mail says with this wording; with None, with what its own templates say."""
    words = _words(delivery, told, code_id)
    words["wording"] = written.parts if written else ()
    subject = written.subject if written else _render(delivery, "subject.txt", words)
    words["heading"] = _without_title(subject, delivery)
    return Texts(
        subject=subject,
        plain=wrapped(_render(delivery, "body.txt", words)),
        page=INDENTS.sub("\n", _render(delivery, "body.html", words)),
        flawed_id=written.flawed_id if written else None,
    )


def _without_title(subject: str, delivery: Delivery) -> str:
    """Return a subject without the event's title, which stands below it."""
    title = languages.in_language(delivery.event.title)
    return subject.removesuffix(title).rstrip(" :–-") or subject


def _words(delivery: Delivery, told: Told, code_id: str) -> dict[str, object]:
    """Return what the templates speak of."""
    return {
        "event": delivery.event,
        "zone": delivery.event.zone,
        "name": told.name,
        "link": told.link,
        "overtaken": str(told.overtaken),
        "badge": told.badge,
        "code_id": code_id,
        **told.words,
    }


def _render(delivery: Delivery, name: str, words: dict[str, object]) -> str:
    """Render a template without the request's context processors, of which a worker has none."""
    return current_app.jinja_env.get_template(f"mail/{delivery.kind}/{name}").render(words)


def wrapped(text: str) -> str:
    """Return plain text with lines of at most `WIDTH` signs, links whole, no two empty lines."""
    lines = [_wrapped_line(line) for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _wrapped_line(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    return _filled(line)


@lru_cache(maxsize=256)
def _filled(line: str) -> str:
    """Return a long line as several; most are in many mails."""
    hanging = re.match(r" *(?:[-–•] |[0-9]{1,3}\. |> )?", line)
    indent = " " * hanging.end() if hanging else ""
    if hanging and hanging[0].endswith("> "):
        indent = hanging[0]
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
