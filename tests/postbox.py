"""A real mail server on loopback: it keeps what it gets, and misbehaves where a test says so."""
# ruff: noqa: ARG002  # aiosmtpd calls its handlers with all of these

import asyncio
import datetime
import email
import ipaddress
import re
import ssl
import time
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, syntax
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import free_port

MESSAGE_ID = re.compile(rb"(?im)^Message-ID:\s*(<[^>]+>)")
USER, PASSWORD = "einlass@buendnis.example", "p@ss/w:rd"


@dataclass
class Mail:
    """One mail as the server got it."""

    sender: str
    recipients: list[str]
    content: bytes
    was_private: bool

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> str:
        found = MESSAGE_ID.search(self.content)
        return found[1].decode() if found else ""


@dataclass
class Postbox:
    """What the server got, and how it answers; a test may set any of the answers."""

    port: int = field(default_factory=free_port)
    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    users: list[str] = field(default_factory=list)
    answer_sender: str = ""
    answer_senders: list[str] = field(default_factory=list)
    """What to say to the next sender, to the one after …; then as above."""
    answer_recipient: dict[str, str] = field(default_factory=dict)
    answer_mail: str = ""
    before_the_last_dot: Callable[[SMTP], None] | None = None
    after_the_last_dot: Callable[[SMTP], None] | None = None
    on_recipient: Callable[[SMTP], None] | None = None
    on_address: Callable[[str], Awaitable[str]] | None = None
    """Answers for each recipient, in its own time."""
    loses_before_the_last_dot: Callable[[], bool] | None = None
    loses_after_the_last_dot: Callable[[], bool] | None = None
    """Say for each mail whether the connection is reset there."""
    refuses_all: bool = False
    """Whether nobody may sign in, whatever the password."""
    holds: Callable[[int], bool] = lambda _number: False
    """Says of the first mail, the second … whether the answer to it, which was kept, must wait."""
    connected: set[int] = field(default_factory=set)
    """The ports of those who are connected."""
    came_by: dict[str, int] = field(default_factory=dict)
    """The port that brought each mail last, by its id."""

    is_forgetful: bool = False
    """Whether only the ids of mails are kept, where there are thousands."""
    copies: Counter[str] = field(default_factory=Counter)
    """How often each mail came, by its id."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 0 if session.ssl else 1
        return answers

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        if self.answer_senders:
            return self.answer_senders.pop(0)
        return self.answer_sender or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        if self.on_recipient:
            self.on_recipient(server)
        if self.on_address:
            return await self.on_address(address)
        return self.answer_recipient.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer_mail:
            return self.answer_mail
        mail = Mail(
            sender=envelope.mail_from or "",
            recipients=list(envelope.rcpt_tos),
            content=cast(bytes, envelope.original_content),
            was_private=session.ssl is not None,
        )
        self.copies[mail.message_id] += 1
        if not self.is_forgetful:
            self.mails.append(mail)
        self.came_by[mail.message_id] = _port(session)
        number = self.copies.total()
        while self.holds(number):
            await asyncio.sleep(0.01)
        if self.after_the_last_dot:
            self.after_the_last_dot(server)
        if self.loses_after_the_last_dot and self.loses_after_the_last_dot():
            hang_up(server)
        return "250 OK"

    def check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        given = cast(LoginPassword, data)
        self.users.append(given.login.decode())
        right = (given.login.decode(), given.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=right and not self.refuses_all, handled=False)


def _port(session: Session) -> int:
    return cast(tuple[str, int], session.peer)[1]


def hang_up(server: SMTP) -> None:
    """Let the connection be reset."""
    cast(asyncio.Transport, server.transport).abort()


class _Server(SMTP):
    """aiosmtpd's server, which can also hang up between DATA and the mail."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        cast(Postbox, self.event_handler).connected.add(_port(cast(Session, self.session)))

    def connection_lost(self, error: Exception | None) -> None:
        """End the session: nothing that it brought can still be taken afterwards."""
        super().connection_lost(error)
        cast(Postbox, self.event_handler).connected.discard(_port(cast(Session, self.session)))

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        handler = cast(Postbox, self.event_handler)
        loses = handler.before_the_last_dot
        if loses is None and handler.loses_before_the_last_dot:
            loses = hang_up if handler.loses_before_the_last_dot() else None
        if loses is None:
            await super().smtp_DATA(arg)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        loses(self)


class _Controller(Controller):
    def factory(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requiring AUTH")  # on loopback, nobody listens in
            return _Server(self.handler, **self.SMTP_kwargs)


@contextmanager
def serving(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    auth: bool = False,
    smtputf8: bool = True,
) -> Iterator[Postbox]:
    """Run a mail server: plain, with STARTTLS, or with TLS from the first byte."""
    postbox = Postbox()
    settings: dict[str, Any] = {"tls_context": starttls, "enable_SMTPUTF8": smtputf8}
    if auth:
        settings |= {
            "authenticator": postbox.check,
            "auth_required": True,
            "auth_require_tls": bool(starttls or tls) and not tls,
        }
    controller = _Controller(
        postbox, "127.0.0.1", postbox.port, ssl_context=tls, ready_timeout=30, **settings
    )
    controller.start()
    try:
        yield postbox
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for 127.0.0.1; return the server's context, and what to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public


def await_mails(postbox: Postbox, count: int, *, seconds: float = 180) -> None:
    """Wait until so many different mails have come."""
    for _ in range(int(seconds * 20)):
        if len(postbox.copies) >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"only {len(postbox.copies)} of {count} mails came")
