"""The console's scanners: enrol them, see how they are, stop them, take over what they saved."""

import uuid
from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _
from markupsafe import Markup

from registration import clock
from registration.database import transaction
from registration.errors import NotFound
from registration.forms.choices import Choice
from registration.forms.devices import DeviceForm
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.gates import Device
from registration.services import events
from registration.services.badges import codes
from registration.services.gates import devices, sequences
from registration.views.accounts import actor, guard
from registration.views.gates import live

blueprint = Blueprint("devices", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER, AccountRole.STAFF)

BAD_CLOCK = timedelta(seconds=30)
"""From here on, a clock is worth setting right; scans are corrected by what was measured."""


@blueprint.app_template_global()
def ago(device: Device) -> str:
    """Return how long ago a device was seen, in words: "3 minutes ago"; empty if never."""
    if device.last_seen_at is None:
        return ""
    since = min(device.last_seen_at - clock.now(), -timedelta(seconds=1))
    return str(format_timedelta(since, granularity="second", add_direction=True))


@blueprint.app_template_global()
def clock_fault(device: Device) -> str:
    """Return by how much a device's clock is wrong, in words; empty if that does not matter."""
    offset = timedelta(milliseconds=device.offset_ms or 0)
    if abs(offset) < BAD_CLOCK:
        return ""
    amount = format_timedelta(abs(offset))
    if offset > timedelta():
        return str(_("clock %(amount)s slow", amount=amount))
    return str(_("clock %(amount)s fast", amount=amount))


@blueprint.app_template_global()
def scans_missing(device: Device) -> int:
    """Return how many scans a device must have made that have not come, though later ones have."""
    gaps = sequences.gaps(sequences.parse(device.received))
    return sum(last - first + 1 for first, last in gaps)


@blueprint.get("/<slug>/devices")
def list_devices(slug: str) -> ResponseReturnValue:
    """Show the scanners, and the form that makes a code for another."""
    if live.is_fragment():
        event = events.get_prospectus(slug).event
        return render_template("console/devices-live.html", **_listed(event))
    return _page(slug, _form(slug))


def _form(slug: str) -> DeviceForm:
    form = DeviceForm()
    gates = devices.gate_names(events.get_prospectus(slug).event.id)
    form.gate.choices = [Choice(code, name) for code, name in gates.items()]
    return form


def _listed(event: Event) -> dict[str, object]:
    return {"event": event, "devices": devices.list_devices(event.id), "now": clock.now()}


def _page(slug: str, form: DeviceForm) -> str:
    event = events.get_prospectus(slug).event
    return render_template("console/devices.html", **_listed(event), form=form)


@blueprint.post("/<slug>/devices")
def prepare(slug: str) -> ResponseReturnValue:
    """Make a one-time code and show it, this once, as text and as a QR code."""
    form = _form(slug)
    if not form.validate():
        return _page(slug, form), 422
    event = events.get_prospectus(slug).event
    with transaction():
        device, code = devices.prepare(
            event=event,
            gate_code=form.gate.data,
            name=form.name.data or "",
            is_supervisor=bool(form.is_supervisor.data),
            actor=actor(),
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


@blueprint.get("/<slug>/devices/<uuid:device_id>")
def show(slug: str, device_id: uuid.UUID) -> ResponseReturnValue:
    """Show one device, and what can be done to it."""
    event = events.get_prospectus(slug).event
    device = _device(event, device_id)
    return render_template("console/device.html", event=event, device=device, now=clock.now())


def _device(event: Event, device_id: uuid.UUID) -> Device:
    device = devices.get(device_id)
    if device.event_id != event.id:
        raise NotFound(noun="device", name=str(device_id))
    return device


@blueprint.post("/<slug>/devices/<uuid:device_id>/revoke")
def revoke(slug: str, device_id: uuid.UUID) -> ResponseReturnValue:
    """Stop a device, which then deletes what it keeps, or a code that was not used."""
    event = events.get_prospectus(slug).event
    with transaction():
        devices.revoke(_device(event, device_id), actor=actor())
    flash(_("The device has been revoked; it deletes what it keeps as soon as it has a network."))
    return redirect(url_for("devices.show", slug=slug, device_id=device_id), 303)


@blueprint.post("/<slug>/devices/<uuid:device_id>/supervisor")
def promote(slug: str, device_id: uuid.UUID) -> ResponseReturnValue:
    """Let a device undo scans and admit people without a registration, or stop letting it."""
    event = events.get_prospectus(slug).event
    with transaction():
        device = _device(event, device_id)
        devices.set_supervisor(device, is_supervisor=not device.is_supervisor, actor=actor())
    return redirect(url_for("devices.show", slug=slug, device_id=device_id), 303)
