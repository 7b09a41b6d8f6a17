"""A small load generator: blocking sockets, kept alive, each client a thread of one process.

It costs about 40 µs a request, so that on two cores the server is what is measured.
"""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Visit = Callable[["Client", int], None]
"""One visit of a client, by its number; it raises `Failure` when an answer is wrong."""


class Failure(Exception):  # of a measurement, not an error of the program
    """The server answered something else than what is measured."""


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str] = field(default_factory=list)


class Client:
    """One browser or device: a connection and its cookies."""

    def __init__(self, port: int, *, patience: float = 60) -> None:
        """``patience`` is how many seconds it waits for each part of an answer."""
        self._port = port
        self._patience = patience
        self._socket: socket.socket | None = None
        self._rest = b""
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a request and return the answer; cookies are kept and sent as a browser does."""
        self.send(method, path, body=body, headers=headers)
        return self.receive()

    def send(
        self, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        """Send a request."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{k}={v}" for k, v in self.cookies.items()))
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        self._connected().sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def receive(self) -> Answer:
        """Return the answer to what was sent."""
        answer = self._read()
        for cookie in answer.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(
                ("127.0.0.1", self._port), timeout=self._patience
            )
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _read(self) -> Answer:
        data = self._rest
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        cookies = []
        for line in lines:
            name, _, value = line.partition(":")
            if name.lower() == "set-cookie":
                cookies.append(value.strip())
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        while len(data) < length:
            data += self._receive()
        self._rest = data[length:]
        return Answer(int(first.split()[1]), headers, data[:length], cookies)

    def _receive(self) -> bytes:
        assert self._socket is not None
        chunk = self._socket.recv(262144)
        if not chunk:
            raise Failure("the server closed the connection")
        return chunk

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()


@dataclass(frozen=True)
class Result:
    """How a load went: visits in all, seconds, and the latency of each in milliseconds."""

    visits: int
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Visits a second."""
        return self.visits / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return the latency that this share of the visits stayed within, in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    def joined(self, other: "Result") -> "Result":
        """Return both as one."""
        return Result(
            self.visits + other.visits,
            self.seconds + other.seconds,
            self.latencies + other.latencies,
        )


def run(port: int, visit: Visit, *, clients: int, seconds: float) -> Result:
    """Let so many clients visit one after another for so long.

    Raises:
        Failure: any answer was wrong; a rate of errors would mean nothing.
    """
    end = time.perf_counter() + seconds
    latencies: list[list[float]] = [[] for _ in range(clients)]
    failures: list[Exception] = []

    def work(number: int) -> None:
        client = Client(port)
        try:
            while time.perf_counter() < end and not failures:
                began = time.perf_counter()
                visit(client, number)
                latencies[number].append((time.perf_counter() - began) * 1000)
        except Exception as error:  # told to whoever measures
            failures.append(error)
        finally:
            client.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    together = [latency for own in latencies for latency in own]
    return Result(len(together), time.perf_counter() - began, together)
