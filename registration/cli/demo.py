"""``einlass demo``: the first event to try everything with, and who signs in where."""

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import delete, select

from registration import clock, config
from registration.cli import database
from registration.cli.context import application, as_json
from registration.database import db, transaction
from registration.models.accounts import AccountRole
from registration.models.events import Event
from registration.models.gates import Device, Gate
from registration.services import accounts, events
from registration.services.gates import devices

NAME = "zukunftswerkstatt"
ALLIANCE = "MR4B"
GATE = "main"
DEVICE_NAME = "Demo"
LEAST_DAYS_AHEAD = 42
TUESDAY = 1


@dataclass(frozen=True, kw_only=True)
class Way:
    """How one kind of person gets in: the link, and what they sign in with."""

    who: str
    link: str
    sign_in: str = ""
    password: str = ""
    until: str = ""


@click.command()
@click.option("--serve", "serving", is_flag=True, help="Then serve it, as `einlass serve` does.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --serve: as there.")
@as_json
def demo(serving: bool, host: str, as_json: bool) -> None:
    """Load the demo event, and print the links and sign-ins of everybody who takes part.

    Brings the tables up to date first where they are not.
    Repeating it changes nothing but the gate's one-time code, and moves an event that is over
    ahead again. The passwords are random, and kept in <data_dir>/demo.json.
    """
    _upgrade()
    if not serving:
        _show(_load(), as_json=as_json)
        return
    from registration.cli import serve  # noqa: PLC0415  # granian is needed only to serve

    settings = serve.prepare(host, None)
    ways = _load()
    serve.run(
        settings,
        host=host,
        workers=serve.default_workers(settings),
        threads=serve.THREADS,
        with_worker=settings.is_embedded,
        on_answer=lambda: _show(ways, as_json=as_json),
    )


def _upgrade() -> None:
    """Bring the tables up to date, in a process of its own: a server must not carry Alembic."""
    settings = config.load()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not database.is_current(settings):
        command = [sys.executable, "-m", "registration.cli", "db", "upgrade"]
        if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:  # noqa: S603  # our own program
            sys.exit(1)  # it has said why


def next_day(today: date) -> date:
    """Return the first Tuesday that is at least `LEAST_DAYS_AHEAD` days after ``today``."""
    earliest = today + timedelta(days=LEAST_DAYS_AHEAD)
    return earliest + timedelta(days=(TUESDAY - earliest.weekday()) % 7)


def _load() -> list[Way]:
    with application():
        with transaction():
            event = _event()
        with transaction():
            organiser = _account(AccountRole.ORGANISER, "Olivia Organisation")
            staff = _account(AccountRole.STAFF, "Stefan Einlass")
        with transaction():
            coordinator = _coordinator(event)
        with transaction():
            device, code = _device(event)
            until = device.code_expires_at
        base = current_app.config["BASE_URL"]
        zone = event.zone
        return [
            Way(who="attendees", link=f"{base}/{event.slug}/"),
            Way(who="organisers", link=f"{base}/organise/", **organiser),
            Way(who="staff", link=f"{base}/organise/", **staff),
            Way(who="coordinators", link=f"{base}/coordinate/", **coordinator),
            Way(
                who="gate",
                link=f"{base}/gate/#code={code}",
                sign_in=code,
                until=f"{until.astimezone(zone):%H:%M %Z}" if until else "",
            ),
        ]


def _event() -> Event:
    facts = events.facts_of(NAME)
    today = clock.now().date()
    known = {event.slug: event for event in events.list_events()}
    event = known.get(facts["event"]["slug"])
    if event is None:
        return events.create(facts, held_on=next_day(today))
    if event.held_on < today:
        events.move(event, facts, held_on=next_day(today))
    return event


def _account(role: AccountRole, name: str) -> dict[str, str]:
    """Make the account, or put its kept password back, and return what to sign in with."""
    email = f"{role}@{NAME}.example"
    password = _kept_passwords().get(str(role), "")
    account = accounts.find(email)
    if not password:
        password = secrets.token_urlsafe(12)
        _keep_passwords({**_kept_passwords(), str(role): password})
        if account is not None:
            accounts.set_password(account, password)
    if account is None:
        accounts.create(email=email, name=name, role=role, password=password)
    return {"sign_in": email, "password": password}


def _coordinator(event: Event) -> dict[str, str]:
    """Make an account for one of the alliances, and return what to sign in with."""
    sign_in = _account(AccountRole.COORDINATOR, "Karla Koordination")
    alliance = events.get_prospectus(event.slug).find_alliance(ALLIANCE)
    if alliance is not None:
        account = accounts.get(sign_in["sign_in"])
        accounts.grant(account, event_id=event.id, alliance=alliance, actor="command")
    return sign_in


def _path() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "demo.json"


def _kept_passwords() -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(_path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return kept


def _keep_passwords(passwords: dict[str, str]) -> None:
    made = _path().with_suffix(".new")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(passwords, file)
    made.replace(_path())


def _device(event: Event) -> tuple[Device, str]:
    """Prepare a device for the main gate, in place of an earlier one that was never enrolled."""
    unused = select(Device.id).where(
        Device.event_id == event.id,
        Device.name == DEVICE_NAME,
        Device.enrolled_at.is_(None),
    )
    db.session.execute(
        delete(Device).where(Device.id.in_(unused)),
        execution_options={"synchronize_session": False},
    )
    gate = db.session.scalars(
        select(Gate.code).where(Gate.event_id == event.id).order_by(Gate.code != GATE, Gate.id)
    ).first()
    return devices.prepare(event=event, gate_code=gate or GATE, name=DEVICE_NAME, actor="command")


def _show(ways: list[Way], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([{k: v for k, v in vars(way).items() if v} for way in ways]))
        return
    width = max(len(way.link) for way in ways)
    click.echo("")
    for way in ways:
        click.echo(f"  {way.who.capitalize():<13} {way.link:<{width}}  {_told(way)}".rstrip())
    click.echo("")


def _told(way: Way) -> str:
    if way.password:
        return f"{way.sign_in}  password {way.password}"
    return f"one-time code {way.sign_in} (until {way.until})" if way.sign_in else ""
