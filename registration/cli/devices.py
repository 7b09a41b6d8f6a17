"""``einlass device``: enrol, list and revoke the scanners of an event."""

import uuid

import click

from registration.cli.context import answer, answer_rows, application, as_json, event_option
from registration.database import transaction
from registration.errors import NotFound
from registration.models.gates import Device
from registration.services import events
from registration.services.gates import devices

ACTOR = "command"


def _gate_code(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not devices.GATE_CODE.fullmatch(value):
        raise click.BadParameter("use letters, digits and hyphens, for instance main.")
    return value


@click.group("device")
def group() -> None:
    """Enrol, list and revoke scanners."""


@group.command()
@event_option
@click.option("--gate", required=True, callback=_gate_code, help="The gate's code; made if new.")
@click.option("--name", default="", help="What people call the device.")
@click.option(
    "--supervisor", is_flag=True, help="It may undo scans, and admit people without a registration."
)
@click.option("--code", "as_code", is_flag=True, help="Make a one-time code instead of a token.")
@as_json
def create(slug: str, gate: str, name: str, supervisor: bool, as_code: bool, as_json: bool) -> None:
    """Enrol a device at once and print its token, or print a code to enrol one with."""
    with application() as app, transaction():
        event = events.get_event(slug)
        make = devices.prepare if as_code else devices.create_enrolled
        device, secret = make(
            event=event, gate_code=gate, name=name, is_supervisor=supervisor, actor=ACTOR
        )
        row: dict[str, object] = {"id": device.id, "event": slug, "gate": gate, "name": name}
        row["is_supervisor"] = supervisor
        if as_code:
            link = f"{app.config['BASE_URL']}/gate/#code={secret}"
            row |= {"code": secret, "link": link, "expires_at": device.code_expires_at}
            sentence = (
                f"The code is {secret}. Open {link} on the device within ten minutes, "
                f"until {device.code_expires_at:%H:%M} UTC."
            )
        else:
            row["token"] = secret
            sentence = f"Device {device.id} is enrolled at {gate}. Its token, shown once: {secret}"
    answer(row, as_json=as_json, sentence=sentence)


@group.command("list")
@event_option
@as_json
def list_(slug: str, as_json: bool) -> None:
    """List the event's devices, the newest first."""
    with application():
        event = events.get_event(slug)
        rows = [_row(device) for device in devices.list_devices(event.id)]
    answer_rows(rows, as_json=as_json, empty="No devices yet.")


def _row(device: Device) -> dict[str, object]:
    return {
        "id": device.id,
        "gate": device.gate.code,
        "name": device.name,
        "state": devices.state_of(device),
        "enrolled_at": device.enrolled_at,
        "last_seen_at": device.last_seen_at,
        "is_supervisor": device.is_supervisor,
        "unsent": device.unsent,
        "clock_offset_ms": device.offset_ms,
        "wiped_at": device.wiped_at,
    }


@group.command()
@click.argument("device_id", metavar="ID")
@as_json
def revoke(device_id: str, as_json: bool) -> None:
    """Take a device's enrolment away."""
    try:
        wanted = uuid.UUID(device_id)
    except ValueError as error:
        raise NotFound(noun="device", name=device_id) from error
    with application(), transaction():
        device = devices.get(wanted)
        devices.revoke(device, actor=ACTOR)
        row = {"id": device.id, "revoked_at": device.revoked_at}
    answer(row, as_json=as_json, sentence=f"Device {wanted} is revoked.")
