"""The device at the door: its first list, and from scan to screen, by the browser's clock."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.report import Measurement, Report
from tests import installations as serving
from tests import load

SCANS = 300
MOST_SECONDS = 20.0
MOST_MEGABYTES = 8.0
MOST_P95_MS = 100.0
PATIENCE_MS = 180_000

LISTED = """
(badges) => {
    const said = document.getElementById("status-text")?.textContent ?? "";
    return said.replace(/\\D/g, "").startsWith(String(badges)) ? performance.now() : 0;
}
"""
"""Milliseconds from the start of loading the page until its list is there; 0 until then."""

FETCHED = """
() => performance.getEntriesByType("resource")
    .filter(({ name }) => new URL(name).pathname.endsWith("/manifest"))
    .map(({ encodedBodySize, transferSize }) => Math.max(encodedBodySize, transferSize))[0] ?? 0
"""

SCAN = """
async (tokens) => {
    const screen = document.getElementById("verdict");
    const shown = () => new Promise((resolve) => {
        const observer = new MutationObserver(() => {
            if (screen.hidden || !screen.dataset.tone || screen.dataset.tone === "waiting") return;
            observer.disconnect();
            resolve(performance.now());
        });
        observer.observe(screen, { attributes: true });
    });
    const times = [];
    for (const token of tokens) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const target = document.activeElement ?? document.body;
        const press = (key) => target.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        for (const key of token) press(key);
        const verdict = shown();
        const began = performance.now();
        press("Enter");
        times.push((await verdict) - began);
    }
    return times;
}
"""
"""Scans as a keyboard scanner does, and waits for each answer; milliseconds from key to screen."""


def measure(report: Report, installation: serving.Installation) -> None:
    """Enrol a browser at an event of a hundred thousand, then scan some of its badges."""
    program = shutil.which("chromium")
    if program is None:
        print("no Chromium: the device at the door is not measured")
        return
    printed = installation.einlass("tokens", "--event", serving.EVENT).split("\n")
    tokens = [token for token in printed if token]
    step = max(1, len(tokens) // SCANS)
    with installation.serving("--workers", "1") as server, _page(program) as page:
        page.goto(f"http://127.0.0.1:{server.port}/gate/#code={_code(installation)}")
        listed = page.wait_for_function(
            LISTED, arg=len(tokens), timeout=PATIENCE_MS, polling=20
        ).json_value()
        _first_list(report, installation, listed / 1000, page.evaluate(FETCHED) / 1e6)
        times = page.evaluate(SCAN, tokens[::step][:SCANS])
    _verdicts(report, installation, times, len(tokens))


def _code(installation: serving.Installation) -> str:
    arguments = ("--event", serving.EVENT, "--gate", "main", "--code", "--json")
    return str(json.loads(installation.einlass("device", "create", *arguments))["code"])


@contextmanager
def _page(program: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser.new_page(viewport={"width": 390, "height": 844})
        finally:
            browser.close()


def _first_list(
    report: Report, installation: serving.Installation, seconds: float, megabytes: float
) -> None:
    report.add(
        Measurement(
            "device, from nothing to its list",
            installation.database,
            seconds,
            "s",
            goal=f"100,000 in {MOST_SECONDS:g} s",
            met=seconds <= MOST_SECONDS,
        )
    )
    report.add(
        Measurement(
            "device, its list as it came",
            installation.database,
            megabytes,
            "MB",
            goal=f"100,000 in {MOST_MEGABYTES:g} MB",
            met=0 < megabytes <= MOST_MEGABYTES,
        )
    )


def _verdicts(
    report: Report, installation: serving.Installation, times: Sequence[Any], badges: int
) -> None:
    result = load.Result(len(times), sum(times) / 1000, [float(each) for each in times])
    p95 = result.percentile(0.95)
    report.add(
        Measurement(
            f"device, scan to verdict of {badges:,}",
            installation.database,
            result.rate,
            "/s",
            1,
            result.percentile(0.5),
            p95,
            result.percentile(0.99),
            goal=f"p95 ≤ {MOST_P95_MS:g} ms",
            met=p95 <= MOST_P95_MS,
        )
    )
