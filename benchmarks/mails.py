"""Mails: how many a second one sender and two hand over, and what each part of one costs."""

import json
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.report import Goals, Measurement, Report
from tests import installations as serving
from tests import load, servers

MAILS = 300
SIZE = 26_000
"""Bytes of the PDF in a ready message: it comes out as large as one of ours."""


def measure(report: Report, installation: serving.Installation) -> None:
    """Send confirmations to a mail server on loopback, beside a bare loop with ready messages."""
    with mail_sink(installation.data_dir) as port:
        bare = _send_bare(port)
        report.add_load("bare smtplib loop, ready messages", installation.database, bare, clients=1)
        environment = installation.environment | {
            "EINLASS_SMTP_URL": f"smtp+plain://127.0.0.1:{port}",
            "EINLASS_MAIL_FROM": "Einlass <einlass@buendnis.example>",
            "EINLASS_DKIM_SELECTOR": "bench",
            "EINLASS_DKIM_KEY": _key(),
        }
        for senders in (1, 2):
            _measure_senders(report, installation, environment, senders, bare)


def _measure_senders(
    report: Report,
    installation: serving.Installation,
    environment: Mapping[str, str],
    senders: int,
    bare: load.Result,
) -> None:
    count = str(MAILS * senders)
    installation.einlass(
        "registrations", "add", "--event", serving.EVENT, "--count", count, "--mail"
    )
    told = _send(environment, senders)
    sent = sum(each["mails"] for each in told)
    if sent != int(count):
        raise RuntimeError(f"{sent} of {count} mails were sent")
    seconds = max(each["ended"] for each in told) - min(each["began"] for each in told)
    report.add_load(
        f"confirmations, {senders} sender{'s' if senders > 1 else ''}",
        installation.database,
        load.Result(sent, seconds, [ms for each in told for ms in each["each_ms"]]),
        clients=senders,
        limit=bare,
        limit_name="bare smtplib",
        goals=Goals(rate=50.0 * senders),
        peak_mb=max(each["peak_mb"] for each in told),
    )
    if senders == 1:
        for part, milliseconds in told[0]["parts_ms"].items():
            name = "a mail, written" if part == "whole" else f"  of it {part}"
            report.add(
                Measurement(
                    "a mail, handed over" if part == "SMTP" else name,
                    installation.database,
                    milliseconds,
                    "ms",
                )
            )


def _send(environment: Mapping[str, str], senders: int) -> list[dict[str, Any]]:
    """Let so many processes send what is due at once; return what each says."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sending"],
            env=dict(environment),
            cwd=serving.ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(senders)
    ]
    told = [process.communicate()[0] for process in processes]
    return [json.loads(each) for each in told]


def _key() -> str:
    """Return a new private key, as mails are usually signed with."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


def _send_bare(port: int) -> load.Result:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "Ready"
    message.set_content("A line of a mail.\n" * 60)
    message.add_attachment(os.urandom(SIZE), maintype="application", subtype="pdf")
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
