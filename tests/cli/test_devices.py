"""``einlass device``: devices for operators and scripts."""

import pytest
from flask import Flask

from registration.database import db, transaction
from registration.models.events import Event
from registration.services.gates import devices
from tests.cli.conftest import Command


def test_a_device_is_created_with_its_token(event: Event, einlass: Command) -> None:
    row = einlass("device", "create", "--event", event.slug, "--gate", "main", "--json").json
    assert (row["event"], row["gate"]) == (event.slug, "main")
    device = devices.authenticate(row["token"], slug=event.slug)
    assert str(device.id) == row["id"]


def test_a_code_comes_with_its_link(app: Flask, event: Event, einlass: Command) -> None:
    arguments = ("create", "--event", event.slug, "--gate", "main", "--code")
    row = einlass("device", *arguments, "--json").json
    assert row["link"] == f"{app.config['BASE_URL']}/gate/#code={row['code']}"
    assert "token" not in row
    with transaction():
        device, _ = devices.enrol(row["code"])
    assert str(device.id) == row["id"]


def test_people_read_a_sentence(event: Event, einlass: Command) -> None:
    arguments = ("create", "--event", event.slug, "--gate", "main")
    assert "/gate/#code=" in einlass("device", *arguments, "--code").out
    assert "is enrolled at main" in einlass("device", *arguments).out


def test_an_unknown_event_is_one_sentence(event: Event, einlass: Command) -> None:
    outcome = einlass("device", "create", "--event", "nowhere", "--gate", "main")
    assert outcome.code == 1
    assert outcome.err == "einlass: There is no event 'nowhere'.\n"


def test_a_gate_that_nobody_could_read_out_is_refused(event: Event, einlass: Command) -> None:
    outcome = einlass("device", "create", "--event", event.slug, "--gate", "<main>")
    assert outcome.code == 2
    assert "letters, digits and hyphens" in outcome.err
    assert devices.list_devices(event.id) == []


def test_devices_are_listed_and_revoked(event: Event, einlass: Command) -> None:
    arguments = ("create", "--event", event.slug, "--gate", "side", "--name", "Tablet 1")
    device_id = einlass("device", *arguments, "--json").json["id"]
    assert einlass("device", "revoke", device_id).code == 0
    db.session.rollback()
    (row,) = einlass("device", "list", "--event", event.slug, "--json").json
    shown = (row["id"], row["gate"], row["name"], row["state"])
    assert shown == (device_id, "side", "Tablet 1", "revoked")


@pytest.mark.parametrize("wrong", ["x", "0190a7c4-0000-7000-8000-000000000000"])
def test_an_unknown_device_is_one_sentence(event: Event, einlass: Command, wrong: str) -> None:
    outcome = einlass("device", "revoke", wrong)
    assert outcome.code == 1
    assert outcome.err == f"einlass: There is no device '{wrong}'.\n"


def test_a_supervisors_device_is_made_and_shown_as_one(event: Event, einlass: Command) -> None:
    for arguments in (("--supervisor",), ("--supervisor", "--code"), ()):
        einlass("device", "create", "--event", event.slug, "--gate", "main", *arguments)
    rows = einlass("device", "list", "--event", event.slug, "--json").json
    assert sorted(row["is_supervisor"] for row in rows) == [False, True, True]
    assert {row["unsent"] for row in rows} == {0}
