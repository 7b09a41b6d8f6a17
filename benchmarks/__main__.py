"""``make bench``: measure the program beside its limits, print a table, write results.json."""

import re
import sys
import time
from pathlib import Path

from benchmarks import device, mails, manifest, outage, papers, prints, rush, web
from benchmarks.report import Measurement, Report
from tests import installations as serving

PEOPLE = 10_000
MANY = 100_000
MOST_PACKAGES = 60
WIDE = "1000000"


def main() -> None:
    """Measure all, or only the parts named: mails, outage, web, rush, papers, manifest, device."""
    parts = set(sys.argv[1:]) or {"mails", "outage", "web", "rush", "papers", "manifest", "device"}
    report = Report()
    _packages(report)
    with serving.installations(["sqlite", "postgresql"]) as installations:
        for installation in installations:
            installation.settings["PYTHONPATH"] = str(Path(__file__).parent / "as_installed")
            _migrate(report, installation)
            installation.einlass("demo")
            _widen(installation)
            if "mails" in parts:
                mails.measure(report, installation)
            _add_people(installation, PEOPLE)
            if "web" in parts:
                tokens = installation.einlass("tokens", "--event", serving.EVENT).split("\n")
                web.measure(report, installation, [token for token in tokens if token])
            if "outage" in parts:
                outage.measure(report, installation)
            if "rush" in parts:
                rush.measure(report, installation)
            if "papers" in parts:
                people = _people(installation)
                papers.measure_badges(report, installation, people)
                prints.measure(report, installation, people)
                _add_people(installation, MANY - people)
                papers.measure_rosters(report, installation, _people(installation))
                prints.measure_many(report, installation, _people(installation))
            if "manifest" in parts:
                people = _people(installation)
                _add_people(installation, MANY - people)
                manifest.measure(report, installation, max(people, MANY))
            if "device" in parts:
                _add_people(installation, MANY - _people(installation))
                device.measure(report, installation)
    report.write()
    missed = [each for each in report.measurements if each.met is False]
    print(f"\n{len(report.measurements)} figures, {len(missed)} goals missed")


def _packages(report: Report) -> None:
    lock = (serving.ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    count = len(re.findall(r"^[a-z0-9].*==", lock, flags=re.MULTILINE))
    report.add(
        Measurement(
            "packages at run time",
            "",
            count,
            "",
            goal=f"≤ {MOST_PACKAGES}",
            met=count <= MOST_PACKAGES,
        )
    )


def _migrate(report: Report, installation: serving.Installation) -> None:
    began = time.perf_counter()
    installation.einlass("db", "upgrade")
    seconds = time.perf_counter() - began
    report.add(
        Measurement(
            "migration of an empty database",
            installation.database,
            seconds,
            "s",
            goal="≤ 5 s",
            met=seconds <= 5,
        )
    )


def _widen(installation: serving.Installation) -> None:
    """Give four quotas that a registration matches more places than will be asked for."""
    for scope in (
        [],
        ["--alliance", "MR4B"],
        ["--role", "delegate"],
        ["--alliance", "MR4B", "--role", "delegate"],
    ):
        installation.einlass("quota", "set", "--event", serving.EVENT, *scope, "--places", WIDE)


def _add_people(installation: serving.Installation, count: int) -> None:
    if count > 0:
        installation.einlass(
            "registrations", "add", "--event", serving.EVENT, "--count", str(count)
        )


def _people(installation: serving.Installation) -> int:
    tokens = installation.einlass("tokens", "--event", serving.EVENT)
    return sum(1 for token in tokens.split("\n") if token)


if __name__ == "__main__":
    main()
