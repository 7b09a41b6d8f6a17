"""A real IMAP server on loopback: Dovecot, as a user without rights, on a mailbox of its own."""

import grp
import imaplib
import os
import pwd
import shutil
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.postbox import certificate
from tests.servers import START_SECONDS, folder, free_port, running, unprivileged_user

USER, PASSWORD = "bounces", "p@ss/w:rd ö"

CONFIG = """
protocols = imap
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_process_limit = 20
default_vsz_limit = 0
first_valid_uid = 1
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{home}/certificate.pem
ssl_key = <{home}/key.pem
mail_location = maildir:{home}/mail
maildir_copy_with_hardlinks = no
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
passdb {{
  driver = passwd-file
  args = {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail
}}
"""


@dataclass(frozen=True)
class Server:
    """Where the server is, and what it trusts."""

    port: int
    tls_port: int
    authority: Path

    @property
    def url(self) -> str:
        """The mailbox, without TLS."""
        return f"imap+plain://bounces:p%40ss%2Fw%3Ard%20%C3%B6@127.0.0.1:{self.port}/INBOX"

    @property
    def tls_url(self) -> str:
        """The mailbox, with TLS."""
        return self.url.replace("imap+plain", "imaps").replace(str(self.port), str(self.tls_port))

    @contextmanager
    def opened(self) -> Iterator[imaplib.IMAP4]:
        """Connect as a person's mail program does."""
        connection = imaplib.IMAP4("127.0.0.1", self.port, timeout=30)
        try:
            connection.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
            connection.select("INBOX")
            yield connection
        finally:
            connection.logout()

    def receive(self, mails: Sequence[bytes]) -> None:
        """Put mails into the mailbox, as if they had come."""
        with self.opened() as connection:
            for mail in mails:
                connection.append("INBOX", "", "", mail)

    def count(self, criterion: str = "ALL", *, folder: str = "INBOX") -> int:
        """Return how many mails there are of a kind; 0 if there is no such folder."""
        with self.opened() as connection:
            if connection.select(folder, readonly=True)[0] != "OK":
                return 0
            return len((connection.search(None, criterion)[1][0] or b"").split())

    def empty(self) -> None:
        """Delete all mails."""
        with self.opened() as connection:
            every = (connection.search(None, "ALL")[1][0] or b"").decode().replace(" ", ",")
            if every:
                connection.store(every, "+FLAGS.SILENT", r"(\Deleted)")
            connection.expunge()


@contextmanager
def imap_server() -> Iterator[Server]:
    """Start Dovecot.

    Raises:
        FileNotFoundError: the system has none.
    """
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if program is None:
        raise FileNotFoundError("no IMAP server: install Debian's dovecot-imapd")
    user = unprivileged_user()
    entry = pwd.getpwnam(user) if user else pwd.getpwuid(os.getuid())
    with folder("dovecot", owner=user) as home:
        certificate(home)
        for name in ("certificate.pem", "key.pem"):
            shutil.chown(home / name, entry.pw_uid, entry.pw_gid)
        server = Server(free_port(), free_port(), home / "certificate.pem")
        secret = b64encode(PASSWORD.encode()).decode()
        (home / "users").write_text(f"{USER}:{{PLAIN.B64}}{secret}\n")
        config = home / "dovecot.conf"
        config.write_text(
            CONFIG.format(
                home=home,
                user=entry.pw_name,
                group=grp.getgrgid(entry.pw_gid).gr_name,
                uid=entry.pw_uid,
                gid=entry.pw_gid,
                port=server.port,
                tls_port=server.tls_port,
            )
        )
        with running([*_as(user, entry), program, "-F", "-c", str(config)]):
            _await_mailbox(server, home)
            yield server


def _as(user: str | None, entry: pwd.struct_passwd) -> list[str]:
    """Return what runs a command as the user, in the user's own group only."""
    ids = ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid)]
    return ["setpriv", *ids, "--clear-groups"] if user else []


def _await_mailbox(server: Server, home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.count()
        except (OSError, imaplib.IMAP4.error):
            if time.monotonic() > deadline:
                log = home / "log"
                raise RuntimeError(log.read_text()[-2000:] if log.exists() else "") from None
            time.sleep(0.05)
        else:
            return
