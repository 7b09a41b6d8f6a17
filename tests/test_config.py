"""Settings that are wrong stop the start with a sentence; none becomes a traceback later."""

from pathlib import Path

import pytest

from registration import config
from registration.cli import main, serve
from registration.errors import SettingRefused
from tests.conftest import SECRET
from tests.servers import free_port


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("DATABASE_URL", "mysql://host/name", "does not begin with one of"),
        ("DATABASE_URL", "postgresql://u:hush@host:abc/name", "a port that cannot be"),
        ("DATABASE_URL", "sqlite://", "names no file"),
        ("DATABASE_URL", "sqlite:///:memory:", "names no file"),
        ("DATABASE_URL", "sqlite:///einlass.sqlite3", "names no file by its whole path"),
        ("REDIS_URL", "redis://:hush@host:70000/0", "a port that cannot be"),
        ("REDIS_URL", "redis://host/first", "something else than a number"),
        ("BASE_URL", "https://", "no address that links can begin with"),
        ("BASE_URL", "https://events.example.org/?a=b", "no address that links can begin with"),
        ("BASE_URL", "https://events.example .org", "no address that links can begin with"),
        ("SWEEP_SECONDS", "nan", "within its range"),
        ("SWEEP_SECONDS", "inf", "within its range"),
        ("LEASE_SECONDS", "0", "within its range"),
        ("SESSION_HOURS", "-1", "within its range"),
    ],
)
def test_a_setting_that_cannot_be_stops_the_start(
    name: str, text: str, why: str, tmp_path: Path
) -> None:
    given = {"EINLASS_DATA_DIR": str(tmp_path), "EINLASS_SECRET_KEY": SECRET}
    with pytest.raises(SettingRefused, match=f"EINLASS_{name} .*{why}") as refused:
        config.load(given | {f"EINLASS_{name}": text})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "postgresql:///einlass?host=/var/run/postgresql"),
        ("DATABASE_URL", "sqlite:////srv/einlass.sqlite3"),
        ("REDIS_URL", "unix:///run/redis.sock?db=1"),
        ("REDIS_URL", "rediss://host"),
        ("BASE_URL", "http://[::1]:8000/"),
        ("SIGN_IN_RATE", "0"),
        ("SWEEP_SECONDS", "0.5"),
    ],
)
def test_a_setting_that_can_be_is_taken(name: str, text: str, tmp_path: Path) -> None:
    given = {"EINLASS_DATA_DIR": str(tmp_path), "EINLASS_SECRET_KEY": SECRET}
    assert config.load(given | {f"EINLASS_{name}": text})


@pytest.mark.parametrize("secret", ["", SECRET])
@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_data_directory_that_nothing_can_be_kept_in_stops_the_start(
    secret: str, below: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    given = {"EINLASS_DATA_DIR": str(tmp_path / "file" / below), "EINLASS_SECRET_KEY": secret}
    with pytest.raises(SettingRefused, match=r"EINLASS_DATA_DIR .* nothing can be kept"):
        config.load(given)


def test_a_database_that_cannot_be_reached_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EINLASS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("EINLASS_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORT", str(free_port()))
    port = free_port()
    monkeypatch.setenv("EINLASS_DATABASE_URL", f"postgresql://u:hush@127.0.0.1:{port}/einlass")
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert f"port {port} failed: Connection refused). Check that it runs, and EINLASS_DATA" in told
    assert "hush" not in told


def test_redis_that_does_not_answer_is_said_so_at_the_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    serve.look_for_redis(f"redis://:hush@127.0.0.1:{free_port()}/0")
    told = capsys.readouterr().err
    assert "Redis does not answer" in told
    assert "hush" not in told
