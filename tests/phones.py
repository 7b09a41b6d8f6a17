"""Simulated phones: they keep a log on disk, send behind it, and die whenever it hurts most."""

import json
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from registration import clock
from registration.database import uuid7
from tests import load

MOST_SCANS = 40
PATIENCE = 6.0
"""Seconds until a phone gives up on an answer, as real ones do."""
FIRST_PAUSE, MOST_PAUSE = 0.02, 2.0
ALONE = 0.3
"""So often the newest scan is asked about beside all others, as a phone in doubt does."""
WAITS = {429, 503}
"""What a server may say that cannot answer now."""


class Killed(BaseException):
    """The page ends here, and with it all that it had in memory."""


POINTS = ("scanned", "torn", "kept", "shown", "sent", "answered")
"""Where a page may be killed: before its scan is kept, while, after; around sending."""


@dataclass(frozen=True)
class Witness:
    """What people have seen, and tests ask for: nothing of it is known to the phones."""

    shown: dict[str, tuple[uuid.UUID, int]] = field(default_factory=dict)
    """Scans that were shown green: device and number by their ids."""
    acknowledged: list[tuple[uuid.UUID, int]] = field(default_factory=list)
    overreached: list[tuple[uuid.UUID, int]] = field(default_factory=list)
    """Acknowledgements of more than was stored."""
    kills: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Log:
    """A phone's own record: a line a scan, in its order, forgotten only up to what is told."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.touch()
        self.seq = 0
        self.unacknowledged: list[dict[str, Any]] = []
        whole, _, torn = self._path.read_bytes().rpartition(b"\n")
        if torn:  # the page died while it wrote, so this was never shown
            self._path.write_bytes(whole + b"\n" if whole else b"")
        for line in whole.splitlines():
            self._take(json.loads(line))

    def _take(self, row: dict[str, Any]) -> None:
        if "forgotten" in row:
            kept = [scan for scan in self.unacknowledged if scan["seq"] > row["forgotten"]]
            self.unacknowledged = kept
        else:
            self.seq = row["seq"]
            self.unacknowledged.append(row)

    def add(self, scan: dict[str, Any]) -> None:
        """Keep a scan."""
        self._write(json.dumps(scan) + "\n")
        self._take(scan)

    def tear(self, scan: dict[str, Any]) -> None:
        """Begin to keep a scan, and get no further."""
        self._write(json.dumps(scan)[:50])

    def forget(self, acknowledged: int) -> None:
        """Let go of all scans up to a number."""
        row = {"forgotten": acknowledged}
        self._write(json.dumps(row) + "\n")
        self._take(row)

    def _write(self, text: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(text)


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What a phone has of its enrolment."""

    device_id: uuid.UUID
    token: str
    slug: str
    is_supervisor: bool
    clock_error: timedelta


class Phone:
    """One phone at the door.

    ``kills`` says how often its page is killed, at moments drawn from its number; ``may_forget``
    is told each acknowledgement before the phone acts on it.
    """

    keeps_before_it_shows = True
    alone = ALONE

    def __init__(
        self,
        number: int,
        enrolment: Enrolment,
        *,
        path: Path,
        badges: Sequence[str],
        scans: int,
        kills: int,
        witness: Witness,
        on_acknowledged: Callable[[uuid.UUID, int], None],
    ) -> None:
        self._chance = random.Random(number)
        self.enrolment = enrolment
        self._path = path
        self._badges = badges
        self._total = scans
        self._witness = witness
        self._on_acknowledged = on_acknowledged
        self._due = sorted(
            (self._chance.randrange(1, scans - 1), point)
            for point in self._chance.choices(POINTS, k=kills)
        )
        self.allowed = 0
        """So many scans it may make by now."""
        self._log = Log(path)

    @property
    def made(self) -> int:
        """How many scans it has made."""
        return self._log.seq

    @property
    def is_done(self) -> bool:
        """Whether it has made all its scans, and knows that the server has them."""
        return self._log.seq >= self._total and not self._log.unacknowledged

    def run(self, port: int, until: float) -> None:
        """Scan and send until all is done, or until a moment of the monotonic clock."""
        while not self.is_done and time.monotonic() < until and not self._witness.failures:
            try:
                self._live(port, until)
            except Killed:
                self._log = Log(self._path)
            except Exception as error:  # told to whoever tests
                self._witness.failures.append(f"{type(error).__name__}: {error}")

    def _live(self, port: int, until: float) -> None:
        pause = FIRST_PAUSE
        while not self.is_done and time.monotonic() < until and not self._witness.failures:
            for _ in range(self._chance.randint(1, 4)):
                if self._log.seq < min(self.allowed, self._total):
                    self._scan()
            try:
                self._sync(port)
                pause = FIRST_PAUSE
            except (OSError, load.Failure):
                pause = min(pause * 2, MOST_PAUSE)
            time.sleep(pause * self._chance.uniform(0.5, 1.5))

    def _die(self, point: str) -> None:
        for due in self._due:
            if due[0] <= self._log.seq and due[1] == point:
                self._due.remove(due)
                self._witness.kills.append(point)
                raise Killed

    def _scan(self) -> None:
        scan = self._made()
        self._die("scanned")
        if not self.keeps_before_it_shows:
            self._show(scan)
        try:
            self._die("torn")
        except Killed:
            self._log.tear(scan)
            raise
        self._log.add(scan)
        self._die("kept")
        if self.keeps_before_it_shows:
            self._show(scan)
        self._die("shown")

    def _show(self, scan: dict[str, Any]) -> None:
        self._witness.shown[scan["id"]] = (self.enrolment.device_id, scan["seq"])

    def _made(self) -> dict[str, Any]:
        own = self._log.unacknowledged
        wall_at = clock.now() + self.enrolment.clock_error
        scan: dict[str, Any] = {
            "id": str(uuid7()),
            "seq": self._log.seq + 1,
            "badge": self._chance.choice(self._badges),
            "gate": "main",
            "kind": self._chance.choice(["entry", "entry", "entry", "exit", "exit"]),
            "wall_at": wall_at.isoformat(),
            "offset_ms": round(-self.enrolment.clock_error / timedelta(milliseconds=1)),
            "error_ms": 20,
            "told": "admitted",
        }
        if self.enrolment.is_supervisor and own and self._chance.random() < 0.2:
            undone = self._chance.choice(own)
            scan |= {"kind": "undo", "target": undone["id"], "badge": undone["badge"]}
        return scan

    def _sync(self, port: int) -> None:
        waiting = self._log.unacknowledged
        if waiting:
            alone = self._chance.random() < self.alone
            self._send(port, waiting[-1:] if alone else waiting[:MOST_SCANS])

    def _send(self, port: int, scans: Sequence[dict[str, Any]]) -> None:
        headers = {
            "Authorization": f"Bearer {self.enrolment.token}",
            "Content-Type": "application/json",
        }
        body = {"scans": scans, "unsent": len(self._log.unacknowledged) - len(scans)}
        with load.Client(port, patience=PATIENCE) as client:
            path = f"/api/v1/events/{self.enrolment.slug}/scans"
            client.send("POST", path, body=json.dumps(body).encode(), headers=headers)
            self._die("sent")
            answer = client.receive()
        if answer.status in WAITS:
            raise load.Failure(str(answer.status))
        if answer.status != 200:
            raise AssertionError(f"{answer.status}: {answer.body[:300]!r}")
        self._take(json.loads(answer.body), scans)

    def _take(self, answer: dict[str, Any], scans: Sequence[dict[str, Any]]) -> None:
        told = [(row["id"], row["state"]) for row in answer["scans"]]
        asked = [scan["id"] for scan in scans]
        if [each for each, _ in told] != asked or {"refused"} & {state for _, state in told}:
            raise AssertionError(f"asked of {asked}, told of {told}")
        acknowledged = answer["acknowledged"]
        self._witness.acknowledged.append((self.enrolment.device_id, acknowledged))
        self._on_acknowledged(self.enrolment.device_id, acknowledged)
        self._die("answered")
        self._log.forget(acknowledged)
