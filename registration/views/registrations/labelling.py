"""Say what a person's badge shows beyond the name, their room, and their place in the protocol."""

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.forms.labelling import LabelForm
from registration.models.accounts import AccountRole
from registration.queue import nudge
from registration.services import events, registrations
from registration.views.accounts import actor, guard
from registration.views.registrations.console import load

blueprint = Blueprint("labelling", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.route("/<slug>/registrations/<uuid:registration_id>/label", methods=["GET", "POST"])
def edit(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Show what the badge says, and take over what was entered."""
    event = events.get_prospectus(slug).event
    registration = load(event, registration_id)
    form = LabelForm(obj=registration)
    if form.validate_on_submit():
        who = actor()
        with transaction():
            changed = registrations.set_label(load(event, registration_id), form.label(), actor=who)
        nudge("deliveries.send_due")
        flash(_saved() if changed else _("Nothing was changed."))
        here = url_for("registrations_console.show", slug=slug, registration_id=registration_id)
        return redirect(here, 303)
    page = render_template("console/label.html", event=event, registration=registration, form=form)
    return page, 422 if form.errors else 200


def _saved() -> str:
    return str(
        _("Saved. A badge that is printed already shows the old words; it stays good at the door.")
    )
