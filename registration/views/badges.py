"""The console's badges: all of an event as one PDF, or one of them."""

import uuid

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from registration import languages
from registration.database import transaction
from registration.errors import NotFound
from registration.models.accounts import AccountRole
from registration.models.jobs import JobKind
from registration.services import audit, events, registrations
from registration.views.accounts import actor, guard
from registration.views.rosters import start

blueprint = Blueprint("badges", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.post("/<slug>/badges")
def ask(slug: str) -> ResponseReturnValue:
    """Ask for all badges of the event as one PDF."""
    start(slug, JobKind.BADGES, locale=languages.current())
    return redirect(url_for("rosters.show", slug=slug, _anchor="files"), 303)


@blueprint.get("/<slug>/registrations/<uuid:registration_id>/badge.pdf")
def download(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Send one badge as a PDF page; each download is written down."""
    from registration.services.badges import sheets  # noqa: PLC0415  # ReportLab only where needed

    event = events.get_prospectus(slug).event
    with transaction():
        registration = registrations.get(registration_id)
        if registration.event_id != event.id or registration.badge is None:
            raise NotFound(noun="badge")
        short_code = registration.short_code
        audit.record(
            "badge.downloaded",
            actor=actor(),
            subject=f"registration:{registration.id}",
            event_id=event.id,
        )
    response = Response(sheets.badge_pdf(registration_id), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"badge-{short_code}.pdf")
    return response
