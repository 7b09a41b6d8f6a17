"""Badges, rosters and mails: how many a second, and at what memory."""

import json
import os
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from benchmarks.report import Goals, Measurement, Report
from tests import installations as serving
from tests import load, servers

MAILS = 300
FILES = 5
"""Of each kind; latencies are those of whole files."""


def measure_badges(report: Report, installation: serving.Installation, people: int) -> None:
    """Make all badges of an event in one process."""
    out = installation.data_dir / "badges.pdf"
    made = _timed(installation, "badges", "export", "--event", serving.EVENT, "--out", str(out))
    measurement = made.measurement("badges, one core", installation, people)
    measurement.goal, measurement.met = Goals(rate=250).judge(measurement)
    report.add(measurement)


def measure_rosters(report: Report, installation: serving.Installation, people: int) -> None:
    """Make the attendance roster in each format."""
    limits = {"csv": (2.0, 64), "csv-excel": (2.0, 64), "xlsx": (30.0, 128), "pdf": (None, None)}
    for form, (most_seconds, most_megabytes) in limits.items():
        out = installation.data_dir / f"roster.{form}"
        made = _timed(
            installation,
            "roster",
            "export",
            "--event",
            serving.EVENT,
            "--kind",
            "attendance",
            "--format",
            form,
            "--out",
            str(out),
        )
        measurement = made.measurement(f"roster rows, {form}", installation, people)
        if most_seconds is not None and most_megabytes is not None:
            allowed = most_seconds * people / 100_000
            measurement.goal = f"100,000 in {most_seconds:g} s and {most_megabytes} MB"
            measurement.met = made.seconds <= allowed and made.megabytes <= most_megabytes
        report.add(measurement)


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


def measure_mails(report: Report, installation: serving.Installation) -> None:
    """Send confirmations to a mail server on loopback, beside a bare loop with ready messages."""
    with mail_sink(installation.data_dir) as port:
        bare = _send_bare(port)
        report.add_load("bare smtplib loop, ready messages", installation.database, bare, clients=1)
        installation.einlass(
            "registrations", "add", "--event", serving.EVENT, "--count", str(MAILS), "--mail"
        )
        environment = installation.environment | {
            "EINLASS_SMTP_URL": f"smtp+plain://127.0.0.1:{port}"
        }
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.sending"],
            env=environment,
            cwd=serving.ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        sent = json.loads(done.stdout)
        report.add_load(
            "confirmations with badge, code, calendar",
            installation.database,
            load.Result(sent["mails"], sent["seconds"], sent["each_ms"]),
            clients=1,
            limit=bare,
            limit_name="bare smtplib",
            goals=Goals(rate=50),
            peak_mb=sent["peak_mb"],
        )


def _send_bare(port: int) -> load.Result:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "Ready"
    message.set_content("A line of a mail.\n" * 60)
    message.add_attachment(os.urandom(60_000), maintype="application", subtype="pdf")
    ready = message.as_bytes()
    times = []
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for _ in range(MAILS):
            began = time.perf_counter()
            smtp.sendmail("a@b.example", "c@d.example", ready)
            times.append((time.perf_counter() - began) * 1000)
    return load.Result(MAILS, sum(times) / 1000, times)


@contextmanager
def mail_sink(home: Path) -> Iterator[int]:
    """Run a mail server that takes everything and keeps nothing, in a process of its own."""
    port = servers.free_port()
    command = [
        sys.executable,
        "-m",
        "aiosmtpd",
        "-n",
        "-c",
        "aiosmtpd.handlers.Sink",
        "-l",
        f"127.0.0.1:{port}",
    ]
    with subprocess.Popen(command, cwd=home) as process:
        try:
            _await_mail_server(port)
            yield port
        finally:
            process.terminate()


def _await_mail_server(port: int) -> None:
    for _ in range(200):
        try:
            smtplib.SMTP("127.0.0.1", port).quit()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the mail server did not start")
