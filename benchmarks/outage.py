"""Registrations while Redis is there, gone and hanging: nobody who registers waits for it."""

import signal

from benchmarks.report import Goals, Report
from benchmarks.web import visit_form
from registration.views import limits
from tests import installations as serving
from tests import load, outages

SECONDS = limits.AWAY_SECONDS
"""A whole turn: the program asks a Redis that is away once, then leaves it alone for so long."""


def measure(report: Report, installation: serving.Installation) -> None:
    """Register with each Redis in turn; those without are compared with the one that works."""
    with outages.redis_server() as (redis, url):
        settings = {"EINLASS_REDIS_URL": url, "EINLASS_REGISTER_RATE": "1000000"}
        told = installation.settings | settings
        installation = serving.Installation(
            installation.database, installation.data_dir, installation.url, told
        )
        with installation.serving("--workers", "1", "--without-worker") as server:
            load.run(server.port, visit_form, clients=1, seconds=1.0)
            there = _register(server.port)
            report.add_load("registrations, with Redis", installation.database, there, clients=1)
            assert redis.process is not None
            redis.process.send_signal(signal.SIGSTOP)
            _add(report, installation, "registrations, Redis hangs", server.port, there)
            redis.process.send_signal(signal.SIGCONT)
            redis.end()
            _add(report, installation, "registrations, Redis is gone", server.port, there)


def _register(port: int) -> load.Result:
    return load.run(port, visit_form, clients=1, seconds=SECONDS)


def _add(
    report: Report,
    installation: serving.Installation,
    name: str,
    port: int,
    there: load.Result,
) -> None:
    report.add_load(
        name,
        installation.database,
        _register(port),
        clients=1,
        limit=there,
        limit_name="with Redis",
        goals=Goals(ratio=0.9),
    )
