"""What was measured, as a table for people and as JSON for scripts."""

import json
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.load import Result

RESULTS = Path(__file__).resolve().parent / "results.json"


@dataclass
class Measurement:
    """One line: a figure with its unit, and beside it its limit and its goal, if any."""

    name: str
    database: str
    figure: float
    unit: str
    clients: int | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    peak_mb: float | None = None
    """Peak of resident memory: of the largest web process while it was asked, or of a command."""
    ratio: float | None = None
    """The figure divided by its limit, both taken in this run."""
    limit: str = ""
    goal: str = ""
    met: bool | None = None


@dataclass
class Report:
    """All measurements of one run."""

    measurements: list[Measurement] = field(default_factory=list)

    def add(self, measurement: Measurement) -> None:
        """Keep one measurement and print its line at once."""
        self.measurements.append(measurement)
        print(_line(measurement), flush=True)

    def add_load(
        self,
        name: str,
        database: str,
        result: Result,
        *,
        clients: int,
        unit: str = "/s",
        each: int = 1,
        limit: Result | None = None,
        limit_name: str = "",
        goals: "Goals | None" = None,
        peak_mb: float | None = None,
    ) -> None:
        """Keep how a load went; ``each`` is how many things one visit did."""
        ratio = result.rate * each / limit.rate if limit else None
        measurement = Measurement(
            name,
            database,
            result.rate * each,
            unit,
            clients,
            result.percentile(0.5),
            result.percentile(0.95),
            result.percentile(0.99),
            peak_mb,
            ratio,
            limit_name,
        )
        if goals is not None:
            measurement.goal, measurement.met = goals.judge(measurement)
        self.add(measurement)

    def write(self) -> None:
        """Write `RESULTS`."""
        RESULTS.write_text(
            json.dumps(
                {
                    "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
                    "machine": f"{platform.machine()}, Python {platform.python_version()}",
                    "measurements": [
                        {k: _rounded(v) for k, v in asdict(each).items() if v not in (None, "")}
                        for each in self.measurements
                    ],
                },
                indent=1,
                ensure_ascii=False,
            )
            + "\n",
            encoding="utf-8",
        )


@dataclass(frozen=True)
class Goals:
    """What a line is held to: at least a rate, at most a p99, at least a share of its limit."""

    rate: float | None = None
    p99_ms: float | None = None
    ratio: float | None = None

    def judge(self, measured: Measurement) -> tuple[str, bool]:
        """Return the goals in words, and whether all are met."""
        judged: list[tuple[str, bool]] = []
        if self.rate is not None:
            judged.append((f"≥ {self.rate:g}{measured.unit}", measured.figure >= self.rate))
        if self.p99_ms is not None:
            judged.append((f"p99 ≤ {self.p99_ms:g} ms", (measured.p99_ms or 0) <= self.p99_ms))
        if self.ratio is not None:
            share = (measured.ratio or 0) >= self.ratio
            judged.append((f"≥ {self.ratio:.0%} of the limit", share))
        words = ", ".join(f"{goal} {'met' if met else 'MISSED'}" for goal, met in judged)
        return words, all(met for _, met in judged)


def _rounded(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


def _line(each: Measurement) -> str:
    clients = f"{each.clients:>3}" if each.clients else "   "
    parts = [
        f"{each.name:<40.40} {each.database:<10} {clients} {each.figure:>10.1f} {each.unit:<8}"
    ]
    if each.p50_ms is not None:
        parts.append(f"p50 {each.p50_ms:7.1f}  p95 {each.p95_ms:7.1f}  p99 {each.p99_ms:7.1f} ms")
    if each.peak_mb:
        parts.append(f"{each.peak_mb:6.0f} MB")
    if each.ratio is not None:
        parts.append(f"{each.ratio:6.0%} of {each.limit}")
    if each.goal:
        said = "met" in each.goal or "MISSED" in each.goal
        parts.append(f"[{each.goal}{'' if said else ' met' if each.met else ' MISSED'}]")
    return "  ".join(parts)
