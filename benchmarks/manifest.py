"""The manifest: how long the whole of it takes, how large it is, and what a delta costs."""

import json
import time
import zlib
from http.client import HTTPConnection

from benchmarks.report import Measurement, Report
from tests import installations as serving

MOST_SECONDS = 5.0
MOST_MEGABYTES = 200
MOST_PACKED = 8.0
GZIP = 31
DELTAS = 50


def measure(report: Report, installation: serving.Installation, people: int) -> None:
    """Ask for an event's manifest as a device does that begins, then as one that goes on."""
    device = installation.new_device()
    with installation.serving("--workers", "1") as server:
        time.sleep(REST)
        _ask(server.port, device, since=time.time_ns() // 1_000_000 - 1)  # loads what is needed
        server.forget_peak()
        began = time.perf_counter()
        whole = _ask(server.port, device, since=0)
        seconds = time.perf_counter() - began
        peak = server.peak_megabytes()
        version = json.loads(zlib.decompress(whole, GZIP))["version"]
        began = time.perf_counter()
        for _ in range(DELTAS):
            _ask(server.port, device, since=version)
        delta_ms = (time.perf_counter() - began) / DELTAS * 1000
    packed = len(whole) / 1e6
    allowed = people / 100_000
    name = installation.database
    report.add(
        Measurement(
            "manifest, whole",
            name,
            seconds,
            "s",
            peak_mb=peak,
            goal=f"100,000 in {MOST_SECONDS:g} s and {MOST_MEGABYTES} MB",
            met=seconds <= MOST_SECONDS * max(1.0, allowed) and peak <= MOST_MEGABYTES,
        )
    )
    report.add(
        Measurement(
            "manifest, as it is sent",
            name,
            packed,
            "MB",
            goal=f"100,000 in {MOST_PACKED:g} MB",
            met=packed <= MOST_PACKED * allowed,
        )
    )
    report.add(Measurement("manifest, when nothing has changed", name, delta_ms, "ms"))


REST = 31.0
"""Longer than deltas overlap, so that none tells of the people who have just been made."""


def _ask(port: int, token: str, *, since: int) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}
    connection.request(
        "GET", f"/api/v1/events/{serving.EVENT}/manifest?since={since}", headers=headers
    )
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {content[:200]!r}")
    return content
