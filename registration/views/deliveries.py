"""The outbox: which mails stand where and why, each as its reader sees it, and what to do."""

import uuid
from dataclasses import dataclass
from types import ModuleType

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from flask import url_for as address_of
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from registration import clock
from registration.database import transaction
from registration.errors import Invalid, NotFound
from registration.models.accounts import AccountRole
from registration.models.deliveries import Delivery, DeliveryState
from registration.models.events import Event
from registration.queue import nudge
from registration.services import events
from registration.services.deliveries import channels, keeping, listing, repeating
from registration.services.deliveries.keeping import Action, Selection
from registration.views.accounts import actor, density, guard

blueprint = Blueprint("outbox", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

PAGE_SIZES = {"comfortable": 50, "compact": 100}
MOST_MARKED = 200
FRAME = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
"""A mail shown in a frame runs nothing, loads nothing and leads nowhere."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address of the list asks for; what it asks wrongly counts as not asked."""

    state: str
    kind: str
    query: str
    page: int

    @classmethod
    def read(cls) -> "Asked":
        """Return what this request asks for, in its address or in its form."""
        told = request.values
        return cls(
            state=told.get("state", "") if told.get("state") in set(DeliveryState) else "",
            kind=told.get("kind", "")[:16],
            query=told.get("q", "").strip()[:200],
            page=told.get("page", 1, int),
        )

    def selection(self, event: Event) -> Selection:
        """Return which mails are meant."""
        states = (DeliveryState(self.state),) if self.state else ()
        return Selection(event_id=event.id, states=states, kind=self.kind, query=self.query)


@blueprint.get("/<slug>/outbox")
def show(slug: str) -> ResponseReturnValue:
    """Show how the event's mails stand, and one page of those that are searched for."""
    event = events.get_prospectus(slug).event
    asked = Asked.read()
    page = listing.search(
        asked.selection(event),
        page=max(1, min(asked.page, 1_000_000)),
        size=PAGE_SIZES[density()],
    )
    return render_template(
        "console/outbox.html",
        event=event,
        asked=asked,
        page=page,
        states=listing.count_states(event.id),
        kinds=listing.list_kinds(event.id),
        bounced=listing.bounced(row.recipient for row in page.rows),
        may=keeping.may,
        actions=list(Action),
        **mail_accounts(),
    )


def mail_accounts() -> dict[str, object]:
    """Return what the pages say of mail accounts that take nothing from us."""
    paused = channels.list_paused()
    tries = {each.name: channels.next_try(each) for each in paused}
    return {
        "paused": paused,
        "tries": tries,
        "all_paused": len(paused) == len(channels.accounts()),
        "open_states": listing.OPEN,
        "now": clock.now(),
    }


@blueprint.post("/<slug>/outbox")
def act(slug: str) -> ResponseReturnValue:
    """Do something to several mails: say how many first, then do it.

    Raises:
        Invalid: the request names nothing that can be done.
    """
    event = events.get_prospectus(slug).event
    action, asked, ids = _action(), Asked.read(), _marked()
    selection = asked.selection(event)
    if "all" not in request.form:
        selection = Selection(event_id=event.id, ids=ids)
    if not request.form.get("sure"):
        return render_template(
            "console/outbox-ask.html",
            event=event,
            action=action,
            asked=asked,
            ids=ids,
            is_all="all" in request.form,
            count=keeping.count(action, selection),
            key=uuid.uuid4().hex,
        )
    _do(action, selection)
    return redirect(address_of("outbox.show", slug=slug, state=asked.state or None), 303)


def _do(action: Action, selection: Selection) -> None:
    """Do it, let senders look, and say how many mails it was."""
    with transaction():
        done = keeping.act(action, selection, actor=actor(), key=request.form.get("key", "")[:32])
    nudge("deliveries.send_due")
    flash(_said(action, done), "message" if done else "attention")


def _said(action: Action, done: int) -> str:
    if not done:
        return str(_("Nothing was changed: the mail is being sent, or stands elsewhere by now."))
    texts = {
        Action.RETRY: ngettext("%(num)s mail is tried now.", "%(num)s mails are tried now.", done),
        Action.HOLD: ngettext("%(num)s mail is held back.", "%(num)s mails are held back.", done),
        Action.RELEASE: ngettext("%(num)s mail goes out now.", "%(num)s mails go out now.", done),
        Action.DISCARD: ngettext(
            "%(num)s mail is discarded.", "%(num)s mails are discarded.", done
        ),
        Action.RESEND: ngettext(
            "%(num)s mail is sent once more.", "%(num)s mails are sent once more.", done
        ),
    }
    return str(texts[action])


def _action() -> Action:
    try:
        return Action(request.form.get("do", ""))
    except ValueError as error:
        raise Invalid(fields={"do": "unknown"}) from error


def _marked() -> list[uuid.UUID]:
    """Return the ids of the rows that were marked; what is no id is left out."""
    found: dict[uuid.UUID, None] = {}
    for text in request.form.getlist("id")[:MOST_MARKED]:
        try:
            found[uuid.UUID(text)] = None
        except ValueError:
            continue
    return list(found)


@blueprint.post("/<slug>/outbox/accounts")
def try_again(slug: str) -> ResponseReturnValue:
    """Let the next mail try an account that is paused, at once; where none is due, go on."""
    events.get_prospectus(slug)
    try:
        with transaction():
            is_paused = channels.try_again(request.form.get("name", ""))
    except NotFound:
        is_paused = False
    nudge("deliveries.send_due")
    if is_paused:
        flash(_("The next mail tries it. Look again in a few seconds."))
    else:
        flash(_("This mail account is not paused any more."))
    return redirect(address_of("outbox.show", slug=slug), 303)


def _load(slug: str, delivery_id: uuid.UUID) -> Delivery:
    event = events.get_prospectus(slug).event
    return listing.get(delivery_id, event_id=event.id)


@blueprint.get("/<slug>/outbox/<uuid:delivery_id>")
def show_one(slug: str, delivery_id: uuid.UUID) -> ResponseReturnValue:
    """Show one mail: where it stands and why, and what its reader sees."""
    delivery = _load(slug, delivery_id)
    return render_template(
        "console/outbox-mail.html",
        event=events.get_prospectus(slug).event,
        delivery=delivery,
        shown=_showing().show(delivery),
        address=repeating.present_address(delivery),
        is_test=repeating.is_test(delivery),
        bounced=listing.bounced([delivery.recipient]),
        actions=keeping.possible(delivery.id),
        key=uuid.uuid4().hex,
        **mail_accounts(),
    )


@blueprint.get("/<slug>/outbox/<uuid:delivery_id>/page")
def page(slug: str, delivery_id: uuid.UUID) -> ResponseReturnValue:
    """Answer with the mail's HTML alone, for the frame that shows it.

    Raises:
        NotFound: there is no such mail, or it cannot be shown.
    """
    shown = _showing().show(_load(slug, delivery_id))
    if shown is None:
        raise NotFound(noun="mail", name=str(delivery_id))
    return framed(shown.page)


def framed(page: str) -> Response:
    """Return a page of foreign HTML that may do nothing, for a frame."""
    response = make_response(page)
    response.headers["Content-Security-Policy"] = FRAME
    return response


def _showing() -> ModuleType:
    from registration.services.deliveries import showing  # noqa: PLC0415  # a web process is light

    return showing


@blueprint.post("/<slug>/outbox/<uuid:delivery_id>")
def act_on(slug: str, delivery_id: uuid.UUID) -> ResponseReturnValue:
    """Do something to one mail."""
    delivery = _load(slug, delivery_id)
    _do(_action(), Selection(event_id=delivery.event_id, ids=[delivery_id]))
    return redirect(address_of("outbox.show_one", slug=slug, delivery_id=delivery_id), 303)
