"""Print runs: badges a second, workers that share a run, their memory, and pages meanwhile."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import NamedTuple

from benchmarks.report import Goals, Measurement, Report
from tests import installations as serving
from tests import load

WORKERS = 2
MOST_SECONDS = 20.0
"""For 10,000 badges by `WORKERS`."""
MOST_MEGABYTES = 300.0
MOST_P99 = 50.0
"""Milliseconds of a page while badges are made."""
SECONDS = 8.0
"""Of looking at a page, alone and meanwhile."""
PAGE = f"/{serving.EVENT}/register"
CODES = 500
"""QR codes that nothing else is made of: the limit that badges are compared with."""
LIMIT = """
import time
from registration.services.badges import codes
codes.matrix("E1:" + "7" * 116, side=32)
began = time.perf_counter()
for number in range({codes}):
    codes.matrix("E1:" + "7" * 100 + f"{{number:016d}}", side=32)
print({codes} / (time.perf_counter() - began))
"""


class Shared(NamedTuple):
    """A run that workers have made: seconds, and the peak memory of the largest of them."""

    seconds: float
    megabytes: float


def measure(report: Report, installation: serving.Installation, people: int) -> None:
    """Print all badges of an event by several workers, and look at pages meanwhile."""
    limit = _bare_codes(installation)
    shared = _run(installation, workers=WORKERS)
    _report_shared(report, installation, people, shared, limit)
    _measure_pages(report, installation)


def measure_many(report: Report, installation: serving.Installation, people: int) -> None:
    """Print the badges of a stadium: as many a second, in as little memory."""
    shared = _run(installation, workers=WORKERS)
    _report_shared(report, installation, people, shared, _bare_codes(installation))


def _report_shared(
    report: Report,
    installation: serving.Installation,
    people: int,
    shared: Shared,
    limit: float,
) -> None:
    rate, allowed = people / shared.seconds, MOST_SECONDS * people / 10_000
    report.add(
        Measurement(
            f"badges, {people:,} by {WORKERS} workers",
            installation.database,
            rate,
            "/s",
            peak_mb=shared.megabytes,
            ratio=rate / (limit * WORKERS),
            limit="QR codes alone",
            goal=f"≤ {allowed:g} s and ≤ {MOST_MEGABYTES:g} MB a worker",
            met=shared.seconds <= allowed and shared.megabytes <= MOST_MEGABYTES,
        )
    )


def _bare_codes(installation: serving.Installation) -> float:
    """Return how many QR codes of a badge one core makes a second."""
    done = subprocess.run(
        [sys.executable, "-c", LIMIT.format(codes=CODES)],
        env=installation.environment,
        cwd=serving.ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout)


def _run(installation: serving.Installation, *, workers: int) -> Shared:
    """Let workers that are there already make one run of everybody's badges."""
    with _standing_by(installation, workers) as processes:
        began = time.perf_counter()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        peaks = []
        for process in processes:
            assert process.stdout is not None
            peaks.append(float(json.loads(process.stdout.readline())["peak_mb"]))
        return Shared(time.perf_counter() - began, max(peaks))


@contextmanager
def _standing_by(
    installation: serving.Installation, workers: int
) -> Iterator[list["subprocess.Popen[str]"]]:
    """Ask for a run, and start workers that wait for a line before they begin."""
    command = [sys.executable, "-m", "benchmarks.printing"]
    subprocess.run([*command, "ask"], env=installation.environment, cwd=serving.ROOT, check=True)
    processes = [
        subprocess.Popen(
            [*command, "work"],
            env=installation.environment,
            cwd=serving.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(workers)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        yield processes
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _measure_pages(report: Report, installation: serving.Installation) -> None:
    """Look at a page while a worker, a process of its own, makes badges; and while none does."""
    with installation.serving() as server, _standing_by(installation, 1) as (worker,):
        alone = load.run(server.port, _look, clients=1, seconds=SECONDS)
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
        meanwhile = load.run(server.port, _look, clients=1, seconds=SECONDS)
        assert worker.poll() is None, "the badges were made too soon to measure beside them"
    report.add_load(
        "a page while badges are made",
        installation.database,
        meanwhile,
        clients=1,
        limit=alone,
        limit_name="the page alone",
        goals=Goals(p99_ms=MOST_P99),
    )


def _look(client: load.Client, _number: int) -> None:
    answer = client.ask("GET", PAGE, headers={"Accept-Language": "de"})
    if answer.status != HTTPStatus.OK:
        raise load.Failure(f"the page answered {answer.status}")
