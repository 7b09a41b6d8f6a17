"""What the scanner's page needs to start without a server: files, each with its hash."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from flask import current_app, url_for

from registration.views.fonts import FACES

FOLDERS = ("js/gate", "vendor/zxing-wasm", "vendor/noble-ed25519", "icons")
SHEETS = (
    "css/tokens.css",
    "css/base.css",
    "css/gate.css",
    "css/gate-panels.css",
    "css/gate-verdict.css",
    "icon.svg",
)
WORKER = "js/worker/gate.js"
LEFT_OUT = frozenset({"LICENSE"})


def worker(pages: Mapping[str, tuple[str, str]]) -> str:
    """Return the service worker's code, with what it keeps before it.

    Args:
        pages: of each language the address of the page, and the page.
    """
    static = Path(current_app.static_folder or "")
    files = {_address(name): _hash(static / name) for name in _files(static)}
    files |= {url_for("fonts.face", weight=weight): "" for weight in FACES}
    addresses = {language: address for language, (address, _) in pages.items()}
    code = (static / WORKER).read_text("utf-8")
    parts = [code, *(page for _, page in pages.values()), json.dumps(files)]
    version = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    constants = {"VERSION": version, "PAGES": addresses, "FILES": files}
    lines = (f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    return "".join(lines) + code


def _files(static: Path) -> Iterator[str]:
    """Yield what the page may load, as it lies in the folder: the list needs no upkeep."""
    for folder in FOLDERS:
        found = (path for path in (static / folder).rglob("*") if path.is_file())
        for path in sorted(found):
            if path.name not in LEFT_OUT and not path.name.startswith("."):
                yield path.relative_to(static).as_posix()
    yield from SHEETS


def _address(name: str) -> str:
    return url_for("static", filename=name)


def _hash(path: Path) -> str:
    """Return what a browser compares a file with (W3C SRI), read anew only if it has changed."""
    stat = path.stat()
    return _hash_of(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _hash_of(path: Path, _changed: int, _size: int) -> str:
    return base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
