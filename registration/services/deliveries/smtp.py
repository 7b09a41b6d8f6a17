"""Mail servers: how we connect to one, and hand it our mails (SMTP, RFC 5321)."""

import base64
import re
import smtplib
import ssl
from contextlib import suppress

from registration.mailservers import Server
from registration.services.deliveries.message import Letter
from registration.services.deliveries.settling import FOR_ALL, Fate, Outcome

TIMEOUT = 30.0
"""Seconds for which a mail server may stay silent."""
LAST_TIMEOUT = 120.0
"""Seconds for it to answer a whole mail: whoever hangs up sooner sends twice (RFC 5321 §4.5.3.2.6
would wait for ten minutes)."""
MOST_A_CONNECTION = 100
"""Mails after which a connection is made anew; servers cut off whoever sends too many."""

SIGNED_IN, TAKEN, GO_AHEAD, CLOSING = 235, 250, 354, 421
PERMANENT = 500
"""From here on, an answer is meant for good (RFC 5321 §4.2.1)."""
UNAUTHENTICATED = frozenset({530, 534, 535, 538})
"""We should have signed in, or otherwise (RFC 4954 §6)."""

RELAYING = re.compile(
    r"(?i)\brelay(ing)? (access )?(is )?(denied|not permitted|prohibited)|"
    r"(unable|not (allowed|permitted)) to relay"
)
"""A server that relays nothing for us would refuse every recipient."""

FAULTS = (OSError, smtplib.SMTPException)
"""What a server or the way to it can cause; a certificate that does not hold is an OSError."""

Answer = tuple[int, bytes]


class NotConnected(Exception):
    """There is no connection that we may use; carries what to tell of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


class MailServer:
    """Sends through one connection, which is made when needed and made anew now and then."""

    def __init__(self, server: Server, *, hello: str) -> None:
        """``hello`` is the name by which we introduce ourselves."""
        self._server = server
        self._hello = hello
        self._connection: smtplib.SMTP | None = None
        self._sent = 0

    def send(self, letter: Letter) -> Outcome:
        """Send the mail, through a new connection if the present one is gone or used enough."""
        if self._sent >= MOST_A_CONNECTION:
            self.close()
        was_used = self._connection is not None
        outcome = self._try(letter)
        if was_used and outcome.fate in FOR_ALL:  # the server may have had enough of this one only
            self.close()
            outcome = self._try(letter)
        return outcome

    def _try(self, letter: Letter) -> Outcome:
        try:
            connection = self._connected()
        except NotConnected as fault:
            return fault.outcome
        outcome = transmit(connection, letter)
        self._sent += 1
        if outcome.fate != Fate.SENT and not _is_usable(connection):
            self.close()
        return outcome

    def would_take(self, letter: Letter, recipient: str) -> bool:
        """Ask whether the server would take this mail for somebody else; nothing is handed over.

        Args:
            letter: the mail.
            recipient: the other address, in ASCII.
        """
        try:
            connection = self._connected()
            is_taken = _introduce(connection, letter) is None and (
                connection.rcpt(recipient)[0] // 10 == TAKEN // 10
            )
        except (NotConnected, *FAULTS):
            self.close()
            return False
        if not _is_usable(connection):
            self.close()
        return is_taken

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._connection is not None:
            with suppress(*FAULTS):
                self._connection.quit()
            self._connection.close()
            self._connection = None

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = connect(self._server, hello=self._hello)
            self._sent = 0
        return self._connection


def connect(server: Server, *, hello: str) -> smtplib.SMTP:
    """Connect, make the connection private as the scheme asks, and sign in if there is a user.

    Raises:
        NotConnected: there is no server, or none that takes us, or none that may be trusted.
    """
    try:
        connection = _greeted(server, hello)
    except FAULTS as error:
        raise NotConnected(_failed(Fate.UNREACHABLE, "connecting", error)) from error
    try:
        if server.user:
            _sign_in(connection, server)
    except FAULTS as error:
        connection.close()
        is_answer = isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPNotSupportedError)
        fate = Fate.TURNED_AWAY if is_answer else Fate.UNREACHABLE
        raise NotConnected(_failed(fate, "signing in", error)) from error
    return connection


def _greeted(server: Server, hello: str) -> smtplib.SMTP:
    """Return a connection that has exchanged hellos, in private where the scheme asks for it."""
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=hello,
            timeout=TIMEOUT,
            context=ssl.create_default_context(),
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, hello, timeout=TIMEOUT)
    try:
        connection.ehlo_or_helo_if_needed()
        if server.scheme == "smtp":
            _make_private(connection, server)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(connection: smtplib.SMTP, server: Server) -> None:
    """Turn TLS on; without it, only a server on this machine is spoken to."""
    if connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
    elif not server.is_loopback:
        raise smtplib.SMTPNotSupportedError(
            "the server offers no STARTTLS; if that is meant to be, let EINLASS_SMTP_URL begin "
            "with smtp+plain://"
        )


def _sign_in(connection: smtplib.SMTP, server: Server) -> None:
    if f"{server.user}{server.password}".isascii():
        connection.login(server.user, server.password)
        return
    # smtplib signs in with ASCII only, although PLAIN is UTF-8 (RFC 4616 §2)
    secret = base64.b64encode(f"\0{server.user}\0{server.password}".encode()).decode()
    code, text = connection.docmd("AUTH", f"PLAIN {secret}")
    if code != SIGNED_IN:
        raise smtplib.SMTPAuthenticationError(code, text)


def transmit(connection: smtplib.SMTP, letter: Letter) -> Outcome:
    """Hand one mail over a connection (RFC 5321 §3.3) and say what came of it."""
    fate = Fate.UNREACHABLE
    try:
        refused = _introduce(connection, letter)
        if refused is not None:
            return refused
        fate = Fate.DEFERRED
        refused = _address(connection, letter)
        if refused is not None:
            return refused
        connection.send(_with_dots(letter.content))
        fate = Fate.UNKNOWN
        answer = _last_answer(connection)
    except FAULTS as error:
        return _failed(fate, "sending", error)
    return Outcome(fate=Fate.SENT) if answer[0] == TAKEN else _judged("the mail", answer)


def _introduce(connection: smtplib.SMTP, letter: Letter) -> Outcome | None:
    """Say whom the mail is from; return why not, if the server takes none from us."""
    if letter.is_international and not connection.has_extn("smtputf8"):
        return Outcome(fate=Fate.REFUSED, error="the server takes only addresses in ASCII")
    answer = connection.mail(letter.sender, ["SMTPUTF8"] if letter.is_international else [])
    if answer[0] == TAKEN:
        return None
    return _judged("MAIL FROM", answer, for_good=Fate.TURNED_AWAY, for_now=Fate.TURNED_AWAY)


def _address(connection: smtplib.SMTP, letter: Letter) -> Outcome | None:
    """Say whom the mail is for, and that it comes now; return why not, if it may not."""
    answer = connection.rcpt(letter.recipient)
    if answer[0] // 10 != TAKEN // 10:  # 251: taken, and forwarded
        return _judged("RCPT TO", answer)
    answer = connection.docmd("DATA")
    return None if answer[0] == GO_AHEAD else _judged("DATA", answer)


def _last_answer(connection: smtplib.SMTP) -> Answer:
    """Wait for what the server says to the whole mail."""
    if connection.sock is not None:
        connection.sock.settimeout(LAST_TIMEOUT)
    answer = connection.getreply()
    if connection.sock is not None:
        connection.sock.settimeout(TIMEOUT)
    return answer


def _with_dots(content: bytes) -> bytes:
    """Return the mail as it travels: leading dots doubled, and a dot at its end (§4.5.2)."""
    ending = b"" if content.endswith(b"\r\n") else b"\r\n"
    return (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + ending + b".\r\n"


def _judged(
    step: str, answer: Answer, *, for_good: Fate = Fate.REFUSED, for_now: Fate = Fate.DEFERRED
) -> Outcome:
    """Return what a server's answer other than "taken" means."""
    code, text = answer
    error = f"{step}: {code} {_readable(text)}"
    if code in UNAUTHENTICATED or (code >= PERMANENT and RELAYING.search(error)):
        return Outcome(fate=Fate.TURNED_AWAY, error=error)
    if code == CLOSING or code < 0:
        return Outcome(fate=for_now, error=error)
    return Outcome(fate=for_good if code >= PERMANENT else for_now, error=error)


def _failed(fate: Fate, step: str, error: Exception) -> Outcome:
    if isinstance(error, smtplib.SMTPResponseException):
        told = f"{error.smtp_code} {_readable(error.smtp_error)}"
    else:
        told = str(error) or type(error).__name__
    return Outcome(fate=fate, error=f"{step}: {told}")


def _readable(text: bytes | str) -> str:
    return " ".join(text.decode(errors="replace").split() if isinstance(text, bytes) else [text])


def _is_usable(connection: smtplib.SMTP) -> bool:
    """Return whether the next mail can go through this connection; forgets the present one."""
    try:
        return connection.rset()[0] == TAKEN
    except FAULTS:
        return False
