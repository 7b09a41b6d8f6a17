"""The console's pages about the door: arrivals as they happen, and the devices."""

import uuid

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from registration import clock
from registration.database import transaction
from registration.errors import NotFound
from registration.forms.choices import Choice
from registration.forms.devices import DeviceForm
from registration.models.accounts import AccountRole
from registration.services import events
from registration.services.badges import codes
from registration.services.gates import arrivals, devices
from registration.views.accounts import actor, guard

blueprint = Blueprint("arrivals", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER, AccountRole.STAFF)


@blueprint.get("/<slug>/arrivals")
def show(slug: str) -> ResponseReturnValue:
    """Show who has come; ``?fragment=1`` returns only what changes."""
    prospectus = events.get_prospectus(slug)
    event = prospectus.event
    fragment = bool(request.args.get("fragment"))
    return render_template(
        "console/arrivals-live.html" if fragment else "console/arrivals.html",
        event=event,
        prospectus=prospectus,
        arrivals=arrivals.count(event.id),
        passages=arrivals.latest(event.id),
        gates=devices.gate_names(event.id),
        now=clock.now(),
    )


@blueprint.get("/<slug>/devices")
def list_devices(slug: str) -> ResponseReturnValue:
    """Show the scanners, and the form that makes a code for another."""
    return _devices_page(slug, _form(slug))


def _form(slug: str) -> DeviceForm:
    form = DeviceForm()
    gates = devices.gate_names(events.get_prospectus(slug).event.id)
    form.gate.choices = [Choice(code, name) for code, name in gates.items()]
    return form


def _devices_page(slug: str, form: DeviceForm) -> str:
    event = events.get_prospectus(slug).event
    return render_template(
        "console/devices.html",
        event=event,
        devices=devices.list_devices(event.id),
        form=form,
        now=clock.now(),
    )


@blueprint.post("/<slug>/devices")
def prepare(slug: str) -> ResponseReturnValue:
    """Make a one-time code and show it, this once, as text and as a QR code."""
    form = _form(slug)
    if not form.validate():
        return _devices_page(slug, form), 422
    event = events.get_prospectus(slug).event
    with transaction():
        device, code = devices.prepare(
            event=event, gate_code=form.gate.data, name=form.name.data or "", actor=actor()
        )
    address = f"{current_app.config['BASE_URL']}/gate/#code={code}"
    return render_template(
        "console/device-code.html",
        event=event,
        device=device,
        code=code,
        address=address,
        picture=Markup(codes.svg(address, label=_("QR code for the device"))),  # noqa: S704  # drawn by us
    )


@blueprint.post("/<slug>/devices/<uuid:device_id>/revoke")
def revoke(slug: str, device_id: uuid.UUID) -> ResponseReturnValue:
    """Stop a device, or a code that was not used."""
    event = events.get_prospectus(slug).event
    with transaction():
        device = devices.get(device_id)
        if device.event_id != event.id:
            raise NotFound(noun="device", name=str(device_id))
        devices.revoke(device, actor=actor())
    flash(_("The device has been revoked; it can store no more scans."))
    return redirect(url_for("arrivals.list_devices", slug=slug), 303)
