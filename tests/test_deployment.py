"""Containers are set up as the program really reads them. There is no container engine here."""

import re
import shlex
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import click
import pytest
import yaml
from celery import Celery
from celery.bin.celery import celery as celery_command
from flask import Flask
from werkzeug.exceptions import NotFound

from registration import ROOT, config, create_app
from registration.cli import commands
from registration.errors import SettingRefused
from tests.conftest import SECRET

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
GIVEN = {"EINLASS_SECRET_KEY": SECRET, "POSTGRES_PASSWORD": "password"}
REFERENCE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*")


def filled_in(text: str) -> str:
    """Return the text as compose substitutes it; what is required must be given."""

    def value(match: re.Match[str]) -> str:
        name, kind, default = match.groups()
        return GIVEN[name] if kind in {"?", None} else default

    return REFERENCE.sub(value, text)


def environment(service: dict[str, Any]) -> dict[str, str]:
    return {name: filled_in(str(text)) for name, text in service["environment"].items()}


def stages() -> list[str]:
    return re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)


def last_stage() -> str:
    return DOCKERFILE[DOCKERFILE.rindex("FROM ") :]


@pytest.fixture
def routes(tmp_path: Path) -> Flask:
    return create_app(
        config.load({"EINLASS_DATA_DIR": str(tmp_path), "EINLASS_SECRET_KEY": SECRET})
    )


def check_command(words: list[str]) -> None:
    """Raise unless the program has this command with these options."""
    assert words[0] in {"einlass", "celery"}
    if words[0] == "celery":
        assert words[1:3] == ["-A", "wsgi:celery"]
        command: click.Command = celery_command
        words = words[2:]
    else:
        command = commands
    while isinstance(command, click.Group):
        words = words[1:]
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words
        command = found
    arguments = [re.sub(r"\$\$\w+", "name", word) for word in words[1:]]
    context = click.Context(click.Command("celery"))
    context.obj = cast(Any, None)
    command.make_parser(context).parse_args(arguments)


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_each_service_are_real_and_accepted(name: str, tmp_path: Path) -> None:
    settings = config.load(environment(OURS[name]) | {"EINLASS_DATA_DIR": str(tmp_path)})
    assert settings.sqlalchemy_url.startswith("postgresql+psycopg://einlass:password@postgres")
    assert not settings.is_embedded
    assert OURS[name]["environment"]["EINLASS_DATA_DIR"] == "/data"


@pytest.mark.parametrize("misspelt", ["EINLASS_SMPT_URL", "EINLASS_DATABASE"])
def test_a_misspelt_setting_would_be_noticed(misspelt: str) -> None:
    given = environment(OURS["web"]) | {misspelt: "x"}
    with pytest.raises(SettingRefused):
        config.load(given)


def test_the_image_sets_only_settings_that_exist() -> None:
    known = {f"EINLASS_{name.upper()}" for name in vars(config.Defaults) if name.islower()}
    used = set(re.findall(r"EINLASS_[A-Z_]+", DOCKERFILE))
    assert used == {"EINLASS_DATA_DIR"}
    assert used <= known


@pytest.mark.parametrize("secret", ["EINLASS_SECRET_KEY", "POSTGRES_PASSWORD"])
def test_secrets_have_no_default(secret: str) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    kinds = {kind for name, kind, _default in REFERENCE.findall(text) if name == secret}
    assert kinds == {"?"}


@pytest.mark.parametrize("name", OURS)
def test_each_service_runs_a_command_that_exists(name: str) -> None:
    check_command(shlex.split(OURS[name]["command"]))


def test_commands_and_options_that_do_not_exist_would_be_noticed() -> None:
    for wrong in ("einlass server", "einlass serve --hots 0.0.0.0", "celery -A wsgi:celery wroker"):
        with pytest.raises((AssertionError, click.ClickException)):
            check_command(shlex.split(wrong))


def test_celery_finds_the_queue_where_the_commands_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EINLASS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("EINLASS_SECRET_KEY", SECRET)
    monkeypatch.syspath_prepend(str(ROOT))
    assert isinstance(import_module("wsgi").celery, Celery)


def test_everything_that_stays_up_has_a_health_check() -> None:
    for name, service in SERVICES.items():
        assert name == "migrate" or service["healthcheck"]["test"], name


def test_health_checks_ask_for_pages_that_exist(routes: Flask) -> None:
    checks = [
        shlex.join(service["healthcheck"]["test"])
        for service in SERVICES.values()
        if "healthcheck" in service
    ]
    paths = set(re.findall(r"/(?:livez|readyz|health\w*)", "\n".join([*checks, DOCKERFILE])))
    assert {"/livez", "/readyz"} <= paths
    urls = routes.url_map.bind("localhost")
    for path in paths:
        assert urls.match(path)
    with pytest.raises(NotFound):
        urls.match("/healthy/and/well")


def test_health_checks_that_run_celery_run_what_exists() -> None:
    shell = SERVICES["worker"]["healthcheck"]["test"][1]
    check_command(shlex.split(shell))


def test_services_wait_for_what_they_need() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed], (name, needed)
            else:
                assert SERVICES[needed]["restart"] == "no", (name, needed)


def test_every_image_is_pinned_to_a_version() -> None:
    images = [service["image"] for service in SERVICES.values()] + stages()
    for image in images:
        assert PINNED.fullmatch(image), image
    assert not PINNED.fullmatch("postgres:latest")
    assert not PINNED.fullmatch("postgres")


def test_volumes_are_declared_and_files_are_shared() -> None:
    mounted = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    }
    assert mounted == set(COMPOSE["volumes"])
    assert all("data:/data" in service["volumes"] for service in OURS.values())


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)", last_stage(), re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}
    assert all("user" not in service for service in OURS.values())


def test_the_image_is_installed_from_the_lock_and_names_no_registry() -> None:
    assert "--require-hashes -r requirements/build.txt -r requirements/run.txt" in DOCKERFILE
    assert not re.search(r"https?://(?!127\.0\.0\.1)|index-url|registry", DOCKERFILE)


def test_what_is_copied_into_the_image_exists_and_is_not_ignored() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:].rstrip("/") for line in ignore if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in allowed, source
    assert not {".venv", "var", ".git", "tests"} & allowed


def test_the_image_serves_the_port_that_is_published() -> None:
    port = config.Defaults.port
    assert f"EXPOSE {port}" in DOCKERFILE
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    check_command(re.findall(r'"([^"]+)"', re.findall(r"^CMD (.+)$", last_stage(), re.M)[-1]))


@pytest.mark.parametrize("target", ["run", "test", "test-long", "check", "bench", "lock", "clean"])
def test_make_has_its_targets_and_says_so(target: str) -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"make {target} " in said.stdout
    subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=True)


def test_the_checks_of_a_change_are_a_script_that_can_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)
