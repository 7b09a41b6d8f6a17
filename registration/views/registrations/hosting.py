"""Say what the door must know of one person, and who is told when they arrive."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.forms.hosting import HostingForm
from registration.models.accounts import AccountRole
from registration.services import events, registrations
from registration.views.accounts import actor, guard
from registration.views.registrations.console import load

blueprint = Blueprint("hosting", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.route("/<slug>/registrations/<uuid:registration_id>/door", methods=["GET", "POST"])
def edit(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Show the note and the host's address, and take over what was entered."""
    event = events.get_prospectus(slug).event
    registration = load(event, registration_id)
    form = HostingForm(obj=registration)
    if form.validate_on_submit():
        with transaction():
            changed = registrations.set_hosting(
                load(event, registration_id),
                gate_note=form.gate_note.data or "",
                host_email=form.host_email.data or "",
                actor=actor(),
            )
        saved = _("Saved. Devices learn of it with their next manifest.")
        flash(saved if changed else _("Nothing was changed."))
        here = url_for("registrations_console.show", slug=slug, registration_id=registration_id)
        return redirect(here, 303)
    page = render_template(
        "console/hosting.html", event=event, registration=registration, form=form
    )
    return page, 422 if form.errors else 200
