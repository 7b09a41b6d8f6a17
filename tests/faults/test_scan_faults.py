"""Twenty phones, a bad network, a server that is killed: no scan that was shown green is lost."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from registration.models.gates import Finding, FindingKind
from tests import installations, networks, servers, venues
from tests.installations import Installation
from tests.phones import Phone
from tests.venues import Damage, Venue, assess

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
SMALL = Trial(phones=6, scans=30, server_kills=0, page_kills=12)


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
    installation = Installation("postgresql" if database else "sqlite", tmp_path, database)
    with venues.opened(installation, phones=TENTH.phones) as opened:
        yield opened


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


@pytest.mark.parametrize("trial", [TENTH, pytest.param(WHOLE, marks=pytest.mark.long)])
def test_what_was_shown_green_is_on_the_server_once(venue: Venue, trial: Trial) -> None:
    campaign = Campaign(venue, trial)
    campaign.run()
    witness = venue.witness
    assert witness.failures == []
    assert assess(venue, phones=trial.phones, scans=trial.scans) == Damage()
    assert campaign.server_kills == trial.server_kills
    assert len(witness.kills) == trial.page_kills
    assert len(witness.shown) > trial.phones * trial.scans * 0.9
    assert min(campaign.met[fate] for fate in ("dropped", "cut", "unanswered", "parted")) > 0
    with venue.reading() as connection:
        found = connection.scalars(
            select(Finding.kind).where(Finding.kind != FindingKind.CONTRADICTED)
        ).all()
    assert found == [], "phones that only lost their memory look like no copies, and leave no gap"


class Doubting(Phone):
    """Asks about its newest scan only, whatever else waits."""

    alone = 1.0


def test_twin_that_acknowledges_the_highest_number_loses_scans_unseen(venue: Venue) -> None:
    venue.installation.settings["PYTHONPATH"] = str(NO_GUARD)
    Campaign(venue, SMALL, kind=Doubting).run()
    assert venue.witness.failures == []
    damage = assess(venue, phones=SMALL.phones, scans=SMALL.scans)
    assert damage.lost, "the twin must show the damage"
    assert damage.overreached
    assert damage.gaps


class Hasty(Phone):
    """Shows green before it keeps."""

    keeps_before_it_shows = False


def test_twin_that_shows_before_it_keeps_loses_scans(venue: Venue) -> None:
    Campaign(venue, SMALL, kind=Hasty).run()
    assert venue.witness.failures == []
    damage = assess(venue, phones=SMALL.phones, scans=SMALL.scans)
    assert damage.lost, "the twin must show the damage"
    assert not damage.gaps
