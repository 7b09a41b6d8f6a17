"""Previews of mails: pages for a frame of the editor, under a policy of their own."""

from collections.abc import Callable

from flask import Response, render_template, request
from flask_babel import gettext as _

from registration.errors import NotFound
from registration.forms.wordings import fault_sentence
from registration.services import wordings
from registration.services.wordings import Family, Text, Unreadable

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "form-action 'none'; base-uri 'none'; sandbox"
)
"""Mails have their styles inside; nothing else of them may do anything."""


def previewed(
    text: Text, family: Family, write: Callable[[str], object], *, note: str = ""
) -> Response:
    """Return the mail as a page for a frame, in the form that was asked for; or what is wrong.

    Args:
        text: as it stands in the editor.
        family: of the mail.
        write: returns the mail's texts for a sample.
        note: what else the reader must know of it.
    """
    from registration.services.deliveries.texts import Texts  # noqa: PLC0415  # keeps the web light

    problems = [
        fault_sentence(each)
        for faults in wordings.problems_of(text, family)[1].values()
        for each in faults
    ]
    texts = None
    if not problems:
        try:
            texts = write(request.form.get("sample", ""))
        except Unreadable:
            problems = [_("Subject and text are needed, and must not be too long.")]
        except NotFound:
            problems = [_("Choose a person whose data the preview shall show.")]
    page = render_template(
        "wordings/preview.html",
        problems=problems,
        texts=texts if isinstance(texts, Texts) else None,
        is_plain=request.form.get("form") == "text",
        note=note,
    )
    return Response(page, headers={"Content-Security-Policy": POLICY})
