"""``einlass serve``: the web server and, where there is no Redis, its worker, in one command."""

import os
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.request import urlopen

import click
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.common import AbstractServer

from registration import config
from registration.application import create_app
from registration.cli import database, supervision

THREADS = 8
BACKLOG = 2048
PAUSE = 5.0


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), help="Web processes. [default: by database]")
@click.option("--threads", type=click.IntRange(1, 64), default=THREADS, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="[default: PORT, else 8000]")
@click.option("--without-worker", is_flag=True, help="Start no worker, even without Redis.")
def serve(
    workers: int | None, threads: int, host: str, port: int | None, without_worker: bool
) -> None:
    """Serve the pages; without Redis also send the mails and make the files.

    One process serves SQLite best, whose writers take turns; on PostgreSQL there are as many as
    cores, at most four. A process that dies is started again.
    """
    settings = prepare(host, port)
    run(
        settings,
        host=host,
        workers=workers or default_workers(settings),
        threads=threads,
        with_worker=settings.is_embedded and not without_worker,
    )


def default_workers(settings: config.Settings) -> int:
    """Return the number of web processes for this database."""
    if settings.sqlalchemy_url.startswith("sqlite"):
        return 1
    return min(os.cpu_count() or 1, 4)


def prepare(host: str, port: int | None) -> config.Settings:
    """Check all that can be checked before serving, and return the settings.

    Raises:
        SettingRefused: a setting is bad, missing or misspelt.
        click.ClickException: the port is taken, or the tables are not up to date.
    """
    if port is not None:
        os.environ["PORT"] = str(port)  # links in mails carry it, also in child processes
    settings = config.load()
    _check_port(host, settings.port)
    _check_tables(settings)
    look_for_redis(settings.redis_url)
    return settings


def _check_port(host: str, port: int) -> None:
    """Refuse a port that is taken: granian itself would share it (SO_REUSEPORT)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} on {host} cannot be used ({error.strerror}). Stop what uses it, or "
                f"choose another with --port or PORT."
            ) from error


def _check_tables(settings: config.Settings) -> None:
    if not database.is_current(settings):
        raise click.ClickException(
            "The database's tables are not up to date. Run `einlass db upgrade` first."
        )


def look_for_redis(address: str) -> None:
    """Warn where Redis does not answer: pages can do without, mails and files wait for it."""
    if not address:
        return
    import redis  # noqa: PLC0415  # 3 MB that a server without Redis does without

    try:
        with redis.Redis.from_url(address, socket_timeout=2, socket_connect_timeout=2) as asked:
            asked.ping()
    except redis.RedisError as error:
        click.echo(
            f"einlass: Redis does not answer ({error}). Pages are served; mails and files wait "
            f"until it is there and a Celery worker runs. Check EINLASS_REDIS_URL.",
            err=True,
        )


def run(
    settings: config.Settings,
    *,
    host: str,
    workers: int,
    threads: int,
    with_worker: bool,
    on_answer: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; ``on_answer`` is called once the first page is served."""
    keeper = None
    if with_worker:
        command = [sys.executable, "-m", "registration.cli", "work", "--parent", str(os.getpid())]
        keeper = supervision.Keeper(command, name="worker")
        keeper.start()
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared only
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{settings.port}"
    server = _server(host, settings.port, workers=workers, threads=threads)
    announcing = (address, lambda: len(server.wrks) == workers, on_answer)
    threading.Thread(target=_announce, args=announcing, name="announcer", daemon=True).start()
    try:
        while not _serve(server):
            server = _server(host, settings.port, workers=workers, threads=threads)
    finally:
        if keeper is not None:
            keeper.stop()


def _server(host: str, port: int, *, workers: int, threads: int) -> AbstractServer[Any]:
    server: AbstractServer[Any] = Granian(
        "wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        backlog=BACKLOG,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=int(supervision.GRACE),
    )
    return server


def _serve(server: AbstractServer[Any]) -> bool:
    """Serve; return whether that was asked to stop.

    granian gives up on a process that dies twice within seconds; then we begin again, later.
    """
    try:
        server.serve(target_loader=partial(load, parent=os.getpid()))
    except SystemExit:
        if not server.interrupt_signal:
            click.echo(f"einlass: web processes keep ending; again in {PAUSE:g} s", err=True)
            server.main_loop_interrupt.clear()
            server.main_loop_interrupt.wait(PAUSE)
    return bool(server.interrupt_signal)


def load(_target: str, *, parent: int) -> Flask:
    """Make the application in a new web process, which then ends with its parent."""
    supervision.end_with(parent)
    return create_app()


def _announce(
    address: str, has_started: Callable[[], bool], on_answer: Callable[[], None] | None
) -> None:
    """Say that pages are served once one is.

    Nothing is done before the web processes have started: a process forked while another thread
    imports something would wait for ever for that import's lock.
    """
    pause = threading.Event()
    while not (has_started() and _answers(address)):
        pause.wait(0.05)
    click.echo(f"Einlass serves at {address}. Stop it with Ctrl-C.")
    if on_answer is not None:
        on_answer()
    sys.stdout.flush()


def _answers(address: str) -> bool:
    try:
        urlopen(f"{address}/livez", timeout=1).close()  # noqa: S310  # our own address
    except OSError:
        return False
    return True
