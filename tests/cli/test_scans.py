"""A scanner's file is taken over by a command."""

import json
from pathlib import Path

from registration.database import transaction, uuid7
from registration.models.events import Event
from registration.services import events
from registration.services.gates import devices
from tests import factories
from tests.cli.conftest import Command


def saved(event: Event, path: Path, *, slug: str = "") -> Path:
    with transaction():
        device, _ = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    row = {"id": str(uuid7()), "seq": 1, "badge": factories.register(event).short_code}
    row |= {"gate": "main", "kind": "entry", "wall_at": "2026-11-20T10:00:00Z"}
    content = {"format": "einlass-scans", "version": 1, "scans": [row]}
    path.write_text(
        json.dumps(content | {"device": {"id": str(device.id)}, "event": slug or event.slug})
    )
    return path


def test_a_file_is_taken_over_and_may_be_again(
    event: Event, einlass: Command, tmp_path: Path
) -> None:
    file = str(saved(event, tmp_path / "scans.json"))
    arguments = ("scans", "import", "--event", event.slug, "--file", file)
    assert einlass(*arguments, "--json").json == {
        "stored": 1,
        "already": 0,
        "refused": 0,
        "event": event.slug,
    }
    assert einlass(*arguments).out.startswith("0 scans were stored, 1 were here already, 0 ")


def test_a_file_that_is_none_is_one_sentence(
    event: Event, einlass: Command, tmp_path: Path
) -> None:
    file = saved(event, tmp_path / "scans.json", slug="anderswo")
    outcome = einlass("scans", "import", "--event", event.slug, "--file", str(file))
    assert (outcome.code, outcome.err) == (1, f"Error: {file} was saved at another event.\n")
