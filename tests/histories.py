"""Made-up histories of badges, the same on every machine, with what merging makes of them."""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from registration.models.gates import ScanKind
from registration.services.gates.merging import Pass, Rules, merge

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp() * 1000)
"""Of the night in which Germany puts its clocks back."""
ENDS = tuple(
    int(datetime(2026, 10, 24 + day, 4, tzinfo=BERLIN).timestamp() * 1000) for day in range(4)
)
GATES = ("main", "side", "lab")
RULES = Rules(day_ends=ENDS, zones={"main": "", "side": "", "lab": "lab"})
SPAN = 2 * 86_400_000
CLOCKS = timedelta(minutes=10) // timedelta(milliseconds=1)


def scan_id(number: int) -> str:
    return str(uuid.UUID(int=0x7 << 76 | 0x2 << 62 | number))


def history(chance: random.Random) -> list[Pass]:
    """A history of the kind above, the same for the same seed on every machine."""
    scans: list[Pass] = []
    for number in range(chance.randrange(12)):
        kind = chance.choice([*ScanKind, "entry", "exit", "entry"])
        known = [each.id for each in scans]
        scans.append(
            Pass(
                at=MORNING + chance.randrange(SPAN) + chance.randint(-CLOCKS, CLOCKS),
                id=scan_id(chance.randrange(6) * 100 + number),
                kind=str(kind),
                gate=chance.choice([*GATES, "unheard-of"]),
                target=chance.choice([*known, scan_id(998)]) if kind == "undo" else None,
                refused=chance.choice([None] * 5 + ["revoked"]),
            )
        )
    return scans


def vector(chance: random.Random) -> dict[str, object]:
    scans = history(chance)
    how = Rules(
        day_ends=ENDS, zones=RULES.zones, reentry=str(chance.choice(["free", "free", "once"]))
    )
    merged = merge(scans, how)
    return {
        "scans": [scan._asdict() for scan in scans],
        "reentry": how.reentry,
        "verdicts": merged.verdicts,
        "zones": merged.standing.zones,
        "first": merged.standing.first,
    }


def made_vectors(count: int) -> str:
    """Return histories with their verdicts, which both languages must reach, as JSON."""
    chance = random.Random(20261122)
    rows = [json.dumps(vector(chance), separators=(",", ":")) for _ in range(count)]
    head = json.dumps({"day_ends": ENDS, "zones": RULES.zones}, separators=(",", ":"))
    return f'{{"rules":{head},"vectors":[\n' + ",\n".join(rows) + "\n]}\n"
