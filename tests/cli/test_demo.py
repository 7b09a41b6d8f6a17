"""The demo event, for whoever tries the program."""

import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask

from registration import clock
from registration.cli import demo
from registration.database import transaction
from registration.services import accounts, events
from registration.services.gates import devices
from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def no_passwords_yet(app: Flask) -> None:
    Path(app.config["DATA_DIR"], "demo.json").unlink(missing_ok=True)


@pytest.mark.parametrize("offset", range(7))
def test_the_demo_is_held_on_a_tuesday_at_least_six_weeks_ahead(offset: int) -> None:
    today = date(2026, 11, 22) + timedelta(days=offset)
    day = demo.next_day(today)
    assert day.weekday() == 1
    assert 42 <= (day - today).days <= 48


def test_the_demo_is_open_and_everybody_can_sign_in(einlass: Command) -> None:
    ways = {way["who"]: way for way in einlass("demo", "--json").json}
    event = events.get_event("zukunftswerkstatt")
    assert events.is_open(event, clock.now())
    assert ways["attendees"]["link"].endswith("/zukunftswerkstatt/")
    with transaction():
        for who in ("organisers", "staff", "coordinators"):
            assert accounts.sign_in(ways[who]["sign_in"], ways[who]["password"])
        coordinator = accounts.get(ways["coordinators"]["sign_in"])
        assert [each.code for each in accounts.alliances_of(coordinator, event.id)] == ["MR4B"]
        device, _token = devices.enrol(ways["gate"]["sign_in"])
        assert device.gate.code == "main"


def test_a_second_run_keeps_event_and_passwords_and_one_unused_code(einlass: Command) -> None:
    first = einlass("demo", "--json").json
    second = einlass("demo", "--json").json
    assert second[:4] == first[:4]
    event = events.get_event("zukunftswerkstatt")
    assert len(devices.list_devices(event.id)) == 1


def test_an_enrolled_device_survives_the_next_run(einlass: Command) -> None:
    code = einlass("demo", "--json").json[4]["sign_in"]
    with transaction():
        devices.enrol(code)
    einlass("demo")
    assert len(devices.list_devices(events.get_event("zukunftswerkstatt").id)) == 2


def test_a_demo_that_is_over_is_moved_ahead(einlass: Command) -> None:
    einlass("demo")
    with transaction():
        facts = events.facts_of("zukunftswerkstatt")
        events.move(events.get_event("zukunftswerkstatt"), facts, held_on=date(2025, 11, 4))
    einlass("demo")
    event = events.get_event("zukunftswerkstatt")
    assert event.held_on == demo.next_day(clock.now().date())


def test_lost_passwords_are_made_anew(einlass: Command, app: Flask) -> None:
    einlass("demo")
    Path(app.config["DATA_DIR"], "demo.json").unlink()
    organiser = einlass("demo", "--json").json[1]
    with transaction():
        assert accounts.sign_in(organiser["sign_in"], organiser["password"])


def test_nobody_else_can_read_the_kept_passwords(einlass: Command, app: Flask) -> None:
    einlass("demo")
    kept = Path(app.config["DATA_DIR"], "demo.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
