"""The console's registrations: the list, one person, and what may be decided."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from registration.database import transaction
from registration.errors import Conflict, NotFound
from registration.forms.decisions import DeclineForm
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.registrations import Registration, RegistrationState
from registration.queue import nudge
from registration.services import badges, dossier, events, listing, overview, registrations
from registration.services.badges import codes
from registration.services.events import Prospectus
from registration.views.accounts import actor, density, guard
from registration.views.registrations.answers import answered_in_console
from registration.views.registrations.telling import story_of

blueprint = Blueprint("registrations_console", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

PAGE_SIZES = {"comfortable": 50, "compact": 100}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address of a list asks for; what it asks wrongly counts as not asked."""

    query: str
    alliance: str
    role: str
    state: str
    sort: str
    page: int

    @classmethod
    def read(cls) -> "Asked":
        """Return what this request asks for."""
        told = request.args
        return cls(
            query=" ".join(told.get("q", "").split())[:200],
            alliance=told.get("alliance", ""),
            role=told.get("role", ""),
            state=told.get("state", "") if told.get("state") in set(RegistrationState) else "",
            sort=told.get("sort", ""),
            page=told.get("page", 1, int),
        )

    def filter(self, prospectus: Prospectus) -> listing.Filter:
        """Return which registrations are meant."""
        alliance = prospectus.find_alliance(self.alliance)
        role = prospectus.find_role(self.role)
        return listing.Filter(
            query=self.query,
            alliance_id=alliance.id if alliance else None,
            role_id=role.id if role else None,
            state=RegistrationState(self.state) if self.state else None,
        )

    @property
    def order(self) -> listing.Order:
        """What to sort by; who waits, by their turn."""
        name = self.sort.removeprefix("-")
        if name in set(listing.Order):
            return listing.Order(name)
        is_queue = self.state == RegistrationState.WAITING
        return listing.Order.QUEUE if is_queue else listing.Order.NAME

    @property
    def is_descending(self) -> bool:
        """Whether the last comes first: the column's name with a minus before it."""
        return self.sort.startswith("-")


@blueprint.get("/<slug>/registrations")
def list_registrations(slug: str) -> ResponseReturnValue:
    """Show one page of the registrations that are searched for."""
    prospectus = events.get_prospectus(slug)
    asked = Asked.read()
    wanted = asked.filter(prospectus)
    page = listing.search(
        prospectus.event.id,
        wanted,
        page=max(1, min(asked.page, 1_000_000)),
        size=PAGE_SIZES[density()],
        order=asked.order,
        descending=asked.is_descending,
    )
    return render_template(
        "console/registrations.html",
        event=prospectus.event,
        prospectus=prospectus,
        asked=asked,
        wanted=wanted,
        page=page,
        states=overview.count_states(prospectus.event.id),
        alliance=prospectus.find_alliance(asked.alliance),
        role=prospectus.find_role(asked.role),
    )


def load(event: Event, registration_id: uuid.UUID) -> Registration:
    """Return one registration of this event.

    Raises:
        NotFound: the event has none with this id.
    """
    registration = registrations.get(registration_id)
    if registration.event_id != event.id:
        raise NotFound(noun="registration")
    return registration


@blueprint.get("/<slug>/registrations/<uuid:registration_id>")
def show(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Show everything that is known of one registration."""
    return person_page(slug, registration_id)


def person_page(slug: str, registration_id: uuid.UUID, *, problem: str = "") -> str:
    """Return the page of one person; ``problem`` says why nothing was changed."""
    prospectus = events.get_prospectus(slug)
    event = prospectus.event
    registration = load(event, registration_id)
    badge = registration.badge
    picture = codes.svg(badges.token_of(badge), label=_("Badge’s QR code")) if badge else ""
    return render_template(
        "console/registration.html",
        event=event,
        registration=registration,
        story=story_of(registration, prospectus.roles),
        presence=dossier.find_presence(registration),
        position=registrations.position(registration),
        party=dossier.list_party(registration),
        predecessor=dossier.find_predecessor(registration),
        successor=registrations.find_successor(registration),
        invitation=dossier.find_invitation(registration),
        answers=answered_in_console(registration, slug),
        picture=Markup(picture),  # noqa: S704  # drawn by us
        problem=problem,
    )


def _act(
    slug: str, registration_id: uuid.UUID, work: Callable[[Registration], Any], done: str
) -> ResponseReturnValue:
    """Do one thing to a registration; if somebody was faster, show what is there now."""
    event = events.get_prospectus(slug).event
    try:
        with transaction():
            work(load(event, registration_id))
    except Conflict:
        late = _(
            "Somebody was faster: this registration has been decided in the meantime. "
            "Nothing was changed by you; below is how it stands now."
        )
        return person_page(slug, registration_id, problem=late), 409
    nudge("deliveries.send_due")
    flash(done)
    here = url_for("registrations_console.show", slug=slug, registration_id=registration_id)
    return redirect(here, 303)


@blueprint.post("/<slug>/registrations/<uuid:registration_id>/approve")
def approve(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm a request."""
    who = actor()
    done = _("Approved. The confirmation with the badge is on its way.")
    return _act(slug, registration_id, lambda row: registrations.approve(row, actor=who), done)


@blueprint.post("/<slug>/registrations/<uuid:registration_id>/resend")
def resend(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Send the mail that tells the present state once more."""
    who = actor()
    done = _("The mail is on its way once more.")
    return _act(slug, registration_id, lambda row: registrations.resend(row, actor=who), done)


@blueprint.route("/<slug>/registrations/<uuid:registration_id>/decline", methods=["GET", "POST"])
def decline(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for the reason, then decline a request or somebody who waits."""
    form = DeclineForm()
    if form.validate_on_submit():
        who, reason = actor(), form.reason.data or ""
        done = _("Declined. A mail says so.")
        return _act(
            slug,
            registration_id,
            lambda row: registrations.decline(row, reason=reason, actor=who),
            done,
        )
    page = _question("console/decline.html", slug, registration_id, form=form)
    return page, 422 if form.errors else 200


@blueprint.route("/<slug>/registrations/<uuid:registration_id>/cancel", methods=["GET", "POST"])
def cancel(slug: str, registration_id: uuid.UUID) -> ResponseReturnValue:
    """Ask once, then cancel: the badge stops and the places are free."""
    if request.method == "GET":
        return _question("console/cancel.html", slug, registration_id)
    who = actor()
    done = _("Cancelled. The badge has stopped, the places are free, and a mail says so.")
    return _act(slug, registration_id, lambda row: registrations.cancel(row, actor=who), done)


def _question(template: str, slug: str, registration_id: uuid.UUID, **more: Any) -> str:
    event = events.get_prospectus(slug).event
    registration = load(event, registration_id)
    return render_template(template, event=event, registration=registration, **more)
