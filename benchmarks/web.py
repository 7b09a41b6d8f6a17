"""The web: pages, registrations and scans under load, each beside its limit in the same run."""

import itertools
import json
import re
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from benchmarks.report import Goals, Measurement, Report
from registration.database import uuid7
from tests import installations as serving
from tests import load

CLIENTS = (1, 8, 32)
ROUNDS = 3
SECONDS = 2.0
"""Of each round; the program and its limit take turns, so that noise meets both."""
BATCH = 200
THREADS = 8
SCANS = f"/api/v1/events/{serving.EVENT}/scans"
FORM = f"/{serving.EVENT}/register"

SCAN_GOALS = {
    "sqlite": Goals(rate=450, p99_ms=60, ratio=0.5),
    "postgresql": Goals(rate=750, p99_ms=40, ratio=0.5),
}
REGISTRATION_GOALS = {
    "sqlite": Goals(rate=150, ratio=0.25),
    "postgresql": Goals(rate=200, ratio=0.25),
}


def measure(report: Report, installation: serving.Installation, tokens: Sequence[str]) -> None:
    """Measure one installation with people in it."""
    workers = 1 if installation.database == "sqlite" else 2
    devices = [installation.new_device() for _ in range(max(CLIENTS))]
    shown = _Tokens(tokens)
    with (
        installation.serving("--workers", str(workers), "--threads", str(THREADS)) as server,
        serving.bare(installation, workers=workers, threads=THREADS) as bare,
    ):
        _first_page(report, installation, server)
        for clients in CLIENTS:
            _side_by_side(report, installation, server, bare, clients, devices, shown)
        for clients in (1, 8):
            _batches(report, installation, server, clients, devices, shown)


def _first_page(report: Report, installation: serving.Installation, server: serving.Server) -> None:
    seconds = server.first_answer_seconds
    report.add(
        Measurement(
            "first answer after start",
            installation.database,
            seconds,
            "s",
            goal="≤ 2 s",
            met=seconds <= 2,
        )
    )
    load.run(server.port, visit_form, clients=1, seconds=1)
    memory = server.peak_megabytes()
    report.add(
        Measurement(
            "web worker after a first registration",
            installation.database,
            memory,
            "MB",
            goal="≤ 90 MB",
            met=memory <= 90,
        )
    )


def _side_by_side(
    report: Report,
    installation: serving.Installation,
    server: serving.Server,
    bare: serving.Server,
    clients: int,
    devices: Sequence[str],
    shown: "_Tokens",
) -> None:
    visits = {
        "bare view": (bare.port, visit_bare),
        "bare durable view": (bare.port, visit_durable),
        "scan, one by one": (server.port, scanning(devices, shown, size=1)),
        "least form (GET and POST)": (bare.port, visit_least_form),
        "registration (form GET and POST)": (server.port, visit_form),
    }
    results: dict[str, load.Result] = {}
    peaks: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, (port, visit) in visits.items():
            asked = bare if port == bare.port else server
            asked.forget_peak()
            result = load.run(port, visit, clients=clients, seconds=SECONDS)
            results[name] = results[name].joined(result) if name in results else result
            peaks[name] = max(peaks.get(name, 0.0), asked.peak_megabytes())
    limit = results["bare durable view"]
    name = installation.database
    for view in ("bare view", "bare durable view"):
        report.add_load(view, name, results[view], clients=clients, peak_mb=peaks[view])
    for view, goals in (
        ("scan, one by one", SCAN_GOALS[name]),
        ("least form (GET and POST)", None),
        ("registration (form GET and POST)", REGISTRATION_GOALS[name]),
    ):
        held = goals if goals is None or clients == 8 else Goals(ratio=goals.ratio)
        report.add_load(
            view,
            name,
            results[view],
            clients=clients,
            limit=limit,
            limit_name="bare durable",
            goals=held,
            peak_mb=peaks[view],
        )


def _batches(
    report: Report,
    installation: serving.Installation,
    server: serving.Server,
    clients: int,
    devices: Sequence[str],
    shown: "_Tokens",
) -> None:
    visit = scanning(devices, shown, size=BATCH)
    server.forget_peak()
    result = load.run(server.port, visit, clients=clients, seconds=SECONDS * 2)
    report.add_load(
        "scans, in batches of 200",
        installation.database,
        result,
        clients=clients,
        each=BATCH,
        peak_mb=server.peak_megabytes(),
    )


class _Tokens:
    """Badge tokens in turn, for all clients."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._endless: Iterator[str] = itertools.cycle(tokens)
        self._guard = threading.Lock()

    def take(self, count: int) -> list[str]:
        """Return the next tokens."""
        with self._guard:
            return [next(self._endless) for _ in range(count)]


def visit_bare(client: load.Client, _number: int) -> None:
    """Ask the bare view."""
    _expect(client.ask("GET", "/bare"), 200)


def visit_durable(client: load.Client, _number: int) -> None:
    """Have the bare durable view commit a row of the size of a scan."""
    body = json.dumps({"id": str(uuid7()), "badge": "E1:" + "0" * 116}).encode()
    _expect(client.ask("POST", "/durable", body=body, headers=JSON), 200)


JSON = {"Content-Type": "application/json"}


_sent: "defaultdict[str, Iterator[int]]" = defaultdict(lambda: itertools.count(1))
"""How many scans each device has sent, in this run."""


def scanning(devices: Sequence[str], shown: _Tokens, *, size: int) -> load.Visit:
    """Return a visit that posts so many scans; each client is a device and counts its own."""

    def visit(client: load.Client, number: int) -> None:
        headers = {"Authorization": f"Bearer {devices[number]}", **JSON}
        numbers = _sent[devices[number]]
        rows = [
            {
                "id": str(uuid7()),
                "seq": next(numbers),
                "badge": token,
                "gate": "main",
                "kind": "entry",
                "wall_at": datetime.now(UTC).isoformat(),
            }
            for token in shown.take(size)
        ]
        answer = client.ask(
            "POST", SCANS, body=json.dumps({"scans": rows}).encode(), headers=headers
        )
        _expect(answer, 200)
        if answer.body.count(b'"stored"') != size:
            raise load.Failure(answer.body[:300])

    return visit


HIDDEN = re.compile(rb'name="(csrf_token|idempotency_key)"[^>]*?value="([^"]+)"')


def visit_form(client: load.Client, number: int) -> None:
    """Load the form as a browser does, fill it in and send it."""
    _fill_in(client, FORM, number)


def visit_least_form(client: load.Client, number: int) -> None:
    """Do the same with the least form that Flask-WTF can serve."""
    _fill_in(client, "/form", number)


def _fill_in(client: load.Client, path: str, number: int) -> None:
    page = client.ask("GET", path, headers={"Accept-Language": "de"})
    _expect(page, 200)
    hidden = {name.decode(): value.decode() for name, value in HIDDEN.findall(page.body)}
    if len(hidden) != 2:
        raise load.Failure("the form has no hidden fields")
    body = urlencode(hidden | person(number)).encode()
    answer = client.ask(
        "POST", path, body=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    _expect(answer, 303)


def person(number: int) -> dict[str, str]:
    """Return what one person enters."""
    return {
        "salutation": "neutral",
        "title": "Dr.",
        "given_name": "Änne",
        "family_name": "Groß",
        "email": f"person-{number}-{uuid.uuid4().hex[:8]}@buendnis.example",
        "organisation": "Institut für Beispiele",
        "position": "Leitung",
        "sector": "science",
        "alliance": "MR4B",
        "role": "delegate",
        "theme": "health",
        "locale": "de",
        "diet": "any",
        "support_needs": "",
        "photo_consent": "yes",
        "privacy_consent": "y",
    }


def _expect(answer: load.Answer, status: int) -> None:
    if answer.status != status:
        raise load.Failure(f"{answer.status} instead of {status}: {answer.body[:300]!r}")
