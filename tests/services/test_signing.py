"""Mails are signed so that receivers who know nothing of us verify them (DKIM)."""

import re
import time
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dkim.canonicalization import Relaxed
from flask import Flask

from registration import config
from registration.errors import SettingRefused
from registration.models.events import Event
from registration.services.deliveries import envelopes
from registration.services.deliveries.signing import Signer, make_key
from tests import factories, letters

PEM = make_key()
SIGNER = Signer.read(PEM, domain="zukunft.de", selector="einlass")
MAIL = (
    b"Subject: =?utf-8?q?Best=C3=A4tigt?= \r\n\tund  mehr\r\nFrom: Einlass <a@zukunft.de>\r\n"
    b"To: b@x.example\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
)
BODIES = [b"", b"x", b"\r\n\r\n", b"a  \t b \r\n.\r\n \r\n\r\n", b" \r\n", b"\ta\r\n" * 3]


def verify(mail: bytes) -> bool:
    """Judge a mail as a receiver does, with what the DNS would answer."""
    asked: list[bytes] = []

    def answer(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return SIGNER.record.encode()

    verified: bool = dkim.verify(mail, dnsfunc=answer)
    assert asked in ([], [f"{SIGNER.record_name}.".encode()])
    return verified


@pytest.mark.parametrize("body", BODIES)
def test_a_receiver_verifies_what_we_sign(body: bytes) -> None:
    mail = MAIL + body
    assert verify(SIGNER.sign(mail, at=int(time.time())) + mail)


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.replace(b"Hallo", b"Hello"),
        lambda mail: mail.replace(b"b@x.example", b"c@x.example"),
        lambda mail: mail.replace(b"Subject:", b"From: evil@x.example\r\nSubject:", 1),
        lambda mail: mail.replace(b"MIME-Version", b"Subject: Other\r\nMIME-Version", 1),
        lambda mail: mail + b"more",
    ],
    ids=["body", "recipient", "second From", "second subject", "appended"],
)
def test_a_changed_mail_is_not_verified(change: Callable[[bytes], bytes]) -> None:
    mail = MAIL + b"Hallo\r\n"
    signed = SIGNER.sign(mail, at=int(time.time())) + mail
    assert verify(signed)
    assert not verify(change(signed))


def test_a_relay_may_fold_lines_anew() -> None:
    mail = MAIL + b"Hallo\r\n"
    signed = SIGNER.sign(mail, at=int(time.time())) + mail
    assert verify(signed.replace(b" \r\n\tund  mehr", b"\r\n und mehr"))


def test_a_short_key_signs_what_its_public_half_verifies() -> None:
    """The library that verifies knows RSA only here; so the signed bytes are made by its parts."""
    key = make_key(is_short=True)
    signer = Signer.read(key, domain="zukunft.de", selector="kurz")
    assert signer.record.startswith("v=DKIM1; k=ed25519; p=")
    mail = MAIL + b"Hallo\r\n"
    header = signer.sign(mail, at=1)
    headers, _body = dkim.rfc822_parse(header + mail)
    value = headers[0][1]
    named = re.sub(rb"\s", b"", re.search(rb"h=([^;]+);", value)[1]).split(b":")  # type: ignore[index]
    canonical = Relaxed.canonicalize_headers(headers[1:])
    chosen = dkim.select_headers(canonical, named)
    unsigned = re.sub(rb"b=[A-Za-z0-9+/=\s]+$", b"b=", value)
    own = Relaxed.canonicalize_headers([(b"DKIM-Signature", unsigned)])[0]
    signed = b"".join(name + b":" + text for name, text in [*chosen, own]).rstrip(b"\r\n")
    signature = b64decode(re.sub(rb"\s", b"", re.search(rb"[ ;]b=(.+)$", value, re.S)[1]))  # type: ignore[index]
    public = signer.key.public_key()
    assert isinstance(signer.key, Ed25519PrivateKey)
    public.verify(signature, sha256(signed).digest())  # type: ignore[call-arg]  # Ed25519's
    with pytest.raises(InvalidSignature):
        public.verify(signature, sha256(signed + b"x").digest())  # type: ignore[call-arg]


@pytest.mark.parametrize("migrated_app", ["sqlite"], indirect=True)
def test_every_mail_that_goes_out_is_signed_and_has_its_own_envelope(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.register(event)
    for name, value in {
        "MAIL_FROM": "Bühne <a@zukunft.de>",
        "DKIM_KEY": PEM,
        "DKIM_SELECTOR": "einlass",
        "BOUNCE_ADDRESS": "bounces@mail.zukunft.de",
    }.items():
        monkeypatch.setitem(app.config, name, value)
    letter = letters.letter_of("confirmed")
    assert verify(letter.content)
    assert len(letter.content) < 300_000
    assert len(list(envelopes.find_marked(letter.sender))) == 1
    assert letter.sender.endswith("@mail.zukunft.de")
    monkeypatch.setitem(app.config, "DKIM_KEY", "")
    assert b"DKIM-Signature" not in letters.letter_of("confirmed").content


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({"DKIM_KEY": PEM}, "go together"),
        ({"DKIM_SELECTOR": "einlass"}, "go together"),
        ({"DKIM_SELECTOR": "einlass", "DKIM_KEY": "nothing"}, "einlass mail key"),
        ({"DKIM_SELECTOR": "ein lass", "DKIM_KEY": PEM}, "EINLASS_DKIM_SELECTOR"),
        ({"BOUNCE_ADDRESS": "bounces"}, "EINLASS_BOUNCE_ADDRESS"),
        ({"BOUNCE_ADDRESS": f"{'b' * 25}@mail.example.org"}, "24 letters"),
        ({"BOUNCE_IMAP_URL": "imap://u:p@host"}, "imaps://"),
        ({"BOUNCE_IMAP_URL": "imaps://host/INBOX"}, "no user"),
        ({"BOUNCE_IMAP_URL": "imap+plain://u:p@mail.example.org"}, "in the open"),
        ({"BOUNCE_FOLDER": 'Ein"lass'}, "EINLASS_BOUNCE_FOLDER"),
    ],
)
def test_a_setting_that_cannot_be_stops_the_start(
    tmp_path: Path, given: dict[str, str], about: str
) -> None:
    environ = {f"EINLASS_{name}": value for name, value in given.items()}
    with pytest.raises(SettingRefused, match=about):
        config.load({"EINLASS_DATA_DIR": str(tmp_path), **environ})


def test_a_key_on_one_line_is_read_as_well(tmp_path: Path) -> None:
    given = {"EINLASS_DKIM_KEY": PEM.replace("\n", "\\n"), "EINLASS_DKIM_SELECTOR": "einlass"}
    settings = config.load({"EINLASS_DATA_DIR": str(tmp_path), **given})
    read = Signer.read(settings.dkim_key, domain="zukunft.de", selector="einlass")
    assert read.record == SIGNER.record
