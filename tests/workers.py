"""Workers as processes of their own, which die where they are told to.

Run as a program it imports what a worker needs once, and forks a worker for each that is asked
for: several at a time, and time goes on between the rounds, so that dead workers' leases end.
"""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from flask import Flask

ROOT = Path(__file__).parents[1]
BETWEEN_ROUNDS = timedelta(seconds=121)
"""Longer than a lease."""
PATIENCE = 120
"""Seconds that a worker waits for the others of its round."""
PART = 10
"""Badges in a part, so that few people make many parts."""


def run(app: Flask, *rounds: Sequence[str], twin: bool = False) -> list[list[int]]:
    """Let workers run on the database of a test; return the parts that each of them has drawn.

    Args:
        app: the test's application.
        rounds: the workers of each round; each by where it dies (see `_points`), or "": it lives.
            Several begin to draw together, so there must be a part for each.
        twin: let them settle a part before they draw it.
    """
    environment = {
        **os.environ,
        "EINLASS_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "EINLASS_DATA_DIR": str(app.config["DATA_DIR"]),
        "EINLASS_SECRET_KEY": app.config["SECRET_KEY"],
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.workers", json.dumps([rounds, twin])],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: list[list[int]] = json.loads(done.stdout.splitlines()[-1])
    return told


def _die_at(place: Any, name: str, call: int) -> None:
    """Let the process end as by ``kill -9``, just before a function's so-many-th call."""
    real: Callable[..., Any] = getattr(place, name)
    calls = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    setattr(place, name, counted)


def _points() -> Mapping[str, tuple[Any, str]]:
    """Return where a worker can be told to die: ``<point>:<call>``."""
    from registration.services import jobs  # noqa: PLC0415  # only in the program
    from registration.services.badges.runs import asking, drawing  # noqa: PLC0415
    from registration.services.jobs import leases, parts  # noqa: PLC0415
    from registration.services.papers.documents import Document  # noqa: PLC0415

    return {
        "planning": (asking, "note"),
        "placing": (parts, "sync"),
        "drawing": (drawing, "compose"),
        "merging": (Document, "add_made"),
        "finishing": (leases, "sync"),
        "clearing": (jobs, "clear"),
    }


def _work(round_number: int, point: str, *, twin: bool, drawn: int, together: Barrier) -> None:
    """Be a worker until nothing is due."""
    import tasks.jobs  # noqa: PLC0415  # only in the program
    import tasks.prints  # noqa: PLC0415
    from registration import clock, create_app  # noqa: PLC0415
    from registration.services import jobs  # noqa: PLC0415
    from registration.services.badges.runs import drawing, planning  # noqa: PLC0415
    from registration.services.papers import reading  # noqa: PLC0415

    now = clock.now
    clock.now = lambda: now() + round_number * BETWEEN_ROUNDS
    planning.PART = reading.CHUNK = PART
    real = jobs.finish_part

    def finish_part(claimed: jobs.PartClaim, made: Path) -> None:
        real(claimed, made)
        os.write(drawn, bytes([claimed.number]))

    jobs.finish_part = finish_part
    drawing.write = _after_all_are_there(drawing.write, together)
    if twin:
        tasks.prints.draw = _settle_then_draw
    if point:
        name, _, call = point.partition(":")
        _die_at(*_points()[name], int(call))
    with create_app().app_context():
        tasks.jobs.run_due.run()


def _after_all_are_there(real: Callable[..., Any], together: Barrier) -> Callable[..., Any]:
    """Return the function; its first call waits until all workers of the round are there."""
    waited = False

    def write(*arguments: Any, **named: Any) -> Any:
        nonlocal waited
        if not waited:
            waited = True
            together.wait(PATIENCE)
        return real(*arguments, **named)

    return write


def _settle_then_draw(claim: Any) -> None:
    """Draw a part without the guard: it counts as done before its file is whole."""
    from registration.database import transaction  # noqa: PLC0415  # only in the program
    from registration.services import jobs  # noqa: PLC0415
    from registration.services.badges.runs import drawing  # noqa: PLC0415

    path = jobs.part_path(claim.job_id, claim.number)
    path.touch()
    with transaction():
        jobs.finish_part(claim, path)
    drawing.write(
        path,
        plan_path=jobs.plan_path(claim.job_id),
        number=claim.number,
        on_progress=lambda _: None,
    )


def _fork(round_number: int, point: str, *, twin: bool, together: Barrier) -> tuple[int, int]:
    """Start a worker; return its process and where it tells of the parts that it has drawn."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            _work(round_number, point, twin=twin, drawn=write, together=together)
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    return process, read


def main() -> None:
    """Run the rounds, and print what each worker has drawn."""
    import tasks.jobs  # noqa: F401, PLC0415  # imported once, before the workers are forked

    rounds, twin = json.loads(sys.argv[1])
    told: list[list[int]] = []
    for number, points in enumerate(rounds):
        together = multiprocessing.Barrier(len(points))
        workers = [_fork(number, point, twin=twin, together=together) for point in points]
        for (process, drawn), point in zip(workers, points, strict=True):
            _, status = os.waitpid(process, 0)
            expected = -signal.SIGKILL if point else 0
            if os.waitstatus_to_exitcode(status) != expected:
                raise SystemExit(f"the worker {point!r} ended with {status}")
            with os.fdopen(drawn, "rb") as pipe:
                told.append(list(pipe.read()))
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main()
