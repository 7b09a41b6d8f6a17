"""The console's returned mail: what came back, of whom and why, and trying again."""

import uuid
from collections.abc import Iterable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.models.accounts import Account, AccountRole
from registration.models.deliveries import Bounce
from registration.models.events import Event
from registration.queue import nudge
from registration.services import accounts, bounces, events
from registration.services.bounces import listing
from registration.services.bounces.listing import PAGE, Shelf
from registration.views.accounts import actor, guard, signed_in

blueprint = Blueprint("bounces", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

NO_EVENT = uuid.UUID(int=0)


@blueprint.app_template_global()
def mail_flags(addresses: Iterable[str]) -> Mapping[str, bounces.Flag]:
    """Return which of these addresses get no mail, by the address in small letters."""
    return bounces.of_addresses(list(addresses))


@blueprint.app_template_global()
def count_unreachable(event: Event) -> int:
    """Return how many of the event's people get no mail."""
    return bounces.count_people(event.id)


def _sees_all() -> bool:
    """Return whether who has signed in answers for every event, and not for some only."""
    return accounts.may_see_event(signed_in() or Account(), NO_EVENT)


@blueprint.get("/<slug>/bounces")
def list_bounces(slug: str) -> ResponseReturnValue:
    """Show what came back: of mails that did not arrive, or with ``?show=`` the others."""
    event = events.get_prospectus(slug).event
    shelves = [shelf for shelf in Shelf if shelf != Shelf.UNKNOWN or _sees_all()]
    asked = request.args.get("show", Shelf.MISSED)
    shelf = Shelf(asked) if asked in shelves else Shelf.MISSED
    counts = {each: listing.count(event.id, each) for each in shelves}
    pages = max(1, -(-counts[shelf] // PAGE))
    number = max(1, min(request.args.get("page", 1, int), pages))
    rows = listing.list_bounces(event.id, shelf, page=number)
    return render_template(
        "console/bounces.html",
        event=event,
        shelf=shelf,
        counts=counts,
        rows=rows,
        number=number,
        pages=pages,
        retried=listing.retried(rows),
        reasons={row.id: _reason(row) for row in rows},
        mailboxes=listing.list_mailboxes(),
        is_silent=listing.is_silent,
    )


def _reason(bounce: Bounce) -> str:
    return (
        bounces.reason_of(bounce.status, bounce.diagnostic) if bounce.kind in listing.KINDS else ""
    )


@blueprint.post("/<slug>/bounces/<uuid:bounce_id>")
def try_again(slug: str, bounce_id: uuid.UUID) -> ResponseReturnValue:
    """Take the flag off the address, and send the mail once more."""
    event = events.get_prospectus(slug).event
    with transaction():
        is_sent = listing.try_again(bounce_id, event_id=event.id, actor=actor())
    nudge("deliveries.send_due")
    if is_sent:
        flash(_("The mail goes out once more. Should it come back again, it appears here again."))
    else:
        flash(
            _("The mail was sent once more already, or cannot be: see the person’s page."),
            "attention",
        )
    return redirect(url_for("bounces.list_bounces", slug=slug), 303)
