"""``einlass gate``: the points of entry of an event, and what they lead into."""

import click

from registration.cli.context import answer, answer_rows, application, as_json, event_option
from registration.database import transaction
from registration.services import events
from registration.services.gates import zones
from registration.services.gates.devices import GATE_CODE


def _zone(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value and not GATE_CODE.fullmatch(value):
        raise click.BadParameter("use letters, digits and hyphens, for instance hall.")
    return value


@click.group("gate")
def group() -> None:
    """List the gates of an event, and say what they lead into."""


@group.command("list")
@event_option
@as_json
def list_all(slug: str, as_json: bool) -> None:
    """List the event's gates with their zones."""
    with application():
        gates = zones.list_gates(events.get_event(slug).id)
        rows = [{"gate": gate.code, "name": gate.name, "zone": gate.zone} for gate in gates]
        if not as_json:
            rows = [row | {"zone": row["zone"] or "the house"} for row in rows]
        answer_rows(rows, as_json=as_json, empty="There is no gate yet.")


@group.command("set")
@event_option
@click.option("--gate", "code", required=True, help="The gate's code.")
@click.option(
    "--zone", required=True, callback=_zone, help='What it leads into; "" is the house itself.'
)
@as_json
def set_zone(slug: str, code: str, zone: str, as_json: bool) -> None:
    """Say what a gate leads into: in each zone people are counted apart."""
    with application():
        with transaction():
            changed = zones.set_zone(events.get_event(slug).id, code, zone=zone, actor="command")
        where = f"the zone {zone}" if zone else "the house"
        sentence = f"The gate {code} leads into {where}." if changed else "Nothing was changed."
        row = {"event": slug, "gate": code, "zone": zone, "changed": changed}
        answer(row, as_json=as_json, sentence=sentence)
