"""Badges and rosters: how many a second, and at what memory."""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import lists
from benchmarks.report import Goals, Measurement, Report
from tests import installations as serving
from tests import load

FILES = 5
"""Of each kind; latencies are those of whole files."""


def measure_badges(report: Report, installation: serving.Installation, people: int) -> None:
    """Make all badges of an event in one process."""
    out = installation.data_dir / "badges.pdf"
    made = _timed(installation, "badges", "export", "--event", serving.EVENT, "--out", str(out))
    measurement = made.measurement("badges, one core", installation, people)
    measurement.goal, measurement.met = Goals(rate=300).judge(measurement)
    report.add(measurement)


def measure_rosters(report: Report, installation: serving.Installation, people: int) -> None:
    """Make the attendance roster in each format, beside that one's writer with ready cells."""
    limits = {
        "csv": (2.0, 64, 100_000),
        "csv-excel": (2.0, 64, 100_000),
        "xlsx": (30.0, 128, 100_000),
        "pdf": (5.0, 200, 10_000),
    }
    for form, (most_seconds, most_megabytes, rows) in limits.items():
        out = installation.data_dir / f"roster.{form}"
        asked = ("--event", serving.EVENT, "--kind", "attendance", "--format", form)
        made = _timed(installation, "roster", "export", *asked, "--out", str(out))
        measurement = made.measurement(f"roster rows, {form}", installation, people)
        measurement.ratio = lists.measure(installation, form, f"{people}")["seconds"] / made.seconds
        measurement.limit = "bare writer"
        measurement.goal = f"{rows:,} in {most_seconds:g} s and {most_megabytes} MB"
        fast_enough = made.seconds <= most_seconds * people / rows
        measurement.met = fast_enough and made.megabytes <= most_megabytes
        report.add(measurement)
    report.add(lists.first_byte(installation.database, lists.measure(installation, "first")))


@dataclass(frozen=True)
class Made:
    """One file made several times: the seconds of each, and the peak, above an idle command's."""

    each: Sequence[float]
    megabytes: float

    @property
    def seconds(self) -> float:
        """How long one takes: the middle one."""
        return statistics.median(self.each)

    def measurement(
        self, name: str, installation: serving.Installation, things: int
    ) -> Measurement:
        """Return the line of a file with so many things in it."""
        result = load.Result(len(self.each), sum(self.each), [each * 1000 for each in self.each])
        return Measurement(
            name,
            installation.database,
            things / self.seconds,
            "/s",
            None,
            result.percentile(0.5),
            result.percentile(0.95),
            result.percentile(0.99),
            self.megabytes,
        )


def _timed(installation: serving.Installation, *arguments: str) -> Made:
    """Run a command `FILES` times, beside one that does nothing."""
    idle_seconds, idle_megabytes = _run(installation, "event", "list", "--json")
    runs = [_run(installation, *arguments) for _ in range(FILES)]
    return Made(
        [max(0.001, seconds - idle_seconds) for seconds, _ in runs],
        max(0.0, max(megabytes for _, megabytes in runs) - idle_megabytes),
    )


def _run(installation: serving.Installation, *arguments: str) -> tuple[float, float]:
    # A child's ru_maxrss begins at its parent's size, so the peak is read while it runs.
    command = [sys.executable, "-m", "registration.cli", *arguments]
    began, peak = time.perf_counter(), 0.0
    with subprocess.Popen(
        command, env=installation.environment, cwd=serving.ROOT, stdout=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            peak = max(peak, serving.peak_megabytes(process.pid))
            time.sleep(0.01)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed")
    return time.perf_counter() - began, peak
