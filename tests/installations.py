"""Whole installations for tests and benchmarks: commands and servers as processes of their own.

They see nothing of the developer's environment, listen on loopback, and end with the block.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from tests import servers

ROOT = Path(__file__).resolve().parents[1]
EVENT = "zukunftswerkstatt"
START_SECONDS = 60


@dataclass
class Installation:
    """One data directory and database, and the settings that lead to them."""

    database: str
    data_dir: Path
    url: str
    settings: dict[str, str] = field(default_factory=dict)
    """More of them, by their names in the environment."""

    @property
    def environment(self) -> dict[str, str]:
        """What its processes see."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        own = {"EINLASS_DATA_DIR": str(self.data_dir), "EINLASS_LOG_LEVEL": "error"}
        database = {"EINLASS_DATABASE_URL": self.url} if self.url else {}
        return kept | own | database | self.settings

    def einlass(self, *arguments: str) -> str:
        """Run a command and return what it prints.

        Raises:
            subprocess.CalledProcessError: it failed; its message is shown.
        """
        command = [sys.executable, "-m", "registration.cli", *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def new_device(self) -> str:
        """Return the bearer token of a new device at the main gate."""
        made = self.einlass("device", "create", "--event", EVENT, "--gate", "main", "--json")
        return str(json.loads(made)["token"])

    @contextmanager
    def serving(
        self, *options: str, worker: bool = False, port: int | None = None
    ) -> Iterator["Server"]:
        """Serve the pages; without Redis and with ``worker`` also send mails and make files."""
        port = port or servers.free_port()
        command = [sys.executable, "-m", "registration.cli", "serve", "--port", str(port)]
        command += [] if worker else ["--without-worker"]
        with started([*command, *options], self.environment, port, "/livez") as server:
            yield server

    @contextmanager
    def celery(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run ``celery -A wsgi:celery`` as an installation with Redis does."""
        command = [sys.executable, "-m", "celery", "-A", "wsgi:celery", "-q", *arguments]
        with subprocess.Popen(
            command,
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield process
            finally:
                _end(process)


@dataclass
class Server:
    """A running server: its port, how long its first answer took, and its processes."""

    port: int
    first_answer_seconds: float
    process: psutil.Process

    def peak_megabytes(self) -> float:
        """Return the peak of resident memory so far of the largest web process."""
        return max(peak_megabytes(each.pid) for each in self.process.children(recursive=True))

    def forget_peak(self) -> None:
        """Let the peak begin anew from what is resident now (proc(5), ``clear_refs``)."""
        for each in self.process.children(recursive=True):
            Path(f"/proc/{each.pid}/clear_refs").write_text("5")


def peak_megabytes(pid: int) -> float:
    """Return a process's peak of resident memory so far; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def started(
    command: list[str], environment: dict[str, str], port: int, path: str
) -> Iterator[Server]:
    """Start a server and wait for its first answer.

    Raises:
        TimeoutError: it did not answer in time.
    """
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            _await_answer(f"http://127.0.0.1:{port}{path}")
            yield Server(port, time.perf_counter() - began, psutil.Process(process.pid))
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()


def _await_answer(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(address, timeout=5):
                return
        except URLError:
            if time.monotonic() > deadline:
                raise TimeoutError(address) from None
            time.sleep(0.02)


@contextmanager
def bare(installation: Installation, *, workers: int, threads: int) -> Iterator[Server]:
    """Serve the bare views beside the installation, on a database of the same kind."""
    port = servers.free_port()
    database = installation.url or str(installation.data_dir / "bare.sqlite3")
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", str(threads)]
    command += ["--backlog", "2048", "--log-level", "error", "benchmarks.bare:app"]
    environment = installation.environment | {"BARE_DATABASE": database}
    with started(command, environment, port, "/bare") as server:
        yield server


@contextmanager
def installations(names: list[str]) -> Iterator[list[Installation]]:
    """Set up an empty, migrated installation on each database named."""
    with servers.folder("installation") as home:
        if "postgresql" not in names:
            yield [_installed("sqlite", home, "")]
            return
        with servers.postgresql() as server:
            yield [_installed(name, home, _url(name, server)) for name in names]


def _url(name: str, server: str) -> str:
    return servers.create_database(server, "einlass") if name == "postgresql" else ""


def _installed(name: str, home: Path, url: str) -> Installation:
    data_dir = home / name
    data_dir.mkdir()
    return Installation(name, data_dir, url)
