"""Invitations of the alliance: to one person by mail, or by a link with a number of places."""

import uuid
from collections.abc import Callable, Sequence

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import Conflict, Duplicate
from registration.forms.invitations import InviteForm, LinkForm
from registration.models.invitations import IS_UNANSWERED, MAY_BE_USED, Invitation, InvitationKind
from registration.models.roles import Coordination, Role
from registration.queue import nudge
from registration.services import invitations
from registration.views.accounts import actor, delegation
from registration.views.coordinate.nominations import too_late
from registration.views.coordinate.surface import page, part

blueprint = part("invitations")

MOST_SHOWN = 500


def offered_roles() -> Sequence[Role]:
    """Return the roles that a coordinator may invite for: those in which they see to people."""
    roles = delegation().prospectus.roles
    return [role for role in roles if role.coordination != Coordination.NONE]


@blueprint.get("/invitations")
def show(**_place: str) -> ResponseReturnValue:
    """Show the alliance's invitations and links."""
    return _page()


def _page(*, problem: str = "") -> str:
    here = delegation()
    found = invitations.list_invitations(
        here.prospectus.event.id, here.alliance.id, most=MOST_SHOWN
    )
    links = [each for each in found if each.invitation.kind == InvitationKind.LINK]
    return page(
        "invitations.html",
        personal=[each for each in found if each.invitation.kind == InvitationKind.PERSONAL],
        links=links,
        addresses={each.invitation.id: invitations.address_of(each.invitation) for each in links},
        deadline_of=invitations.deadline_of,
        unanswered=IS_UNANSWERED,
        usable=MAY_BE_USED,
        may_invite=bool(offered_roles()),
        problem=problem,
    )


@blueprint.route("/invitations/person", methods=["GET", "POST"])
def invite(**_place: str) -> ResponseReturnValue:
    """Invite one person by mail."""
    if refused := too_late():
        return refused
    here = delegation()
    form = InviteForm()
    form.offer(here.prospectus, alliance=here.alliance, roles=offered_roles())
    if not form.validate_on_submit():
        return page("invite.html", form=form), 422 if form.errors else 200
    try:
        with transaction():
            invitations.invite(here.prospectus, **form.addressee(), **form.offered(), actor=actor())
    except Duplicate:
        form.email.errors = [
            _("This person has an invitation that waits for an answer. You can remind them.")
        ]
        return page("invite.html", form=form), 409
    nudge("deliveries.send_due")
    flash(_("The invitation is on its way to %(email)s.", email=form.email.data))
    return redirect(url_for("coordinate.invitations.show"), 303)


@blueprint.route("/invitations/link", methods=["GET", "POST"])
def make_link(**_place: str) -> ResponseReturnValue:
    """Make a link by which several people can register for the alliance."""
    if refused := too_late():
        return refused
    here = delegation()
    form = LinkForm()
    form.offer(here.prospectus, alliance=here.alliance, roles=offered_roles())
    if not form.validate_on_submit():
        return page("link.html", form=form), 422 if form.errors else 200
    with transaction():
        invitations.make_link(
            here.prospectus, places=form.places.data, **form.offered(), actor=actor()
        )
    flash(_("The link is ready. Copy it from the list and send it to your people."))
    return redirect(url_for("coordinate.invitations.show", _anchor="links"), 303)


def _load(invitation_id: uuid.UUID) -> Invitation:
    """Return one invitation of this alliance.

    Raises:
        NotFound: it has none with this id.
    """
    here = delegation()
    return invitations.get(
        invitation_id, event_id=here.prospectus.event.id, alliance_id=here.alliance.id
    )


@blueprint.post("/invitations/<uuid:invitation_id>/remind")
def remind(invitation_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Remind somebody who has not answered; once a day at most."""
    who = actor()
    return _act(
        lambda: invitations.remind(_load(invitation_id), actor=who),
        _("A reminder is on its way."),
        otherwise=_("There was a reminder within a day; no other was sent."),
    )


@blueprint.route("/invitations/<uuid:invitation_id>/revoke", methods=["GET"])
def ask_revoke(invitation_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Ask whether an invitation shall really be taken back."""
    return page("revoke.html", standing=invitations.standing_of(_load(invitation_id)))


@blueprint.post("/invitations/<uuid:invitation_id>/revoke")
def revoke(invitation_id: uuid.UUID, **_place: str) -> ResponseReturnValue:
    """Take an invitation back: its link stops at once; who has registered by it stays."""
    who = actor()
    return _act(
        lambda: invitations.revoke(_load(invitation_id), actor=who),
        _("Withdrawn: the link has stopped. Who has registered by it keeps their place."),
    )


def _act(work: Callable[[], object], done: str, *, otherwise: str = "") -> ResponseReturnValue:
    """Do one thing to an invitation and say so; ``otherwise`` is said of what returns False."""
    try:
        with transaction():
            result = work()
    except Conflict:
        late = _("This invitation has been answered or has ended. Below is how it stands now.")
        return _page(problem=late), 409
    nudge("deliveries.send_due")
    if result is False:
        flash(otherwise, "attention")
    else:
        flash(done)
    return redirect(url_for("coordinate.invitations.show"), 303)
