"""The attendee's rights: give and withdraw a consent, and get everything that is stored."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import languages
from registration.database import snapshot, transaction
from registration.queue import nudge
from registration.services import consents, disclosure, registrations
from registration.views.registrations import link

blueprint = link.blueprint("privacy")


@blueprint.post("/consent")
def agree(token: str) -> ResponseReturnValue:
    """Note that the person agrees to the use of their data, where somebody else named them."""
    with transaction():
        registration = registrations.get_by_link(token)
        given = consents.give(registration)
    with link.speaking(registration):
        return _back(token, _("Thank you. Your consent is noted.") if given else "")


@blueprint.post("/photos")
def withdraw_photos(token: str) -> ResponseReturnValue:
    """Take the consent to photos back; this is possible at any time."""
    with transaction():
        registration = registrations.get_by_link(token)
        withdrawn = registrations.withdraw_photo_consent(registration)
    with link.speaking(registration):
        return _back(token, _("Your consent to photos is withdrawn.") if withdrawn else "")


@blueprint.get("/withdraw")
def ask_withdraw(token: str) -> ResponseReturnValue:
    """Say what it means to withdraw the consent to the use of the data, and ask."""
    registration = registrations.get_by_link(token)
    with link.speaking(registration):
        return render_template(
            "registrations/withdraw.html",
            registration=registration,
            event=registration.event,
            token=token,
        )


@blueprint.post("/withdraw")
def withdraw(token: str) -> ResponseReturnValue:
    """Take the consent to the use of the data back, and so the registration."""
    with transaction():
        registrations.withdraw_privacy_consent(registrations.get_by_link(token))
    nudge("deliveries.send_due")
    return _back(token)


@blueprint.get("/data.json")
def data_json(token: str) -> ResponseReturnValue:
    """Send everything that is stored about the person, for programs."""
    return _data(token, "json")


@blueprint.get("/data.csv")
def data_csv(token: str) -> ResponseReturnValue:
    """Send everything that is stored about the person, as a table."""
    return _data(token, "csv")


def _data(token: str, form: str) -> ResponseReturnValue:
    with snapshot():
        registration = registrations.get_by_link(token)
        with link.speaking(registration):
            locale = languages.current()
            data = disclosure.disclose(registration, locale=locale)
        name = f"{registration.event.slug}-{registration.short_code}.{form}"
    if form == "json":
        return link.file(disclosure.as_json(data), "application/json", name)
    return link.file(disclosure.as_csv(data, locale=locale), "text/csv; charset=utf-8", name)


def _back(token: str, message: str = "") -> ResponseReturnValue:
    if message:
        flash(message)
    return redirect(url_for("registrations.attendee.show", token=token), 303)
