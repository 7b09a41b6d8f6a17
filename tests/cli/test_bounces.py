"""``einlass bounce`` and ``einlass mail``, as mail servers and operators run them."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from registration.models.events import Event
from registration.services.bounces import storing
from registration.services.senders import checking, lookups
from tests.cli.conftest import Command, Outcome
from tests.returned import flagged, notice, sent

Pipe = Callable[[bytes], Outcome]

pytestmark = pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)


@pytest.fixture
def pipe(einlass: Command, monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """The command, with a message on its standard input."""

    def run(content: bytes) -> Outcome:
        stdin = io.TextIOWrapper(io.BytesIO(content))
        monkeypatch.setattr(sys, "stdin", stdin)
        return einlass("bounce", "--json")

    return run


def test_a_notice_from_a_pipe_is_stored_once(event: Event, pipe: Pipe) -> None:
    delivery = sent(event)
    content = notice("postfix-unknown", delivery) + b"more\r\n" * 300_000
    first, second = pipe(content), pipe(content)
    assert (first.code, first.json["delivery"]) == (0, str(delivery.id))
    assert (second.code, second.json["new"]) == (0, False)
    assert len(flagged()) == 1


def test_exit_codes_say_what_the_mail_server_shall_do(
    event: Event, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pipe(b"nothing").code == 65
    content = notice("postfix-unknown", sent(event))
    monkeypatch.setattr(storing, "take", lambda _content: 1 / 0)
    broken = pipe(content)
    assert (broken.code, "try again" in broken.err) == (75, True)
    monkeypatch.setenv("EINLASS_PORT", "none")
    assert pipe(content).code == 75


def test_a_key_is_made_once_and_only_its_owner_may_read_it(
    einlass: Command, tmp_path: Path
) -> None:
    path = tmp_path / "dkim.pem"
    made = einlass("mail", "key", "--out", str(path), "--json")
    assert made.code == 0
    assert made.json["name"] == "einlass._domainkey.localhost"
    assert made.json["value"].startswith("v=DKIM1; k=rsa; p=MI")
    assert path.stat().st_mode & 0o777 == 0o600
    again = einlass("mail", "key", "--out", str(path))
    assert again.code != 0
    assert "PRIVATE KEY" in path.read_text()


def test_the_check_answers_scripts(einlass: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINLASS_MAIL_FROM", "a@zukunft.de")

    def unclear(name: str, _kind: str, _seconds: float) -> list[str]:
        raise lookups.Unclear(name)

    real = checking.check
    monkeypatch.setattr(checking, "check", lambda found: real(found, ask=unclear))
    answered = einlass("mail", "check", "--json")
    rows = json.loads(answered.out)
    assert answered.code == 0
    assert {row["code"] for row in rows} == {"no_answer", "dkim_not_ours"}
    monkeypatch.setattr(checking, "check", lambda found: real(found, ask=lambda *_: []))
    missing = einlass("mail", "check")
    assert missing.code == 1
    assert "add: _dmarc.zukunft.de TXT v=DMARC1" in missing.out
    assert "No DMARC record says" in missing.out, "in the language of commands"
