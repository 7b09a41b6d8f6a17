"""Badge sheets: badges as PDF, A6 portrait, a page each."""

import io
import uuid

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from registration.errors import NotFound
from registration.services import badges, registrations
from registration.services.badges import codes

SIZE = (105 * mm, 148 * mm)
MODULE = 32 * mm / 45


def badge_pdf(registration_id: uuid.UUID) -> bytes:
    """Return the badge of one registration as a PDF of one A6 page.

    Raises:
        NotFound: there is no such registration, or it has no badge.
    """
    registration = registrations.get(registration_id)
    if registration.badge is None:
        raise NotFound(noun="badge")
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=SIZE, invariant=1)
    canvas.setFont("Helvetica-Bold", 24)
    canvas.drawString(10 * mm, 110 * mm, registration.given_name)
    canvas.drawString(10 * mm, 100 * mm, registration.family_name)
    modules = codes.matrix(badges.token_of(registration.badge))
    for x, y, length in codes.runs(modules):
        canvas.rect(
            60 * mm + x * MODULE, 50 * mm - y * MODULE, length * MODULE, MODULE, stroke=0, fill=1
        )
    canvas.setFont("Helvetica", 9)
    canvas.drawString(65 * mm, 15 * mm, registration.short_code)
    canvas.save()
    return buffer.getvalue()
