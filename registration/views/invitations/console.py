"""The console's invitations: who was invited, what became of it, remind and revoke."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from registration.database import transaction
from registration.errors import InvitationClosed
from registration.models.accounts import AccountRole
from registration.models.alliances import Alliance
from registration.models.invitations import (
    IS_UNANSWERED,
    MAY_BE_USED,
    InvitationKind,
    InvitationStatus,
)
from registration.queue import nudge
from registration.services import dossier, events, invitations
from registration.services.badges import codes
from registration.services.events import Prospectus
from registration.views.accounts import actor, density, guard

blueprint = Blueprint("invitations_console", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

PAGE_SIZES = {"comfortable": 50, "compact": 100}
MOST_PAGES = 1_000_000


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for; what it asks wrongly counts as not asked."""

    alliance: Alliance | None
    status: InvitationStatus | None
    number: int
    size: int

    @classmethod
    def read(cls, prospectus: Prospectus) -> "Asked":
        """Return what this request asks for."""
        status = request.args.get("status", "")
        return cls(
            alliance=prospectus.find_alliance(request.args.get("alliance", "")),
            status=InvitationStatus(status) if status in set(InvitationStatus) else None,
            number=max(1, min(request.args.get("page", 1, int), MOST_PAGES)),
            size=PAGE_SIZES[density()],
        )

    @property
    def alliance_id(self) -> int | None:
        """The alliance's id."""
        return self.alliance.id if self.alliance else None

    def rows(self, prospectus: Prospectus) -> Sequence[invitations.Standing]:
        """Return the page of invitations that is meant."""
        return invitations.list_invitations(
            prospectus.event.id,
            self.alliance_id,
            statuses=[self.status] if self.status else (),
            first=(self.number - 1) * self.size,
            most=self.size,
        )

    def pages(self, counts: Mapping[InvitationStatus, int]) -> int:
        """Return how many pages there are."""
        total = counts.get(self.status, 0) if self.status else sum(counts.values())
        return max(1, -(-total // self.size))


@blueprint.get("/<slug>/invitations")
def list_invitations(slug: str) -> ResponseReturnValue:
    """Show the invitations, those of one status or alliance if that is asked for."""
    prospectus = events.get_prospectus(slug)
    asked = Asked.read(prospectus)
    counts = invitations.count_statuses(prospectus.event.id, asked.alliance_id)
    rows = asked.rows(prospectus)
    return render_template(
        "console/invitations.html",
        event=prospectus.event,
        prospectus=prospectus,
        asked=asked,
        rows=rows,
        counts=counts,
        pages=asked.pages(counts),
        unanswered=sum(counts.get(each, 0) for each in IS_UNANSWERED),
        inviters=dossier.names_of(each.invitation.created_by for each in rows),
    )


@blueprint.get("/<slug>/invitations/<uuid:invitation_id>")
def show(slug: str, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Show one invitation: of a link its address and code, of a personal one what happened."""
    event = events.get_prospectus(slug).event
    invitation = invitations.get(invitation_id, event_id=event.id)
    status = invitations.standing_of(invitation).status
    is_link = invitation.kind == InvitationKind.LINK
    address = invitations.address_of(invitation) if is_link and status in MAY_BE_USED else ""
    picture = codes.svg(address, label=_("QR code of the link")) if address else ""
    return render_template(
        "console/invitations-one.html",
        event=event,
        invitation=invitation,
        status=status,
        deadline=invitations.deadline_of(invitation),
        is_unanswered=status in IS_UNANSWERED,
        may_be_used=status in MAY_BE_USED,
        address=address,
        picture=Markup(picture),  # noqa: S704  # drawn by us
        people=invitations.list_registered(invitation),
        inviters=dossier.names_of([invitation.created_by]),
    )


@blueprint.post("/<slug>/invitations/<uuid:invitation_id>/remind")
def remind(slug: str, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Remind one person who has not answered."""
    event_id = events.get_prospectus(slug).event.id
    here = redirect(
        url_for("invitations_console.show", slug=slug, invitation_id=invitation_id), 303
    )
    try:
        with transaction():
            invitation = invitations.get(invitation_id, event_id=event_id)
            reminded = invitations.remind(invitation, actor=actor())
    except InvitationClosed:
        flash(_("It was answered or has ended in the meantime; no reminder was sent."), "attention")
        return here
    if not reminded:
        flash(_("There was a reminder within the last day; no other was sent."), "attention")
        return here
    nudge("deliveries.send_due")
    flash(_("The reminder is on its way."))
    return here


@blueprint.get("/<slug>/invitations/remind")
def ask_remind_all(slug: str) -> ResponseReturnValue:
    """Ask whether all who have not answered are to be reminded."""
    event = events.get_prospectus(slug).event
    due = invitations.list_to_remind(event.id)
    return render_template("console/invitations-remind.html", event=event, due=due)


@blueprint.post("/<slug>/invitations/remind")
def remind_all(slug: str) -> ResponseReturnValue:
    """Remind all who have not answered and had no reminder within the last day."""
    event_id = events.get_prospectus(slug).event.id
    who = actor()
    reminded = last = 0
    while True:  # a transaction each hundred: registrations and scans get their turn in between
        with transaction():
            last = invitations.remind_all(event_id, actor=who)
        reminded += last
        if not last:
            break
    nudge("deliveries.send_due")
    flash(
        ngettext("%(num)s reminder is on its way.", "%(num)s reminders are on their way.", reminded)
    )
    return redirect(url_for("invitations_console.list_invitations", slug=slug), 303)


@blueprint.get("/<slug>/invitations/<uuid:invitation_id>/revoke")
def ask_revoke(slug: str, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Ask whether an invitation is really to be taken back."""
    event = events.get_prospectus(slug).event
    invitation = invitations.get(invitation_id, event_id=event.id)
    if invitations.standing_of(invitation).status not in MAY_BE_USED | {InvitationStatus.USED_UP}:
        return redirect(
            url_for("invitations_console.show", slug=slug, invitation_id=invitation_id), 303
        )
    return render_template("console/invitations-revoke.html", event=event, invitation=invitation)


@blueprint.post("/<slug>/invitations/<uuid:invitation_id>/revoke")
def revoke(slug: str, invitation_id: uuid.UUID) -> ResponseReturnValue:
    """Take an invitation back; its link stops at once."""
    event_id = events.get_prospectus(slug).event.id
    try:
        with transaction():
            invitation = invitations.get(invitation_id, event_id=event_id)
            invitations.revoke(invitation, actor=actor())
    except InvitationClosed:
        flash(_("It was answered in the meantime; nothing was changed."), "attention")
    else:
        flash(_("Withdrawn. The link does not work any more."))
    here = url_for("invitations_console.show", slug=slug, invitation_id=invitation_id)
    return redirect(here, 303)
