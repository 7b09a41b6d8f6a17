"""The main job, end to end, through real processes: form, mail, badge, gate, roster.

Once on the embedded default, once on PostgreSQL, Redis and separate processes.
"""

import csv
import email
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pypdfium2
import pytest
import zxingcpp

from registration.database import uuid7
from tests import load, postbox
from tests.installations import EVENT, Installation, Server, installations

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HIDDEN = re.compile(rb'name="(csrf_token|idempotency_key)"[^>]*?value="([^"]+)"')
PERSON = {
    "salutation": "ms",
    "title": "Prof. Dr.",
    "given_name": "Änne",
    "family_name": "Weiß-Łukasz",
    "email": "aenne@buendnis.example",
    "organisation": "Institut für Beispiele",
    "position": "Leitung",
    "sector": "science",
    "alliance": "MR4B",
    "role": "delegate",
    "theme": "health",
    "locale": "de",
    "diet": "vegan",
    "support_needs": "Rollstuhl",
    "photo_consent": "no",
    "privacy_consent": "y",
}
Mails = Callable[[], list[EmailMessage]]


@contextmanager
def embedded() -> Iterator[tuple[Installation, Server, Mails]]:
    """One command, SQLite, no other server; mails are files."""
    with installations(["sqlite"]) as (installation,):
        installation.einlass("db", "upgrade")
        with installation.serving(worker=True) as server:

            def mails() -> list[EmailMessage]:
                found = sorted((installation.data_dir / "mail").glob("*.eml"))
                return [read_mail(path.read_bytes()) for path in found]

            yield installation, server, mails


@contextmanager
def distributed(redis_url: str) -> Iterator[tuple[Installation, Server, Mails]]:
    """PostgreSQL, Redis, a mail server, and web, worker and beat each on their own."""
    with ExitStack() as stack:
        (installation,) = stack.enter_context(installations(["postgresql"]))
        box = stack.enter_context(postbox.serving())
        installation.settings = {"EINLASS_REDIS_URL": redis_url, "EINLASS_SMTP_URL": box.url}
        installation.einlass("db", "upgrade")
        stack.enter_context(installation.celery("worker", "--concurrency", "2"))
        schedule = installation.data_dir / "beat"
        stack.enter_context(installation.celery("beat", "--schedule", str(schedule)))
        server = stack.enter_context(installation.serving("--workers", "2"))
        yield installation, server, lambda: [mail.message for mail in box.mails]


@pytest.fixture(params=["embedded", "distributed"])
def running(request: pytest.FixtureRequest) -> Iterator[tuple[Installation, Server, Mails]]:
    """A running installation of each kind, with the way to its mails."""
    if request.param == "embedded":
        with embedded() as parts:
            yield parts
    else:
        with distributed(request.getfixturevalue("redis_url")) as parts:
            yield parts


def read_mail(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=policy.default)


def awaited(mails: Mails, count: int, *, seconds: float = 180) -> list[EmailMessage]:
    """Return the mails once there are so many."""
    deadline = time.monotonic() + seconds
    while len(found := mails()) < count:
        assert time.monotonic() < deadline, f"only {len(found)} of {count} mails came"
        time.sleep(0.1)
    return found


def attached(mail: EmailMessage, kind: str) -> bytes:
    (part,) = [part for part in mail.walk() if part.get_content_type() == kind]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def code_of(pdf: bytes) -> str:
    """Return what an independent decoder reads from a picture of the first page."""
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil()
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


def send_form(client: load.Client, path: str, told: dict[str, str], *, to: str = "") -> load.Answer:
    """Load a form as a browser does, fill it in and send it."""
    page = client.ask("GET", path)
    assert page.status == 200, page.body
    hidden = {name.decode(): value.decode() for name, value in HIDDEN.findall(page.body)}
    return client.ask("POST", to or path, body=urlencode(hidden | told).encode(), headers=FORM)


@pytest.fixture
def visitor(running: tuple[Installation, Server, Mails]) -> Iterator[load.Client]:
    """A browser without a screen."""
    with load.Client(running[1].port) as client:
        yield client


def scan(port: int, device: str, badge: str) -> dict[str, object]:
    rows = [{"id": str(uuid7()), "seq": 1, "badge": badge, "gate": "main", "kind": "entry",
             "wall_at": "2026-01-06T08:55:00+01:00"}]  # fmt: skip
    with load.Client(port) as client:
        answer = client.ask(
            "POST",
            f"/api/v1/events/{EVENT}/scans",
            body=json.dumps({"scans": rows}).encode(),
            headers={"Authorization": f"Bearer {device}", "Content-Type": "application/json"},
        )
    assert answer.status == 200, answer.body
    (row,) = json.loads(answer.body)["scans"]
    return dict(row)


def test_from_the_form_to_the_roster(
    running: tuple[Installation, Server, Mails], visitor: load.Client, tmp_path: Path
) -> None:
    installation, server, mails = running
    installation.einlass("demo")

    assert send_form(visitor, f"/{EVENT}/register", PERSON).status == 303
    (mail,) = awaited(mails, 1)
    assert "aenne@buendnis.example" in str(mail["To"])
    html = mail.get_body(("html",))
    assert html is not None
    link = re.search(r"/r/[\w.~-]+", str(html.get_content()))
    assert link is not None
    token = code_of(attached(mail, "application/pdf"))
    assert b"BEGIN:VEVENT" in attached(mail, "text/calendar")

    device = installation.new_device()
    first = scan(server.port, device, token)
    assert (first["verdict"], first["name"]) == ("admitted", "Prof. Dr. Änne Weiß-Łukasz")
    assert scan(server.port, device, token)["verdict"] == "duplicate"

    roster = tmp_path / "roster.csv"
    installation.einlass(
        "roster", "export", "--event", EVENT, "--kind", "attendance", "--format", "csv",
        "--out", str(roster),
    )  # fmt: skip
    (row,) = csv.DictReader(io.StringIO(roster.read_text(encoding="utf-8")))
    assert row["family_name"] == "Weiß-Łukasz"
    assert row["arrived_at"]

    path = urlsplit(link.group()).path
    assert visitor.ask("GET", path).status == 200
    assert send_form(visitor, f"{path}/cancel", {}).status == 303
    awaited(mails, 2)
    assert scan(server.port, device, token)["verdict"] == "revoked"


def test_a_roster_is_made_in_the_background_and_handed_to_who_signed_in(
    running: tuple[Installation, Server, Mails], visitor: load.Client
) -> None:
    installation, server, _ = running
    ways = {way["who"]: way for way in json.loads(installation.einlass("demo", "--json"))}
    installation.einlass("registrations", "add", "--event", EVENT, "--count", "50")
    told = {"email": ways["organisers"]["sign_in"], "password": ways["organisers"]["password"]}
    assert send_form(visitor, "/organise/sign-in", told).status == 303
    asked = send_form(
        visitor,
        f"/organise/{EVENT}/rosters/attendance",
        {"format": "csv", "at_once": ""},
        to=f"/organise/{EVENT}/rosters",
    )
    assert asked.status == 303, asked.body
    path = ""
    deadline = time.monotonic() + 180
    while not path:
        assert time.monotonic() < deadline, "the roster was not made in time"
        page = visitor.ask("GET", f"/organise/{EVENT}/rosters").body.decode()
        found = re.search(rf"(/organise/{EVENT}/files/[\w-]+)\"", page)
        path = found[1] if found else ""
        time.sleep(0.1)
    file = visitor.ask("GET", path)
    assert file.status == 200
    assert len(list(csv.DictReader(io.StringIO(file.body.decode())))) == 50
    with load.Client(server.port) as stranger:
        assert stranger.ask("GET", path).status == 303
