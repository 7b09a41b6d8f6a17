"""Send what is due, in this process, and print how long it took: a worker without its queue."""

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import ParamSpec, TypeVar

from registration import create_app, queue
from registration.services.badges import codes
from registration.services.deliveries import message, sending, signing
from registration.services.deliveries.channel import Ways
from tasks import deliveries

Params = ParamSpec("Params")
Made = TypeVar("Made")

PARTS: dict[str, tuple[ModuleType | type, str]] = {
    "whole": (sending, "write"),
    "render": (message, "texts_of"),
    "QR": (codes, "png"),
    "PDF": (message, "_badge_file"),
    "ICS": (message, "_calendar_file"),
    "sign": (signing, "signed"),
    "SMTP": (Ways, "send"),
}
"""What each part of a mail is made by; the first has all others in it but the last."""


def timed(work: Callable[Params, Made], times: list[float]) -> Callable[Params, Made]:
    """Return the same work, which notes how many milliseconds each run took."""

    def run(*args: Params.args, **kwargs: Params.kwargs) -> Made:
        began = time.perf_counter()
        made = work(*args, **kwargs)
        times.append((time.perf_counter() - began) * 1000)
        return made

    return run


def peak_megabytes() -> float:
    """Return this process's peak of resident memory.

    Not ``ru_maxrss``, which begins at the size of whoever started the process.
    """
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def main() -> None:
    """Send all that is due; print as JSON when it began and ended, and what each part cost."""
    app = create_app()
    times: dict[str, list[float]] = defaultdict(list)
    for part, (owner, name) in PARTS.items():
        setattr(owner, name, timed(getattr(owner, name), times[part]))
    send_due = queue.celery_of(app).tasks["deliveries.send_due"]
    began = time.time()
    sent = 0
    while done := send_due():
        sent += done
    told = {
        "mails": sent,
        "began": began,
        "ended": time.time(),
        "peak_mb": peak_megabytes(),
        "parts_ms": {part: statistics.mean(each) for part, each in times.items() if each},
        "each_ms": [sum(pair) for pair in zip(times["whole"], times["SMTP"], strict=False)],
    }
    print(json.dumps(told))


assert deliveries, "importing it is what registers the task"

if __name__ == "__main__":
    main()
