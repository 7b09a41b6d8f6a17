"""Give one person several roles, or others: the places move with them, or nothing changes."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import QuotaExhausted, TransitionRefused
from registration.languages import in_language
from registration.models.accounts import AccountRole
from registration.models.registrations import IS_OPEN
from registration.models.roles import Role
from registration.queue import nudge
from registration.services import events, matrix, quotas, registrations
from registration.services.events import Prospectus
from registration.views.accounts import actor, guard
from registration.views.registrations.console import load, person_page

blueprint = Blueprint("roles", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.route("/<slug>/registrations/<uuid:registration_id>/roles", methods=["GET", "POST"])
def change(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Show the roles of one person and where places are free; give exactly those chosen."""
    prospectus = events.get_prospectus(slug)
    if request.method == "GET":
        registration = load(prospectus.event, registration_id)
        if registration.state not in IS_OPEN:
            return person_page(slug, registration_id, problem=_over()), 409
        return _page(prospectus, registration_id, {role.id for role in registration.roles})
    codes = set(request.form.getlist("role"))
    chosen = [role for role in prospectus.roles if role.code in codes]
    try:
        problem = _refusal(prospectus, registration_id, chosen)
        if not problem:
            _give(prospectus, registration_id, chosen)
    except QuotaExhausted as error:
        problem = _full(prospectus, int(str(error.details["quota_id"])))
    except TransitionRefused:
        return person_page(slug, registration_id, problem=_over()), 409
    if problem:
        ids = {role.id for role in chosen}
        return _page(prospectus, registration_id, ids, problem=problem), 422
    flash(_("The roles have been changed, and a mail says so."))
    here = url_for("registrations_console.show", slug=slug, registration_id=registration_id)
    return redirect(here, 303)


def _page(
    prospectus: Prospectus, registration_id: uuid.UUID, chosen: set[int], *, problem: str = ""
) -> str:
    present = matrix.load(prospectus.event.id)
    registration = load(prospectus.event, registration_id)
    alliance_id = registration.alliance_id or matrix.NO_ALLIANCE
    has_place = registration.holds_place
    return render_template(
        "console/roles.html",
        event=prospectus.event,
        registration=registration,
        roles=sorted(prospectus.roles, key=lambda role: role.rank),
        held={role.id for role in registration.roles} if has_place else set(),
        free={
            role.id: present.free_beside(alliance_id, role.id)
            if has_place
            else present.cell(alliance_id, role.id).free
            for role in prospectus.roles
        },
        chosen=chosen,
        problem=problem,
    )


def _refusal(prospectus: Prospectus, registration_id: uuid.UUID, chosen: list[Role]) -> str:
    """Say why these roles cannot be given, whatever places there are; empty if they can."""
    if not chosen:
        return str(_("Choose at least one role."))
    registration = load(prospectus.event, registration_id)
    tied = [role for role in chosen if role.needs_alliance]
    if tied and registration.alliance_id is None:
        name = in_language(tied[0].title)
        return str(
            _("“%(role)s” is for people of an alliance, and this person has none.", role=name)
        )
    return ""


def _give(prospectus: Prospectus, registration_id: uuid.UUID, chosen: list[Role]) -> None:
    with transaction():
        registration = load(prospectus.event, registration_id)
        registrations.change_roles(registration, chosen, actor=actor())
    nudge("deliveries.send_due")


def _full(prospectus: Prospectus, quota_id: int) -> str:
    """Say which quota has no place."""
    names = {each.id: each.name for each in prospectus.alliances}
    titles = {each.id: in_language(each.title) for each in prospectus.roles}
    for quota in quotas.list_quotas(prospectus.event.id):
        if quota.id == quota_id:
            parts = [names.get(quota.alliance_id or 0), titles.get(quota.role_id or 0)]
            scope = ", ".join(filter(None, parts)) or _("the whole event")
            return str(
                _(
                    "No place is free: %(quota)s has %(places)s, and %(taken)s are taken.",
                    quota=scope,
                    places=quota.places,
                    taken=quota.taken,
                )
            )
    return str(_("No place is free any more."))


def _over() -> str:
    return str(_("This registration is over; its roles stay as they were."))
