"""The attendee's own page, behind the link in their mail: how they stand, and their badge."""

from collections.abc import Sequence

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock, languages
from registration.database import transaction
from registration.errors import OfferExpired, TransitionRefused
from registration.forms.registrations import choices_of, told_by
from registration.models.badges import Badge
from registration.models.registrations import Registration, RegistrationState
from registration.models.roles import Coordination
from registration.queue import nudge
from registration.services import (
    badges,
    certificates,
    consents,
    events,
    parties,
    questions,
    registrations,
    transfers,
)
from registration.views.registrations import answers, link

Facts = Sequence[tuple[str, str]]

blueprint = link.blueprint("attendee")


def _badge_of(registration: Registration) -> Badge | None:
    return registration.badge if registration.state == RegistrationState.CONFIRMED else None


def _facts(registration: Registration, prospectus: events.Prospectus) -> Facts:
    """Return what the person told, each with its name; what they left out is left out."""
    told = told_by(registration)
    lists = choices_of(prospectus)
    words = {
        name: next((each.title for each in choices if each.code == told.get(name)), "")
        for name, choices in lists.items()
    }
    facts = (
        (_("Name"), registration.full_name),
        (_("Role"), ", ".join(languages.in_language(role.title) for role in registration.roles)),
        (_("Alliance"), registration.alliance.name if registration.alliance else ""),
        (_("Theme"), words["theme"] if told["theme"] else ""),
        (_("Organisation"), registration.organisation),
        (_("Position"), registration.position),
        (_("Sector"), words["sector"] if told["sector"] else ""),
        (_("Name on the badge"), registration.badge_name),
        (_("Organisation on the badge"), registration.badge_organisation),
        (_("Pronouns"), registration.pronouns),
        (_("Languages that you speak"), registration.languages),
        (_("Room"), registration.room),
        (_("Mail address"), registration.email),
        (_("Language of our mails"), words["locale"]),
        (_("Food"), words["diet"]),
        (_("Support that you need"), registration.support_needs),
        (_("Photos"), words["photo_consent"] if told["photo_consent"] else _("Not answered")),
    )
    return [(name, value) for name, value in facts if value]


def _standing(registration: Registration) -> str:
    """Return the state as the person reads it: an offer that is over, and a place handed over."""
    state = registration.state
    expires_at = registration.offer_expires_at
    if state == RegistrationState.OFFERED and expires_at and expires_at <= clock.now():
        return RegistrationState.EXPIRED
    if state == RegistrationState.CANCELLED and registrations.find_successor(registration):
        return "replaced"
    return state


@blueprint.get("")
def show(token: str) -> ResponseReturnValue:
    """Show the registration: its state first, then the badge, when and where, and the data."""
    return _page(registrations.get_by_link(token), token)


def _page(registration: Registration, token: str) -> str:
    event = registration.event
    prospectus = events.get_prospectus(event.slug)
    with link.speaking(registration):
        return render_template(
            "registrations/show.html",
            registration=registration,
            standing=_standing(registration),
            facts=_facts(registration, prospectus),
            answers=answers.answered_by_link(registration, token),
            event=event,
            token=token,
            badge=_badge_of(registration),
            certificate=certificates.find_in_force(registration.id),
            turn=registrations.position(registration),
            companions=parties.count_companions(registration),
            by_alliance=any(
                role.coordination == Coordination.APPROVE for role in registration.roles
            ),
            needs_approval=registrations.needs_approval(registration),
            may_change=registrations.may_change(registration),
            may_transfer=transfers.may_transfer(registration),
            may_register=events.is_open(event, clock.now()),
            consent_is_missing=consents.is_missing(registration),
            unanswered=questions.missing_of(registration, prospectus.questions),
        )


@blueprint.get("/accept")
def ask_accept(token: str) -> ResponseReturnValue:
    """Lead to the page that has the button: a link in a mail may be followed by programs."""
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/accept")
def accept(token: str) -> ResponseReturnValue:
    """Take the place that is offered; too late, say so."""
    try:
        with transaction():
            registrations.accept(registrations.get_by_link(token))
    except OfferExpired:
        return _page(registrations.get_by_link(token), token), 409
    except TransitionRefused:
        return redirect(url_for(".show", token=token), 303)
    nudge("deliveries.send_due")
    return redirect(url_for(".show", token=token), 303)


@blueprint.get("/code.svg")
def code(token: str) -> ResponseReturnValue:
    """Send the badge's code as a picture."""
    badge = _badge_of(registrations.get_by_link(token))
    if badge is None:
        return _no_badge()
    from registration.services.badges import codes  # noqa: PLC0415  # keeps the web process light

    return Response(codes.svg(badges.token_of(badge)), mimetype="image/svg+xml")


@blueprint.get("/badge.pdf")
def badge_pdf(token: str) -> ResponseReturnValue:
    """Send the badge to print."""
    registration = registrations.get_by_link(token)
    if _badge_of(registration) is None:
        return _no_badge()
    from registration.services.badges import sheets  # noqa: PLC0415  # keeps the web process light

    with link.speaking(registration):
        return link.file(
            sheets.badge_pdf(registration.id),
            "application/pdf",
            f"badge-{registration.short_code}.pdf",
        )


@blueprint.get("/event.ics")
def calendar_file(token: str) -> ResponseReturnValue:
    """Send the event for the attendee's calendar."""
    from registration.services.deliveries import calendar  # noqa: PLC0415  # keeps it light

    registration = registrations.get_by_link(token)
    return link.file(
        calendar.event_file(registration),
        "text/calendar; charset=utf-8",
        f"{registration.event.slug}.ics",
    )


def _no_badge() -> ResponseReturnValue:
    page = render_template(
        "errors/error.html",
        title=_("There is no badge for this registration"),
        advice=_(
            "Only confirmed registrations have a badge. Your registration says how it stands."
        ),
        code="conflict",
    )
    return page, 409
