"""The console's findings: what scans have left for a person to look at, and what was said to it."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.forms.findings import ResolveForm
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.services import events
from registration.services.gates import devices, findings
from registration.views.accounts import actor, guard

blueprint = Blueprint("findings", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER, AccountRole.STAFF)

RESOLVED = "resolved"


@blueprint.app_template_global()
def open_findings(event: Event) -> int:
    """Return how many findings of an event wait for somebody; the navigation shows it."""
    return findings.count_open(event.id)


@blueprint.get("/<slug>/findings")
def list_findings(slug: str) -> ResponseReturnValue:
    """Show what is to be looked at, or with ``?show=resolved`` what was."""
    return _page(slug, ResolveForm(formdata=None))


def _page(slug: str, form: ResolveForm, *, wrong: uuid.UUID | None = None) -> str:
    prospectus = events.get_prospectus(slug)
    event = prospectus.event
    is_resolved = request.args.get("show") == RESOLVED
    return render_template(
        "console/findings.html",
        event=event,
        prospectus=prospectus,
        found=findings.list_found(event.id, is_resolved=is_resolved),
        is_resolved=is_resolved,
        waiting=findings.count_open(event.id),
        gates=devices.gate_names(event.id),
        names=findings.names_of_resolvers(event.id) if is_resolved else {},
        form=form,
        wrong=wrong,
    )


@blueprint.post("/<slug>/findings/<uuid:finding_id>")
def resolve(slug: str, finding_id: uuid.UUID) -> ResponseReturnValue:
    """Take a finding off the list, with what somebody says about it."""
    event = events.get_prospectus(slug).event
    findings.get(finding_id, event_id=event.id)
    form = ResolveForm()
    if not form.validate():
        return _page(slug, form, wrong=finding_id), 422
    with transaction():
        findings.resolve(finding_id, event_id=event.id, note=form.note.data or "", actor=actor())
    flash(_("Resolved. It is kept among the resolved ones."))
    return redirect(url_for("findings.list_findings", slug=slug), 303)
