"""Twenty phones, a bad network, a server that is killed: no scan that was shown green is lost."""

import random
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select

from registration import config, create_app, migrations
from registration.database import db, transaction
from registration.models.badges import Badge
from registration.models.events import Event
from registration.models.gates import Device, Finding, FindingKind, Presence, Scan
from registration.models.registrations import Registration
from registration.models.roles import Role
from registration.services import badges, events
from registration.services.gates import devices, sequences
from registration.services.gates.merging import OUTSIDE, merge
from registration.services.gates.rules import rules_of
from registration.services.gates.scans import history
from tests import factories, installations, networks, phones, servers
from tests.installations import Installation
from tests.phones import Phone, Witness

PEOPLE = 120
NO_GUARD = Path(__file__).parent / "highest"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How much is asked of everybody."""

    phones: int = 20
    scans: int
    """Of each phone."""
    server_kills: int
    page_kills: int
    """Of all phones together."""
    partings: int = 0
    parted_seconds: float = 6
    patience: float = 300
    """Seconds until whoever is not done is given up."""


TENTH = Trial(scans=50, server_kills=5, page_kills=20, partings=1)
WHOLE = Trial(
    scans=500, server_kills=50, page_kills=100, partings=3, parted_seconds=60, patience=3600
)
SMALL = Trial(phones=6, scans=30, server_kills=0, page_kills=12, patience=60)


@dataclass
class Venue:
    """An installation with an event, its badges and enrolled phones."""

    app: Flask
    installation: Installation
    badges: list[str]
    enrolments: list[phones.Enrolment]
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


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of each kind, "" for the default one."""
    if request.param == "sqlite":
        return ""
    server: str = request.getfixturevalue("postgresql_server")
    return servers.create_database(server, f"faults_{uuid.uuid4().hex[:8]}")


@pytest.fixture
def venue(database: str, tmp_path: Path) -> Iterator[Venue]:
    """A venue with twenty phones whose clocks are off by up to ten minutes."""
    made = Installation("postgresql" if database else "sqlite", tmp_path, database)
    app = create_app(config.load(made.environment))
    with app.app_context():
        migrations.upgrade(app)
        event = factories.make_event()
        texts = _badges(event)
        enrolments = [_enrol(event, number) for number in range(TENTH.phones)]
    yield Venue(app, made, texts, enrolments)
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


def _enrol(event: Event, number: int) -> phones.Enrolment:
    is_supervisor = number % 5 == 0
    with transaction():
        device, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
        device.is_supervisor = is_supervisor
    return phones.Enrolment(
        device_id=device.id,
        token=token,
        slug=event.slug,
        is_supervisor=is_supervisor,
        clock_error=timedelta(seconds=random.Random(number).uniform(-600, 600)),
    )


class Campaign:
    """A trial of one venue, from the first scan to the last acknowledgement."""

    def __init__(self, venue: Venue, trial: Trial, *, kind: type[Phone] = Phone) -> None:
        self._venue = venue
        self._trial = trial
        self._chance = random.Random(trial.server_kills)
        self.server_kills = 0
        self.met: Counter[str] = Counter()
        share, rest = divmod(trial.page_kills, trial.phones)
        self._phones = [
            kind(
                number,
                enrolment,
                path=venue.installation.data_dir / f"phone-{number}.log",
                badges=venue.badges,
                scans=trial.scans,
                kills=share + (number < rest),
                witness=venue.witness,
                on_acknowledged=venue.check,
            )
            for number, enrolment in enumerate(venue.enrolments[: trial.phones])
        ]
        self._until = time.monotonic() + trial.patience

    def run(self) -> None:
        """Let the phones scan while the server is killed and started again."""
        with networks.network(seed=self._trial.scans) as net:
            work = [
                threading.Thread(target=phone.run, args=(net.port, self._until), name="phone")
                for phone in self._phones
            ]
            for thread in work:
                thread.start()
            try:
                self._keep_killing(net)
            finally:
                self._allow(1)
                for thread in work:
                    thread.join()
            self.met = net.met

    def _keep_killing(self, net: networks.Network) -> None:
        rounds = self._trial.server_kills
        parted = set(range(1, rounds, max(1, rounds // max(1, self._trial.partings))))
        parted = set(sorted(parted)[: self._trial.partings])
        for number in range(rounds + 1):
            with self._serving(net) as server:
                self._allow((number + 1) / (rounds + 1))
                if number in parted:
                    net.part(self._trial.parted_seconds)
                    time.sleep(self._trial.parted_seconds)
                if number == rounds:
                    self._await_all()
                    return
                time.sleep(self._chance.uniform(0.2, 1.0))
                self._kill(net, server)

    @contextmanager
    def _serving(self, net: networks.Network) -> Iterator[installations.Server]:
        workers = "2" if self._venue.installation.url else "1"
        with self._venue.installation.serving("--workers", workers) as server:
            net.target = server.port
            yield server

    def _kill(self, net: networks.Network, server: installations.Server) -> None:
        """Do what ``kill -9`` does, to all of its processes."""
        net.target = None
        family = [server.process, *server.process.children(recursive=True)]
        for process in family:
            process.kill()
        self.server_kills += 1

    def _allow(self, share: float) -> None:
        for phone in self._phones:
            phone.allowed = round(self._trial.scans * share)

    def _await_all(self) -> None:
        while not all(phone.is_done for phone in self._phones):
            if time.monotonic() > self._until or self._venue.witness.failures:
                return
            time.sleep(0.1)


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


def assess(venue: Venue, trial: Trial) -> Damage:
    """Compare what people have seen with what the server has."""
    damage = Damage(overreached=venue.witness.overreached)
    with venue.app.app_context():
        rows = db.session.execute(select(Scan.id, Scan.device_id, Scan.seq)).all()
        damage.lost = set(venue.witness.shown) - {str(row.id) for row in rows}
        numbers = defaultdict(list)
        for row in rows:
            numbers[row.device_id].append(row.seq)
        counts = Counter((row.device_id, row.seq) for row in rows)
        damage.doubles = [each for each, count in counts.items() if count > 1]
        for enrolment in venue.enrolments[: trial.phones]:
            device = db.session.get_one(Device, enrolment.device_id)
            ranges = sequences.joined([], [*numbers[device.id], trial.scans + 1])
            if sequences.gaps(ranges):
                damage.gaps.append((device.id, sequences.gaps(ranges)))
            if (device.acknowledged, device.received) != (trial.scans, f"1-{trial.scans}"):
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


@pytest.mark.parametrize("trial", [TENTH, pytest.param(WHOLE, marks=pytest.mark.long)])
def test_what_was_shown_green_is_on_the_server_once(venue: Venue, trial: Trial) -> None:
    campaign = Campaign(venue, trial)
    campaign.run()
    witness = venue.witness
    assert witness.failures == []
    assert assess(venue, trial) == Damage()
    assert campaign.server_kills == trial.server_kills
    assert len(witness.kills) == trial.page_kills
    assert len(witness.shown) > trial.phones * trial.scans * 0.9
    assert min(campaign.met[fate] for fate in ("dropped", "cut", "unanswered", "parted")) > 0
    with venue.reading() as connection:
        found = connection.scalars(
            select(Finding.kind).where(Finding.kind != FindingKind.CONTRADICTED)
        ).all()
    assert found == [], "phones that only lost their memory look like no copies, and leave no gap"


def test_twin_that_acknowledges_the_highest_number_loses_scans_unseen(venue: Venue) -> None:
    venue.installation.settings["PYTHONPATH"] = str(NO_GUARD)
    Campaign(venue, SMALL).run()
    assert venue.witness.failures == []
    damage = assess(venue, SMALL)
    assert damage.lost, "the twin must show the damage"
    assert damage.overreached
    assert damage.gaps


class Hasty(Phone):
    """Shows green before it keeps."""

    keeps_before_it_shows = False


def test_twin_that_shows_before_it_keeps_loses_scans(venue: Venue) -> None:
    Campaign(venue, SMALL, kind=Hasty).run()
    assert venue.witness.failures == []
    damage = assess(venue, SMALL)
    assert damage.lost, "the twin must show the damage"
    assert not damage.gaps
