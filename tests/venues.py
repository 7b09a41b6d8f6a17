"""Venues: an event with its badges and enrolled phones, and what is wrong there at the end."""

import random
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask
from sqlalchemy import Connection, func, select

from registration import config, create_app, migrations
from registration.database import db, transaction
from registration.models.badges import Badge
from registration.models.events import Event
from registration.models.gates import Device, Presence, Scan
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.services import badges, events
from registration.services.gates import devices, sequences
from registration.services.gates.merging import OUTSIDE, merge
from registration.services.gates.rules import rules_of
from registration.services.gates.scans import history
from tests import factories
from tests.installations import Installation
from tests.phones import Enrolment, Witness

PEOPLE = 120


@dataclass
class Venue:
    """An installation with an event, its badges and enrolled phones."""

    app: Flask
    installation: Installation
    badges: list[str]
    enrolments: list[Enrolment]
    witness: Witness = field(default_factory=Witness)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read the database beside the server."""
        with self._guard, self.app.app_context(), db.engine.connect() as connection:
            yield connection

    def check(self, device_id: uuid.UUID, acknowledged: int) -> None:
        """See whether all that is acknowledged is stored at this moment."""
        with self.reading() as connection:
            stored = connection.scalar(
                select(func.count(Scan.seq.distinct())).where(
                    Scan.device_id == device_id, Scan.seq <= acknowledged
                )
            )
        if stored != acknowledged:
            self.witness.overreached.append((device_id, acknowledged))


@contextmanager
def opened(installation: Installation, *, phones: int) -> Iterator[Venue]:
    """Make an event in an empty installation, with phones whose clocks are off by minutes."""
    app = create_app(config.load(installation.environment))
    with app.app_context():
        migrations.upgrade(app)
        event = factories.make_event()
        texts = _badges(event)
        enrolments = [_enrol(event, number) for number in range(phones)]
    yield Venue(app, installation, texts, enrolments)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _badges(event: Event) -> list[str]:
    """Register people, in roles of which one lets in once a day; return their badges."""
    with transaction():
        role = db.session.scalars(select(Role).filter_by(event_id=event.id, code="presenter")).one()
        role.reentry = "once"
        events.revise(event.id)
    texts = []
    for number in range(PEOPLE):
        person = factories.register(event, role=("delegate", "presenter")[number % 2])
        assert person.badge is not None
        texts.append(badges.token_of(person.badge))
    return texts


def _enrol(event: Event, number: int) -> Enrolment:
    is_supervisor = number % 5 == 0
    with transaction():
        device, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
        device.is_supervisor = is_supervisor
    return Enrolment(
        device_id=device.id,
        token=token,
        slug=event.slug,
        is_supervisor=is_supervisor,
        clock_error=timedelta(seconds=random.Random(number).uniform(-600, 600)),
    )


@dataclass
class Damage:
    """What is wrong at the end; nothing, if all is well."""

    lost: set[str] = field(default_factory=set)
    """Scans that were shown green and are not on the server."""
    gaps: list[tuple[uuid.UUID, list[tuple[int, int]]]] = field(default_factory=list)
    doubles: list[tuple[uuid.UUID, int]] = field(default_factory=list)
    unfinished: list[tuple[uuid.UUID, int, str]] = field(default_factory=list)
    absent_minded: dict[str, object] = field(default_factory=dict)
    """Badges whose presence is not what all their scans together say."""
    overreached: list[tuple[uuid.UUID, int]] = field(default_factory=list)


def assess(venue: Venue, *, phones: int, scans: int) -> Damage:
    """Compare what people have seen with what the server has; each phone made so many scans."""
    damage = Damage(overreached=venue.witness.overreached)
    with venue.app.app_context():
        rows = db.session.execute(select(Scan.id, Scan.device_id, Scan.seq)).all()
        damage.lost = set(venue.witness.shown) - {str(row.id) for row in rows}
        numbers = defaultdict(list)
        for row in rows:
            numbers[row.device_id].append(row.seq)
        counts = Counter((row.device_id, row.seq) for row in rows)
        damage.doubles = [each for each, count in counts.items() if count > 1]
        for enrolment in venue.enrolments[:phones]:
            device = db.session.get_one(Device, enrolment.device_id)
            ranges = sequences.joined([], [*numbers[device.id], scans + 1])
            if sequences.gaps(ranges):
                damage.gaps.append((device.id, sequences.gaps(ranges)))
            if (device.acknowledged, device.received) != (scans, f"1-{scans}"):
                damage.unfinished.append((device.id, device.acknowledged, device.received))
        damage.absent_minded = _absent_minded()
        db.session.rollback()
    return damage


def _absent_minded() -> dict[str, object]:
    """Merge all scans of each badge anew, and return those whose presence says otherwise."""
    wrong: dict[str, object] = {}
    event = db.session.scalars(select(Event)).one()
    named = db.session.scalars(select(Scan.badge_id).distinct()).all()
    kept = {row.badge_id: row for row in db.session.scalars(select(Presence))}
    roles = _reentry_by_badge()
    for badge_id, past in history.read(event.id, [each for each in named if each]).items():
        merged = merge(past.passes, rules_of(event.id, reentry=roles[badge_id])).standing
        presence = kept.get(badge_id)
        zones = presence.zones if presence else OUTSIDE.zones
        if dict(zones) != dict(merged.zones):
            wrong[badge_id] = (zones, merged.zones)
    return wrong


def _reentry_by_badge() -> dict[str, str]:
    rows = db.session.execute(
        select(Badge.id, Role.reentry)
        .join(Registration, Registration.id == Badge.registration_id)
        .join(Role, Role.id == Registration.role_id)
    )
    return {row.id: row.reentry for row in rows}
