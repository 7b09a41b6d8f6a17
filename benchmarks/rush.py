"""The opening rush: everybody registers in the minute in which registration opens."""

import json
import threading
import time
import uuid
from collections import Counter
from urllib.parse import urlencode

from benchmarks.report import Measurement, Report
from benchmarks.web import FORM, HIDDEN, THREADS, person, visit_bare, visit_durable
from tests import installations as serving
from tests import load

BROWSERS = 2_000
PLACES = 500
SENT_AS = {"Content-Type": "application/x-www-form-urlencoded"}
FULL = "Alle Plätze dieser Veranstaltung sind vergeben"
"""What the page says to whom there is no place."""
STACK = 256 * 1024


class Rush:
    """Browsers that all start at once, and what each was told in the end."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._start = threading.Barrier(BROWSERS + 1)
        self._guard = threading.Lock()
        self.told: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.seconds = 0.0

    def run(self, visit: "load.Visit") -> load.Result:
        """Let every browser visit once, all from the same moment on."""
        before = threading.stack_size(STACK)
        threads = [
            threading.Thread(target=self._one, args=(visit, n), daemon=True)
            for n in range(BROWSERS)
        ]
        for thread in threads:
            thread.start()
        threading.stack_size(before)
        self._start.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        self.seconds = time.perf_counter() - began
        return load.Result(BROWSERS, self.seconds, self.latencies)

    def _one(self, visit: "load.Visit", number: int) -> None:
        client = load.Client(self._port)
        self._start.wait()
        began = time.perf_counter()
        try:
            visit(client, number)
            self._note("answered", began)
        except Exception as error:  # told in the report: nobody may be lost
            self._note(f"{type(error).__name__}: {error}"[:80], began)
        finally:
            client.close()

    def _note(self, what: str, began: float) -> None:
        with self._guard:
            self.told[what] += 1
            self.latencies.append((time.perf_counter() - began) * 1000)

    def register(self, client: load.Client, number: int) -> None:
        """Load the form, send it, and read what it says."""
        page = client.ask("GET", FORM, headers={"Accept-Language": "de"})
        if page.status != 200:
            raise load.Failure(f"the form answered {page.status}")
        hidden = {name.decode(): value.decode() for name, value in HIDDEN.findall(page.body)}
        told = hidden | person(number) | {"email": f"rush-{uuid.uuid4().hex}@buendnis.example"}
        answer = client.ask("POST", FORM, body=urlencode(told).encode(), headers=SENT_AS)
        clear = answer.status == 409 and FULL in answer.body.decode()
        word = "in" if answer.status == 303 else "refused clearly" if clear else str(answer.status)
        with self._guard:
            self.told[word] += 1


def measure(report: Report, installation: serving.Installation) -> None:
    """Let `BROWSERS` register at once for `PLACES`, beside as many at the bare views."""
    workers = 1 if installation.database == "sqlite" else 2
    taken = _taken(installation)
    places = str(taken + PLACES)
    installation.einlass("quota", "set", "--event", serving.EVENT, "--places", places)
    with (
        installation.serving("--workers", str(workers), "--threads", str(THREADS)) as server,
        serving.bare(installation, workers=workers, threads=THREADS) as bare,
    ):
        limit = Rush(bare.port).run(_visit_both)
        server.forget_peak()
        rush = Rush(server.port)
        result = rush.run(rush.register)
        peak = server.peak_megabytes()
    report.add_load(
        f"opening rush, {BROWSERS:,} for {PLACES} places",
        installation.database,
        result,
        clients=BROWSERS,
        limit=limit,
        limit_name="bare, GET and durable POST",
        peak_mb=peak,
    )
    _judge(report, installation, rush, _taken(installation) - taken)


def _visit_both(client: load.Client, number: int) -> None:
    visit_bare(client, number)
    visit_durable(client, number)


def _judge(report: Report, installation: serving.Installation, rush: Rush, registered: int) -> None:
    """Say whether every place was given once, and everybody told what became of them."""
    fine = (
        registered == rush.told["in"] == PLACES
        and rush.told["refused clearly"] == BROWSERS - PLACES
        and rush.told["answered"] == BROWSERS
    )
    goal = f"{PLACES} in, {BROWSERS - PLACES:,} refused clearly, nobody lost"
    line = Measurement("… of whom got a place", installation.database, registered, "people")
    line.goal, line.met = goal, fine
    report.add(line)
    if not fine:
        print(f"  told: {dict(rush.told)}")


def _taken(installation: serving.Installation) -> int:
    rows = json.loads(installation.einlass("quota", "list", "--event", serving.EVENT, "--json"))
    totals = [row for row in rows if row["alliance"] is None and row["role"] is None]
    return int(totals[0]["taken"])
