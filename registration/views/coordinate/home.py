"""Where a coordinator begins: their alliances, by event."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from registration.models.accounts import Account, AccountRole
from registration.models.alliances import Alliance
from registration.models.events import Event
from registration.services import accounts
from registration.views.accounts import furnish, sign_in_required, signed_in
from registration.views.coordinate.surface import is_over, may_nominate, nominations_close_at

blueprint = Blueprint("home", __name__)
furnish(blueprint)


@dataclass(frozen=True)
class Task:
    """An event, and for which of its alliances the reader answers."""

    event: Event
    alliances: Sequence[Alliance]


@blueprint.get("/")
@sign_in_required(*AccountRole)
def show() -> ResponseReturnValue:
    """Show the alliances that the reader answers for, or go to the only one."""
    account = signed_in() or Account()
    if account.role != AccountRole.COORDINATOR:
        return redirect(url_for("accounts.home"))
    tasks = [
        Task(event, accounts.alliances_of(account, event.id))
        for event in accounts.events_of(account)
    ]
    theirs = [(task.event, alliance) for task in tasks for alliance in task.alliances]
    if len(theirs) == 1:
        [(event, alliance)] = theirs
        return redirect(url_for("coordinate.delegation.show", slug=event.slug, code=alliance.code))
    return render_template(
        "coordinate/home.html",
        tasks=[task for task in tasks if task.alliances],
        nominations_close_at=nominations_close_at,
        may_nominate=may_nominate,
        is_over=is_over,
    )
