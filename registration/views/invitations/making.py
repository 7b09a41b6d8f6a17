"""The console's pages that make invitations: to one, to many, or a link."""

from collections.abc import Sequence
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from registration.database import transaction
from registration.errors import Duplicate
from registration.forms.invitations import InviteForm, Line, LinkForm, ListForm
from registration.forms.invitations.offering import OfferForm
from registration.models.accounts import AccountRole
from registration.queue import nudge
from registration.services import events, invitations
from registration.services.events import Prospectus
from registration.views.accounts import actor, guard

blueprint = Blueprint("invitations_making", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

IN_ONE_TRANSACTION = 20
"""So many invitations share a transaction: registrations and scans get their turn in between."""

AnyForm = TypeVar("AnyForm", bound=OfferForm)


def _offered(form: AnyForm, slug: str) -> tuple[AnyForm, Prospectus]:
    prospectus = events.get_prospectus(slug)
    form.offer(prospectus)
    return form, prospectus


def _to_list(slug: str) -> ResponseReturnValue:
    return redirect(url_for("invitations_console.list_invitations", slug=slug), 303)


@blueprint.route("/<slug>/invitations/new", methods=["GET", "POST"])
def invite(slug: str) -> ResponseReturnValue:
    """Invite one person by mail."""
    form, prospectus = _offered(InviteForm(), slug)
    if form.validate_on_submit():
        try:
            with transaction():
                invitations.invite(prospectus, **form.addressee(), **form.offered(), actor=actor())
        except Duplicate:
            form.email.errors = [_("This person has an invitation that waits for an answer.")]
        else:
            nudge("deliveries.send_due")
            flash(_("The invitation to %(email)s is on its way.", email=form.email.data))
            return _to_list(slug)
    page = render_template("console/invitations-new.html", event=prospectus.event, form=form)
    return page, 422 if form.errors else 200


@blueprint.route("/<slug>/invitations/link", methods=["GET", "POST"])
def make_link(slug: str) -> ResponseReturnValue:
    """Make a link, and show it."""
    form, prospectus = _offered(LinkForm(), slug)
    if form.validate_on_submit():
        places = form.places.data or 0
        with transaction():
            link = invitations.make_link(prospectus, places=places, **form.offered(), actor=actor())
            link_id = link.id
        flash(_("The link works from now on."))
        here = url_for("invitations_console.show", slug=slug, invitation_id=link_id)
        return redirect(here, 303)
    page = render_template("console/invitations-link.html", event=prospectus.event, form=form)
    return page, 422 if form.errors else 200


@blueprint.route("/<slug>/invitations/several", methods=["GET", "POST"])
def invite_several(slug: str) -> ResponseReturnValue:
    """Show a pasted list as it was understood, then invite those who can be."""
    form, _prospectus = _offered(ListForm(), slug)
    if not form.validate_on_submit():
        return _several_page(form, ()), 422 if form.errors else 200
    lines = form.lines_without(form.find_invited())
    if request.form.get("sure") != form.mark:
        return _several_page(form, lines)
    _invite_all(form, [line for line in lines if not line.problem])
    return _to_list(slug)


def _several_page(form: ListForm, lines: Sequence[Line]) -> str:
    return render_template(
        "console/invitations-several.html", event=form.prospectus.event, form=form, lines=lines
    )


def _invite_all(form: ListForm, lines: Sequence[Line]) -> None:
    who, invited = actor(), 0
    for start in range(0, len(lines), IN_ONE_TRANSACTION):
        with transaction():
            for line in lines[start : start + IN_ONE_TRANSACTION]:
                invited += _invite_one(form, line, who)
    nudge("deliveries.send_due")
    flash(
        ngettext(
            "%(num)s invitation is on its way.", "%(num)s invitations are on their way.", invited
        )
    )


def _invite_one(form: ListForm, line: Line, who: str) -> bool:
    """Invite one person; return False if somebody else just has, with nothing written."""
    try:
        invitations.invite(
            form.prospectus,
            email=line.email,
            salutation=line.salutation,
            title=line.title,
            given_name=line.given_name,
            family_name=line.family_name,
            locale=form.locale.data,
            **form.offered(),
            actor=who,
        )
    except Duplicate:
        return False
    return True
