"""The rules of an event: deadlines, waiting list, addresses, and how people come to each role."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.forms.rules import RoleForm, RulesForm
from registration.models.accounts import AccountRole
from registration.models.gates import Reentry
from registration.models.roles import Coordination, RoleAccess
from registration.services import events
from registration.services.events import Prospectus
from registration.services.events.rules import change_role, change_rules
from registration.views.accounts import actor, guard

blueprint = Blueprint("rules", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.route("/<slug>/rules", methods=["GET", "POST"])
def edit(slug: str) -> ResponseReturnValue:
    """Show the rules, and take over what was entered, all of it or nothing."""
    prospectus = events.get_prospectus(slug)
    form = RulesForm(prospectus)
    roles = [RoleForm(role) for role in prospectus.roles]
    if request.method == "POST":
        good = [form.validate(), *(each.validate() for each in roles)]
        if all(good):
            changed = _save(prospectus, form, roles)
            flash(_("The rules have been changed.") if changed else _("Nothing was changed."))
            return redirect(url_for("rules.edit", slug=slug), 303)
    page = render_template("console/rules.html", event=prospectus.event, form=form, roles=roles)
    faulty = bool(form.errors) or any(each.errors for each in roles)
    return page, 422 if faulty else 200


def _save(prospectus: Prospectus, form: RulesForm, roles: Sequence[RoleForm]) -> bool:
    who, event_id = actor(), prospectus.event.id
    with transaction():
        changed = change_rules(event_id, form.rules(), actor=who)
        for each in roles:
            changed |= change_role(
                event_id,
                each.role.code,
                access=RoleAccess(each.access.data),
                coordination=Coordination(each.coordination.data or Coordination.NONE),
                reentry=Reentry(each.reentry.data or each.role.reentry),
                actor=who,
            )
    return changed
