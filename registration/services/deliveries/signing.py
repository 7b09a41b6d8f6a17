"""Signing: mails say whose they are (DKIM, RFC 6376; Ed25519 by RFC 8463).

Relaxed in headers and body, so that a server which folds lines anew does no harm. Written here
because the library for it computes RSA in Python, which costs more than the rest of a mail.
"""

import re
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from flask import current_app

HEADERS = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"auto-submitted",
    b"content-language",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
)
"""What readers and mail programs go by."""
ONCE = frozenset({b"from", b"to", b"subject", b"date", b"reply-to", b"mime-version"})
"""Named once more than they are there, so that a second one which somebody adds breaks the
signature (RFC 6376 §5.4.2, §8.15). Relays may add others for reasons of their own."""
BLANKS = re.compile(rb"[ \t]{2,}|\t")
BEFORE_END = re.compile(rb"[ \t]+(?=\r\n)")
FOLDS = re.compile(rb"\r\n(?=[ \t])")
RSA_BITS = 2048
LINE = 72

Header = tuple[bytes, bytes]
"""A header's name in small letters, and its value as it stands in the mail."""


@dataclass(frozen=True)
class Signer:
    """A domain's key, and the selector under which its public half is in the DNS."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey

    @classmethod
    def read(cls, pem: str, *, domain: str, selector: str) -> Self:
        """Read the private key from its PEM form.

        Raises:
            ValueError: it is none that mails can be signed with.
        """
        key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
        if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
            raise ValueError("neither RSA nor Ed25519")
        return cls(domain, selector, key)

    @property
    def algorithm(self) -> str:
        """The signature's algorithm as DKIM names it."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    @property
    def public_key(self) -> str:
        """The public key as the DNS record has it (RFC 6376 §3.6.1, RFC 8463 §4.2)."""
        public = self.key.public_key()
        if isinstance(self.key, RSAPrivateKey):
            raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return b64encode(raw).decode("ascii")

    @property
    def record(self) -> str:
        """The text of the DNS record, to be published under `record_name`."""
        kind = "rsa" if isinstance(self.key, RSAPrivateKey) else "ed25519"
        return f"v=DKIM1; k={kind}; p={self.public_key}"

    @property
    def record_name(self) -> str:
        """Where the DNS record belongs."""
        return f"{self.selector}._domainkey.{self.domain}"

    def sign(self, mail: bytes, *, at: int) -> bytes:
        """Return the header that signs a mail, with CRLF at its end.

        Args:
            mail: with CRLF line ends, exactly as it will be sent.
            at: seconds since 1970.
        """
        head, _empty, body = mail.partition(b"\r\n\r\n")
        headers = _split(head + b"\r\n")
        digest = b64encode(sha256(_plain_body(body)).digest()).decode("ascii")
        named, chosen = _choose(headers)
        value = (
            f" v=1; a={self.algorithm}; c=relaxed/relaxed; d={self.domain};\r\n"
            f" s={self.selector}; t={at};\r\n"
            f" h={_folded(named, ':')};\r\n"
            f" bh={digest};\r\n b="
        ).encode("ascii")
        plain = [_plain(each) for each in chosen]
        signed = b"".join([*plain, _plain((b"dkim-signature", value)).removesuffix(b"\r\n")])
        signature = b64encode(self._signature(signed)).decode("ascii")
        return b"DKIM-Signature:" + value + _lines(signature).encode("ascii") + b"\r\n"

    def _signature(self, signed: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(signed, PKCS1v15(), SHA256())
        return self.key.sign(sha256(signed).digest())


def signed(mail: bytes, *, sender: str) -> bytes:
    """Return the mail with its signature in front, or as it is where the settings have no key."""
    pem = current_app.config["DKIM_KEY"]
    if not pem:
        return mail
    domain = sender.rpartition("@")[2]
    signer = _signer(pem, domain, current_app.config["DKIM_SELECTOR"])
    return signer.sign(mail, at=int(time.time())) + mail


@lru_cache(maxsize=4)
def _signer(pem: str, domain: str, selector: str) -> Signer:
    return Signer.read(pem, domain=domain, selector=selector)


def find_signer(domain: str) -> Signer | None:
    """Return who signs the mails of a domain, by the settings."""
    pem = current_app.config["DKIM_KEY"]
    return _signer(pem, domain, current_app.config["DKIM_SELECTOR"]) if pem else None


def make_key(*, is_short: bool = False) -> str:
    """Return a new private key in PEM: RSA, which every receiver verifies, or a short Ed25519."""
    key: RSAPrivateKey | Ed25519PrivateKey
    if is_short:
        key = Ed25519PrivateKey.generate()
    else:
        key = generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def _split(head: bytes) -> list[Header]:
    """Return the headers of a mail, in order."""
    lines = re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n"))
    pairs = (line.partition(b":") for line in lines)
    return [(name.strip().lower(), value) for name, _colon, value in pairs]


def _choose(headers: Sequence[Header]) -> tuple[list[str], list[Header]]:
    """Return the names that are signed, and the headers in that order; the last one first."""
    named: list[str] = []
    chosen: list[Header] = []
    for name in HEADERS:
        found = [each for each in headers if each[0] == name]
        chosen += reversed(found)
        named += [name.decode("ascii")] * (len(found) + (name in ONCE))
    return named, chosen


def _plain(header: Header) -> bytes:
    """Return a header in the relaxed form (§3.4.2)."""
    name, value = header
    return name + b":" + BLANKS.sub(b" ", FOLDS.sub(b"", value)).strip(b" \r\n") + b"\r\n"


def _plain_body(body: bytes) -> bytes:
    """Return a body in the relaxed form (§3.4.4)."""
    ended = body if body.endswith(b"\r\n") else body + b"\r\n"
    if b" \r\n" in ended or b"\t\r\n" in ended:  # looking costs a tenth of replacing
        ended = BEFORE_END.sub(b"", ended)
    if b"  " in ended or b"\t" in ended:
        ended = BLANKS.sub(b" ", ended)
    plain = ended.rstrip(b"\r\n")
    return plain + b"\r\n" if plain else b""


def _folded(words: Sequence[str], joint: str) -> str:
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > LINE:
            lines.append(line)
            line = ""
        line += word + joint
    return "\r\n ".join([*lines, line]).removesuffix(joint)


def _lines(text: str) -> str:
    return "\r\n ".join(text[start : start + LINE] for start in range(0, len(text), LINE))
