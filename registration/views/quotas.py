"""Places by alliance × role: the matrix, and the page that sets one quota."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import NotFound
from registration.forms.quotas import QuotaForm
from registration.models.accounts import AccountRole
from registration.models.alliances import Alliance
from registration.models.roles import Role
from registration.services import events, matrix, quotas
from registration.services.events import Prospectus
from registration.views.accounts import actor, guard

blueprint = Blueprint("quotas", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.get("/<slug>/places")
def show(slug: str) -> ResponseReturnValue:
    """Show places, taken and free for every alliance and role."""
    prospectus = events.get_prospectus(slug)
    return render_template(
        "console/places.html",
        event=prospectus.event,
        prospectus=prospectus,
        matrix=matrix.load(prospectus.event.id),
    )


def _scope(prospectus: Prospectus) -> tuple[Alliance | None, Role | None]:
    """Return the alliance and role that the address names; none of one means any.

    Raises:
        NotFound: the event has no such alliance or role.
    """
    alliance_code, role_code = request.args.get("alliance", ""), request.args.get("role", "")
    alliance = prospectus.find_alliance(alliance_code)
    role = prospectus.find_role(role_code)
    if (alliance_code and alliance is None) or (role_code and role is None):
        raise NotFound(noun="quota")
    return alliance, role


@blueprint.route("/<slug>/places/edit", methods=["GET", "POST"])
def edit(slug: str) -> ResponseReturnValue:
    """Set the places of one cell, row, column or of the event; empty means no limit."""
    prospectus = events.get_prospectus(slug)
    alliance, role = _scope(prospectus)
    ids = (alliance.id if alliance else None, role.id if role else None)
    cell = matrix.load(prospectus.event.id).cell(*ids)
    form = QuotaForm(data={"places": cell.places})
    if form.validate_on_submit():
        with transaction():
            quotas.set_quota(
                event_id=prospectus.event.id,
                places=form.places.data,
                alliance_id=ids[0],
                role_id=ids[1],
                actor=actor(),
            )
        flash(_("The places have been set."))
        return redirect(url_for("quotas.show", slug=slug), 303)
    page = render_template(
        "console/places-edit.html",
        event=prospectus.event,
        form=form,
        cell=cell,
        alliance=alliance,
        role=role,
    )
    return page, 422 if form.errors else 200
