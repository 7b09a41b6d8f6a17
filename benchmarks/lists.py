"""What lists are measured against: the formats' own writers with ready cells; and the first byte.

Run as ``python -m benchmarks.lists FORMAT ROWS`` or ``… first``; prints JSON.
"""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter

from benchmarks.report import Measurement
from registration import clock, create_app
from registration.services import events
from registration.services.papers.documents import About, Document
from registration.services.papers.fonts import regular
from registration.services.papers.pages import MM, Page
from registration.services.rosters import delimited
from registration.services.rosters.wanted import Wanted
from tests import installations as serving

CELLS = (
    *("MR4B", "Groß", "Änne", "", "Institut für Beispiele", "Leitung", "science", "delegate"),
    *("health", "ABCD2345", "confirmed", "true", "2026-01-06T08:05:09Z", "main"),
)
ROWS_ON_PAGE = 24
PRINTED = ("Groß, Änne", "Institut für Beispiele", "Delegierte:r", "09:05")


def measure(installation: serving.Installation, *arguments: str) -> Mapping[str, float]:
    """Run this module in a process of its own; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.lists", *arguments],
        env=installation.environment,
        cwd=serving.ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def main() -> None:
    """Measure one thing."""
    what, *rows = sys.argv[1:]
    if what == "first":
        print(json.dumps(first_piece()))
        return
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        BARE[what](Path(folder) / "list", int(rows[0]))
        print(json.dumps({"seconds": time.perf_counter() - began}))


def bare_csv(path: Path, rows: int) -> None:
    """Write ready cells with the csv module alone."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(CELLS for _ in range(rows))


def bare_xlsx(path: Path, rows: int) -> None:
    """Write ready cells with XlsxWriter alone."""
    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = workbook.add_worksheet()
    for row in range(rows):
        for column, cell in enumerate(CELLS):
            sheet.write_string(row, column, cell)
    workbook.close()


def bare_pdf(path: Path, rows: int) -> None:
    """Write ready cells on pages, without measuring or breaking them."""
    about = About(title="", author="", language="de", created_at=clock.now())
    with path.open("wb") as file:
        document = Document(file, size=(210 * MM, 297 * MM), about=about)
        for _page in range(-(-rows // ROWS_ON_PAGE)):
            page = Page(document)
            for row in range(ROWS_ON_PAGE):
                for column, cell in enumerate(PRINTED):
                    page.text(50 + 120 * column, 700 - 27 * row, cell, regular(), 9)
            document.add(page)
        document.close()


BARE: Mapping[str, Callable[[Path, int], None]] = {
    "csv": bare_csv,
    "csv-excel": bare_csv,
    "xlsx": bare_xlsx,
    "pdf": bare_pdf,
}


def first_piece() -> dict[str, float]:
    """Return how long the first and all pieces of a streamed list take; the second of two runs."""
    app = create_app()
    with app.app_context():
        event_id = events.get_event(serving.EVENT).id
        for _ in range(2):
            began = time.perf_counter()
            asked = {"kind": "attendance", "format": "csv-excel", "locale": "de"}
            pieces = delimited.stream(Wanted.of(event_id, asked))
            next(pieces)
            first = time.perf_counter() - began
            for _piece in pieces:
                pass
            whole = time.perf_counter() - began
    return {"first_ms": first * 1000, "seconds": whole}


def first_byte(database: str, told: Mapping[str, float]) -> Measurement:
    """Return the line of a streamed list's first byte."""
    return Measurement(
        "first byte of a streamed roster",
        database,
        told["first_ms"],
        "ms",
        ratio=told["first_ms"] / 1000 / told["seconds"],
        limit="the whole",
        goal="≤ 100 ms",
        met=told["first_ms"] <= 100,
    )


if __name__ == "__main__":
    main()
