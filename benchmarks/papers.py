"""Badges, rosters and mails: how many a second, and at what memory."""

import json
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from benchmarks.report import Goals, Measurement, Report
from tests import installations as serving
from tests import servers

BADGES = 2_000
MAILS = 300


def measure_badges(report: Report, installation: serving.Installation, people: int) -> None:
    """Make all badges of an event in one process."""
    out = installation.data_dir / "badges.pdf"
    seconds, megabytes = _timed(
        installation, "badges", "export", "--event", serving.EVENT, "--out", str(out)
    )
    _add(
        report, "badges, one core", installation, people / seconds, "/s", megabytes, Goals(rate=250)
    )


def measure_rosters(report: Report, installation: serving.Installation, people: int) -> None:
    """Make the attendance roster in each format."""
    limits = {"csv": (2.0, 64), "csv-excel": (2.0, 64), "xlsx": (30.0, 128), "pdf": (None, None)}
    for form, (most_seconds, most_megabytes) in limits.items():
        out = installation.data_dir / f"roster.{form}"
        seconds, megabytes = _timed(
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
        measurement = Measurement(
            f"roster rows, {form}", installation.database, people / seconds, "/s", peak_mb=megabytes
        )
        if most_seconds is not None and most_megabytes is not None:
            allowed = most_seconds * people / 100_000
            measurement.goal = f"100,000 in {most_seconds:g} s and {most_megabytes} MB"
            measurement.met = seconds <= allowed and megabytes <= most_megabytes
        report.add(measurement)


def _add(
    report: Report,
    name: str,
    installation: serving.Installation,
    figure: float,
    unit: str,
    megabytes: float,
    goals: Goals,
) -> None:
    measurement = Measurement(name, installation.database, figure, unit, peak_mb=megabytes)
    measurement.goal, measurement.met = goals.judge(measurement)
    report.add(measurement)


def _timed(installation: serving.Installation, *arguments: str) -> tuple[float, float]:
    """Run a command; return its seconds and its peak MB, both above an idle command's."""
    idle_seconds, idle_megabytes = _run(installation, "event", "list", "--json")
    seconds, megabytes = _run(installation, *arguments)
    return max(0.001, seconds - idle_seconds), max(0.0, megabytes - idle_megabytes)


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
        seconds = _send_bare(port)
        report.add(
            Measurement(
                "bare smtplib loop, ready messages", installation.database, MAILS / seconds, "/s"
            )
        )
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
        _add(
            report,
            "confirmations with badge, code, calendar",
            installation,
            sent["mails"] / sent["seconds"],
            "/s",
            sent["peak_mb"],
            Goals(rate=50),
        )


def _send_bare(port: int) -> float:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "Ready"
    message.set_content("A line of a mail.\n" * 60)
    message.add_attachment(os.urandom(60_000), maintype="application", subtype="pdf")
    ready = message.as_bytes()
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for _ in range(MAILS):
            smtp.sendmail("a@b.example", "c@d.example", ready)
    return time.perf_counter() - began


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
