"""Processes that belong together: a child is kept running, and none outlives its parent."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence

import click

FIRST_PAUSE = 0.5
MOST_PAUSE = 30.0
LONG_ENOUGH = 60.0
"""A child that ran for so many seconds was well: its next restart is quick again."""
GRACE = 8.0
LOOK_EVERY = 0.5

FORKING = threading.Lock()
"""Held while a process is forked or a child is started. A fork in between would inherit and keep
open the pipe by which `Popen` learns that its child has started: `Popen` would wait for ever."""
os.register_at_fork(
    before=FORKING.acquire, after_in_parent=FORKING.release, after_in_child=FORKING.release
)


def next_pause(pause: float, *, ran: float) -> float:
    """Return how many seconds to wait before a child that ``ran`` so long is started again."""
    return FIRST_PAUSE if ran >= LONG_ENOUGH else min(max(pause * 2, FIRST_PAUSE), MOST_PAUSE)


class Keeper:
    """Keeps one child process running until `stop`."""

    def __init__(self, command: Sequence[str], *, name: str) -> None:
        """``name`` says in messages what the child is, for instance ``worker``."""
        self._command = list(command)
        self._name = name
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=f"keeper of {name}", daemon=True)

    def start(self) -> None:
        """Start the child, and from now on start it again whenever it ends."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the child to end, and after `GRACE` seconds make it end."""
        with self._guard:
            self._stopping.set()
            child = self._child
        if child is not None:
            child.terminate()
            try:
                child.wait(timeout=GRACE)
            except subprocess.TimeoutExpired:
                child.kill()
        self._thread.join()

    def _keep(self) -> None:
        pause = 0.0
        while (child := self._start_child()) is not None:
            started = time.monotonic()
            code = child.wait()
            if self._stopping.is_set():
                return
            pause = next_pause(pause, ran=time.monotonic() - started)
            click.echo(
                f"einlass: the {self._name} ended ({_how(code)}); starting it again in {pause:g} s",
                err=True,
            )
            self._stopping.wait(pause)

    def _start_child(self) -> "subprocess.Popen[bytes] | None":
        with self._guard, FORKING:
            if self._stopping.is_set():
                return None
            # A session of its own, so that Ctrl-C reaches it once: through its keeper.
            self._child = subprocess.Popen(self._command, start_new_session=True)  # noqa: S603  # our own program
            return self._child


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def end_with(parent: int) -> None:
    """From now on, end this process when the process ``parent`` ends, even by SIGKILL.

    A process whose parent has died gets another, everywhere; so asking who it is suffices, and
    no descriptor has to be handed down.
    """
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    pause.wait(GRACE)
    os._exit(1)
