"""Every setting, once: its name, its default and what it is for.

Settings come from the environment as ``EINLASS_<NAME>``; for secrets ``EINLASS_<NAME>_FILE`` names
a file that holds the value. `load` refuses what is bad or misspelt with a sentence that says
what to do, so that a wrong deployment stops at its start and not at the door.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import inf
from pathlib import Path

from registration import addresses, mailsettings
from registration.errors import SettingRefused

PREFIX = "EINLASS_"
PORTS = range(1, 65536)
MAY_BE_NONE = {"proxies", "sign_in_rate", "register_rate", "verify_rate"}
SMALLEST = 0.05
"""Of the other numbers: a lease or a pause of nothing would never let anything be done."""


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """The settings and their defaults; the names in capitals after ``EINLASS_``."""

    # Where everything lives that is not in a database server: SQLite, mails, files, the secret.
    data_dir: Path = Path("var")
    # The database; empty means SQLite in the data directory. postgresql:// is read as psycopg 3.
    database_url: str = ""
    # Celery's broker and the rate limits' memory; empty means neither needs a server.
    redis_url: str = ""
    # smtp://user:password@host:587 (STARTTLS; on loopback if offered), smtps://…:465 (TLS),
    # smtp+plain://host:25 (neither); user and password percent-encoded. Empty means that each
    # mail becomes an .eml file under <data_dir>/mail. Several, with spaces or line breaks between
    # them, share the mails. Each may end in ?rate=20/s&name=main&from=events@example.org.
    smtp_url: str = ""
    # How fast mails may go to one domain of recipients: gmx.de=5/s *=50/s; * is each other one.
    mail_domain_rate: str = ""
    # The sender of every mail; replies go to the organiser of the event.
    mail_from: str = "Einlass <einlass@localhost>"
    # Where notices of mails that did not arrive go, for instance bounces@mail.example.org: every
    # mail's envelope sender becomes bounces+<mark>@… of it. Empty: they go to the sender.
    bounce_address: str = ""
    # The mailbox that notices are read from: imaps://user:password@host/INBOX, user and password
    # percent-encoded; imap+plain:// on this machine only.
    bounce_imap_url: str = ""
    # The mailbox's folder that notices go to once read, for instance Einlass/Read. Empty: they
    # stay, marked as read.
    bounce_folder: str = ""
    # DKIM: the selector of the DNS record and the private key (PEM, RSA or Ed25519) that signs
    # every mail; `einlass mail key` makes one. Empty: the mail server signs, or nobody.
    dkim_selector: str = ""
    dkim_key: str = ""
    # The address under which people reach this server: in mails, codes and calendar entries.
    base_url: str = ""
    # Signs links and sessions, seals badge keys. Empty: made once and kept in the data directory.
    secret_key: str = ""
    # The port to serve on, on loopback unless `einlass serve --host` says otherwise.
    port: int = 8000
    # How many proxies in front are trusted to say who the client is (X-Forwarded-For, -Proto).
    proxies: int = 0
    # Seconds after which a worker that took a delivery or a job counts as dead.
    lease_seconds: int = 30
    # Seconds between two sweeps for due deliveries and jobs.
    sweep_seconds: float = 1.0
    # Hours after which a signed-in session that nobody used ends.
    session_hours: int = 12
    # Hours for which the file of a finished job can be downloaded.
    job_hours: int = 24
    # Sign-in and enrolment attempts a minute for one address.
    sign_in_rate: int = 10
    # Registrations a minute for one address; 0: no limit, since a town hall is one address.
    register_rate: int = 0
    # Certificates that one address may verify a minute; 0: no limit.
    verify_rate: int = 60
    # Who scrapes /metrics sends it as a bearer token. Empty: only this machine may.
    metrics_token: str = ""
    # debug, info, warning or error.
    log_level: str = "info"


@dataclass(frozen=True, kw_only=True)
class Settings(Defaults):
    """`Defaults` as the environment has them, checked."""

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL with the driver that we ship."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'einlass.sqlite3'}"
        scheme, _, rest = self.database_url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            return f"postgresql+psycopg://{rest}"
        return self.database_url

    @property
    def is_embedded(self) -> bool:
        """Whether Celery runs inside `einlass serve`, because there is no Redis."""
        return not self.redis_url


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read, check and return the settings.

    Raises:
        SettingRefused: a setting is bad or misspelt; the message names it and says what to do.
    """
    environ = os.environ if environ is None else environ
    known = {field.name: field for field in fields(Defaults)}
    values: dict[str, object] = {}
    for name, text in _given(environ, known).items():
        values[name] = _parse(name, text, type(getattr(Defaults, name)))
    settings = Settings(**values)  # type: ignore[arg-type]  # _parse made each its field's type
    return _completed(settings)


def _given(environ: Mapping[str, str], known: Mapping[str, object]) -> dict[str, str]:
    given: dict[str, str] = {}
    if environ.get("PORT"):
        given["port"] = environ["PORT"]
    for variable, text in environ.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name.endswith("_file") and name.removesuffix("_file") in known:
            given[name.removesuffix("_file")] = _read_secret(variable, text)
        elif name in known:
            given.setdefault(name, text)
        else:
            raise SettingRefused(
                f"{variable} is not a setting of Einlass. Correct its spelling or remove it; "
                f"docs/operations.md lists the settings."
            )
    return given


def _read_secret(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingRefused(
            f"{variable} names {path}, which cannot be read ({error.strerror}). "
            f"Name a readable file."
        ) from error


def _parse(name: str, text: str, kind: type) -> object:
    variable = "PORT" if name == "port" else PREFIX + name.upper()
    text = text.strip()
    if kind is str:
        return text
    if issubclass(kind, Path):
        return Path(text or "var")
    try:
        value = int(text) if kind is int else float(text)
    except ValueError as error:
        raise SettingRefused(f"{variable} is {text!r}. Give a number.") from error
    least = 0 if name in MAY_BE_NONE else SMALLEST
    if not least <= value < inf or (name == "port" and value not in PORTS):
        raise SettingRefused(f"{variable} is {text!r}. Give a number within its range.")
    return value


def _completed(settings: Settings) -> Settings:
    for name in addresses.SCHEMES:
        address = getattr(settings, name)
        if address and (fault := addresses.fault_of(name, address)):
            raise SettingRefused(f"{PREFIX}{name.upper()} {fault}")
    mailsettings.check(settings)
    if settings.log_level not in {"debug", "info", "warning", "error"}:
        raise SettingRefused(
            f"EINLASS_LOG_LEVEL is {settings.log_level!r}. Choose debug, info, warning or error."
        )
    values = {field.name: getattr(settings, field.name) for field in fields(Defaults)}
    values["data_dir"] = settings.data_dir.absolute()
    if not addresses.can_be_written(values["data_dir"]):
        raise _unusable(values["data_dir"], "no folder, or not to be written to")
    values["base_url"] = (settings.base_url or f"http://127.0.0.1:{settings.port}").rstrip("/")
    values["secret_key"] = settings.secret_key or _secret_kept_in(values["data_dir"])
    if len(values["secret_key"]) < 16:  # noqa: PLR2004  # the sentence below says it
        raise SettingRefused(
            "EINLASS_SECRET_KEY is shorter than 16 characters. Make one with "
            "`python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`."
        )
    return Settings(**values)


def _secret_kept_in(data_dir: Path) -> str:
    try:
        return _kept_secret(data_dir)
    except OSError as error:
        raise _unusable(data_dir, error.strerror) from error


def _unusable(data_dir: Path, why: str | None) -> SettingRefused:
    return SettingRefused(
        f"EINLASS_DATA_DIR is {data_dir}, where nothing can be kept ({why}). Name a folder that "
        f"this user may write to."
    )


def _kept_secret(data_dir: Path) -> str:
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        made = data_dir / f"secret_key.{os.getpid()}.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        try:  # two processes may start at once: the first link wins, both read the same
            path.hardlink_to(made)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text(encoding="utf-8").strip()
