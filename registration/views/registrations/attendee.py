"""The attendee's own pages, behind the link in their mail."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import languages
from registration.database import transaction
from registration.errors import ChangesClosed, TransitionRefused
from registration.forms.registrations import CorrectionForm, choices_of, told_by
from registration.models.badges import Badge
from registration.models.registrations import Registration, RegistrationState
from registration.queue import nudge
from registration.services import badges, events, registrations
from registration.views.protection import csrf

Facts = Sequence[tuple[str, str]]

blueprint = Blueprint("attendee", __name__, url_prefix="/r/<token>")


@blueprint.after_request
def keep_out_of_search(response: Response) -> Response:
    """Ask search engines to forget the page: its address is its key."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@contextmanager
def _speaking(registration: Registration) -> Iterator[None]:
    """Speak the reader's chosen language, or else that of their registration."""
    chosen = (request.args.get("lang"), request.cookies.get(languages.COOKIE))
    if any(each in languages.LANGUAGES for each in chosen):
        yield
    else:
        with languages.force_locale(registration.locale):
            yield


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
        (_("Role"), languages.in_language(registration.role.title)),
        (_("Alliance"), registration.alliance.name if registration.alliance else ""),
        (_("Theme"), words["theme"] if told["theme"] else ""),
        (_("Organisation"), registration.organisation),
        (_("Position"), registration.position),
        (_("Sector"), words["sector"] if told["sector"] else ""),
        (_("Mail address"), registration.email),
        (_("Language of our mails"), words["locale"]),
        (_("Food"), words["diet"]),
        (_("Support that you need"), registration.support_needs),
        (_("Photos"), words["photo_consent"] if told["photo_consent"] else _("Not answered")),
    )
    return [(name, value) for name, value in facts if value]


@blueprint.get("")
def show(token: str) -> ResponseReturnValue:
    """Show the registration: its state first, then the badge, when and where, and the data."""
    registration = registrations.get_by_link(token)
    with _speaking(registration):
        return render_template(
            "registrations/show.html",
            registration=registration,
            facts=_facts(registration, events.get_prospectus(registration.event.slug)),
            event=registration.event,
            token=token,
            badge=_badge_of(registration),
            may_change=registrations.may_change(registration),
        )


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

    with _speaking(registration):
        return _file(
            sheets.badge_pdf(registration.id),
            "application/pdf",
            f"badge-{registration.short_code}.pdf",
        )


@blueprint.get("/event.ics")
def calendar_file(token: str) -> ResponseReturnValue:
    """Send the event for the attendee's calendar."""
    from registration.services.deliveries import calendar  # noqa: PLC0415  # keeps it light

    registration = registrations.get_by_link(token)
    return _file(
        calendar.event_file(registration),
        "text/calendar; charset=utf-8",
        f"{registration.event.slug}.ics",
    )


def _file(content: bytes, media_type: str, name: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


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


@blueprint.get("/edit")
def edit(token: str) -> ResponseReturnValue:
    """Show what can be corrected, or why nothing can."""
    registration = registrations.get_by_link(token)
    with _speaking(registration):
        form = CorrectionForm(formdata=None, data=told_by(registration))
        form.offer(events.get_prospectus(registration.event.slug))
        return _edit_page(registration, form, token)


@blueprint.post("/edit")
def correct(token: str) -> ResponseReturnValue:
    """Take over the corrections, or show the form again with them."""
    registration = registrations.get_by_link(token)
    with _speaking(registration):
        form = CorrectionForm(formdata=request.form)
        form.offer(events.get_prospectus(registration.event.slug))
        if not form.validate() or not registrations.may_change(registration):
            return _edit_page(registration, form, token)
        with transaction():
            changed = registrations.correct(registrations.get_by_link(token), form.person())
        nudge("deliveries.send_due")
        flash(
            _("Your changes are saved. We have sent you a mail about them.")
            if changed
            else _("Nothing was changed.")
        )
    return redirect(url_for(".show", token=token), 303)


csrf.exempt(correct)  # the form checks its own token, so that a stale one loses no input


def _edit_page(registration: Registration, form: CorrectionForm, token: str) -> ResponseReturnValue:
    may_change = registrations.may_change(registration)
    page = render_template(
        "registrations/edit.html",
        registration=registration,
        event=registration.event,
        form=form,
        token=token,
        may_change=may_change,
        again=form.is_stale,
    )
    if not may_change:
        return page, 409
    return page, (400 if form.is_stale else 422 if form.errors else 200)


@blueprint.get("/cancel")
def ask_cancel(token: str) -> ResponseReturnValue:
    """Ask whether the place shall really be given up."""
    return _cancel_page(registrations.get_by_link(token), token)


@blueprint.post("/cancel")
def cancel(token: str) -> ResponseReturnValue:
    """Give the place up; once given up, it stays so."""
    try:
        with transaction():
            registrations.cancel(registrations.get_by_link(token))
    except ChangesClosed:
        return _cancel_page(registrations.get_by_link(token), token)
    except TransitionRefused:
        return redirect(url_for(".show", token=token), 303)
    nudge("deliveries.send_due")
    return redirect(url_for(".show", token=token), 303)


def _cancel_page(registration: Registration, token: str) -> ResponseReturnValue:
    may_change = registrations.may_change(registration)
    with _speaking(registration):
        page = render_template(
            "registrations/cancel.html",
            registration=registration,
            event=registration.event,
            token=token,
            may_change=may_change,
        )
    return page, 200 if may_change else 409
