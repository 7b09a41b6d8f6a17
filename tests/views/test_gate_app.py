"""The scanner as an app: what its service worker keeps, and how it is installed."""

import base64
import hashlib
import json
import os
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registration.views.gates import offline

STATIC = Path(__file__).resolve().parents[2] / "registration" / "static"


def constants(code: str) -> dict[str, object]:
    """Return what the server has written before the worker's code."""
    found = re.findall(r"^const (VERSION|PAGES|FILES) = (.*);$", code, flags=re.MULTILINE)
    return {name: json.loads(value) for name, value in found}


def worker(client: FlaskClient) -> dict[str, object]:
    """Return the constants of the worker that is sent."""
    return constants(client.get("/gate/sw.js").text)


def files(client: FlaskClient) -> dict[str, str]:
    """Return the addresses that the worker keeps, with their hashes."""
    found = worker(client)["FILES"]
    assert isinstance(found, dict)
    return found


def test_the_worker_is_never_kept_and_may_serve_the_gate_only(client: FlaskClient) -> None:
    response = client.get("/gate/sw.js")
    assert response.content_type == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    assert "Service-Worker-Allowed" not in response.headers


def test_everything_that_the_page_loads_is_kept(client: FlaskClient) -> None:
    kept = set(files(client))
    page = client.get("/gate/").text
    wanted = set(re.findall(r'(?:href|src)="(/(?:static|fonts)/[^"]+)"', page))
    modules = {f"/static/js/gate/{path.name}" for path in (STATIC / "js" / "gate").glob("*.js")}
    assert wanted | modules <= kept
    assert not [address for address in kept if "/api/" in address or "console" in address]


def test_every_file_is_there_and_has_the_hash_that_is_told(client: FlaskClient) -> None:
    for address, told in files(client).items():
        with client.get(address) as response:
            assert response.status_code == 200, address
            digest = base64.b64encode(hashlib.sha256(response.get_data()).digest()).decode()
        assert told in ("", digest), address


def test_the_page_is_kept_in_each_language(client: FlaskClient) -> None:
    assert worker(client)["PAGES"] == {"de": "/gate/?lang=de", "en": "/gate/?lang=en"}


def test_the_version_is_the_same_until_something_changes(app: Flask, client: FlaskClient) -> None:
    before = worker(client)["VERSION"]
    assert worker(client)["VERSION"] == before
    german = client.get("/gate/sw.js", headers={"Accept-Language": "de"}).text
    assert constants(german)["VERSION"] == before
    with app.test_request_context("/gate/sw.js"):
        one = constants(offline.worker({"de": ("/gate/?lang=de", "a page")}))
        other = constants(offline.worker({"de": ("/gate/?lang=de", "another page")}))
    assert one["VERSION"] != other["VERSION"]


def test_a_changed_file_makes_another_version(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*offline.SHEETS, offline.WORKER, "js/gate/main.js"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.setattr(app, "static_folder", str(tmp_path))

    def version() -> object:
        with app.test_request_context("/gate/sw.js"):
            return constants(offline.worker({}))["VERSION"]

    before = version()
    main = tmp_path / "js" / "gate" / "main.js"
    main.write_text("js/gate/else.js")
    os.utime(main, ns=(1, 1))
    assert version() != before


def test_the_app_can_be_installed(client: FlaskClient) -> None:
    assert '<link rel="manifest" href="/gate/manifest.webmanifest">' in client.get("/gate/").text
    response = client.get("/gate/manifest.webmanifest", headers={"Accept-Language": "de"})
    assert response.content_type == "application/manifest+json"
    manifest = json.loads(response.get_data())
    assert (manifest["start_url"], manifest["scope"], manifest["lang"]) == (
        "/gate/",
        "/gate/",
        "de",
    )
    sizes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert sizes == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    for icon in manifest["icons"]:
        with client.get(icon["src"]) as picture:
            assert picture.get_data().startswith(b"\x89PNG")


def test_the_policy_stays_strict(client: FlaskClient) -> None:
    policy = client.get("/gate/").headers["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
