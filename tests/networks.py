"""A bad network for tests: a proxy on loopback that loses what real ones lose."""

import asyncio
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends RST, as a network that is gone looks (socket(7))."""
CHUNK = 65536
DROPPED = 0.15
"""Of all connections, so many end before a byte has passed."""
CUT = 0.15
"""So many end within the request."""
UNANSWERED = 0.15
"""So many end after the whole request went through, and before its answer."""

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


class Network:
    """Leads to a server that may come and go, through faults; see `network`."""

    def __init__(self, seed: int) -> None:
        self.port = 0
        """Where clients find the server."""
        self.target: int | None = None
        """Where the server listens now; None while it does not."""
        self.met: Counter[str] = Counter()
        """How many connections met which fate."""
        self._chance = random.Random(seed)
        self._until = 0.0
        self._open: set[asyncio.Task[Any] | None] = set()
        """The loop itself would let go of those that wait for nothing but each other."""

    def part(self, seconds: float) -> None:
        """Let nothing through for so long; whoever asks waits in vain."""
        self._until = time.monotonic() + seconds

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """Carry one connection to its end."""
        self._open.add(task := asyncio.current_task())
        fate = self._fate()
        self.met[fate] += 1
        try:
            if fate == "parted":
                await self._swallow(reader)
            elif fate != "dropped":
                await self._carry(reader, writer, fate)
        except OSError:
            self.met["broken"] += 1  # by either end
        finally:
            _abort(writer)
            self._open.discard(task)

    def _fate(self) -> str:
        if time.monotonic() < self._until:
            return "parted"
        drawn = self._chance.random()
        for fate, share in (("dropped", DROPPED), ("cut", CUT), ("unanswered", UNANSWERED)):
            if drawn < share:
                return fate
            drawn -= share
        return "passed"

    async def _swallow(self, reader: Reader) -> None:
        while time.monotonic() < self._until and await reader.read(CHUNK):
            pass

    async def _carry(self, reader: Reader, writer: Writer, fate: str) -> None:
        if self.target is None:
            return
        there, to_there = await asyncio.open_connection("127.0.0.1", self.target)
        going = None
        try:
            if fate == "cut":
                to_there.write((await reader.read(CHUNK))[: self._chance.randrange(20, 600)])
                await to_there.drain()
                return
            going = asyncio.create_task(_pour(reader, to_there))
            if fate == "unanswered":
                await there.read(1)  # it has begun to answer: what was asked is done
            else:
                await _pour(there, writer)
        finally:
            if going is not None:
                going.cancel()
            _abort(to_there)


async def _pour(reader: Reader, writer: Writer) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


def _abort(writer: Writer) -> None:
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


@contextmanager
def network(*, seed: int) -> Iterator[Network]:
    """Open a bad network; what befalls connections is drawn from the seed."""
    made, opened = Network(seed), threading.Event()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def stay_open() -> None:
        server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        made.port = server.sockets[0].getsockname()[1]
        opened.set()
        await ended.wait()
        server.close()
        await _end_all()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(stay_open())

    thread = threading.Thread(target=run, name="network")
    thread.start()
    opened.wait()
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


async def _end_all() -> None:
    """End what is under way, and what has just been accepted."""
    while rest := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.01)
