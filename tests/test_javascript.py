"""The scanner's own modules, tested by Node: what the server does too, they do as it does."""

import base64
import json
import os
import random
import shutil
import subprocess
import unicodedata
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from registration.errors import TokenRefused
from registration.services.badges import tokens
from registration.services.folding import fold

ROOT = Path(__file__).resolve().parents[1]
EVENT_ID = uuid.UUID("0123456789abcdef0123456789abcdef")


@pytest.fixture(scope="session")
def node() -> str:
    """Node.js, with what its tests import: as ``make test`` installs it."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        pytest.skip("no Node.js: install Debian's nodejs and npm")
    modules = ROOT / "node_modules"
    if not all((modules / name).exists() for name in ("fake-indexeddb", "@noble/ed25519")):
        subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
    return program


def run_tests(node: str, vectors: Path) -> "subprocess.CompletedProcess[str]":
    """Run all of tests/js with these vectors."""
    files = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.mjs"))
    return subprocess.run(
        [node, "--test", *files],
        cwd=ROOT,
        env={**os.environ, "EINLASS_VECTORS": str(vectors)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def bent(text: str, chance: random.Random) -> str:
    """Return a token with one character changed for another of the alphabet."""
    at = chance.randrange(len(tokens.PREFIX), len(text))
    others = tokens.ALPHABET.replace(text[at], "")
    return text[:at] + chance.choice(others) + text[at + 1 :]


def vector(text: str, key: Ed25519PrivateKey) -> dict[str, object]:
    """Return what the server reads in a text."""
    try:
        signed = tokens.decode(text)
    except TokenRefused:
        return {"text": text, "badge": None, "generation": None, "genuine": False}
    return {
        "text": text,
        "badge": signed.payload.badge_id,
        "generation": signed.payload.generation,
        "genuine": tokens.verify(signed, key.public_key(), EVENT_ID),
    }


def made_vectors() -> dict[str, object]:
    """Return tokens, good and damaged, and letters, with what the server makes of them."""
    chance = random.Random(4)
    key = Ed25519PrivateKey.generate()
    texts = ["", "E1:", "E1:" + "0" * 116, "E1:" + ":" * 116]
    for _ in range(60):
        badge_id = chance.randbytes(8).hex()
        payload = tokens.Payload(1, chance.randrange(16), 7, badge_id, chance.randrange(256), 1)
        good = tokens.encode(payload, key, EVENT_ID)
        texts += [good, good[:-1], good + "0", good.lower(), bent(good, chance), bent(good, chance)]
        texts.append(tokens.encode(payload, key, uuid.UUID(int=1)))
    letters = [chr(code) for code in range(0x20, 0x2000) if is_sorted_letter(chr(code))]
    words = ["Änne Groß", "ẞtraße", "Łódź", "Ørsted", "ΟΔΥΣΣΕΥΣ", "İstanbul", "ﬁn", "Ⅷ", "Ångström"]
    return {
        "eventId": EVENT_ID.hex,
        "publicKey": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        "tokens": [vector(text, key) for text in texts],
        "folded": [[text, fold(text)] for text in [*letters, *words]],
    }


def is_sorted_letter(sign: str) -> bool:
    """Return whether names in Europe and the Near East are written with it."""
    return unicodedata.category(sign)[0] in "LM" and not 0x700 <= ord(sign) < 0x1D00


def test_the_scanners_modules_pass_their_tests_with_the_servers_vectors(
    node: str, tmp_path: Path
) -> None:
    vectors = tmp_path / "vectors.json"
    vectors.write_text(json.dumps(made_vectors()), encoding="utf-8")
    told = run_tests(node, vectors)
    assert told.returncode == 0, told.stdout
    assert "# skipped 0" in told.stdout or "ℹ skipped 0" in told.stdout, told.stdout


def test_a_vector_that_differs_would_be_noticed(node: str, tmp_path: Path) -> None:
    """The twin: one letter folded otherwise."""
    vectors = made_vectors() | {"folded": [["Änne", "aenne"]]}
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps(vectors), encoding="utf-8")
    told = run_tests(node, path)
    assert told.returncode != 0
    assert "names are folded as the server folds them" in told.stdout
