"""The house keeps its own rules."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import registration
import tasks
from registration import ROOT
from registration.errors import EinlassError
from registration.languages import LANGUAGES
from registration.views.errors import HTTP_CODES, TEXTS

OURS = sorted(
    path
    for folder in ("registration", "tasks", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if "versions" not in path.parts
)
PROGRAM = [path for path in OURS if path.parts[len(ROOT.parts)] in {"registration", "tasks"}]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
HOST = re.compile(r"https?://|index-url|find-links|git\+|ssh://")
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
MOST_PACKAGES = 60


def kinds(kind: type[EinlassError] = EinlassError) -> Iterator[type[EinlassError]]:
    yield kind
    for more in kind.__subclasses__():
        yield from kinds(more)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_error_has_a_text_and_every_text_an_error() -> None:
    needed = {kind.code for kind in kinds()} - {"setting_refused"} | set(HTTP_CODES.values())
    assert set(TEXTS) == needed | {"form_too_old"}


def test_every_error_has_a_code_of_its_own() -> None:
    named = [kind.code for kind in kinds()]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("package", [registration, tasks], ids=lambda package: package.__name__)
def test_every_module_can_be_imported(package: ModuleType) -> None:
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations." not in module.name and not module.name.endswith("__main__"):
            assert import_module(module.name)


def commits(text: str) -> list[str]:
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]


def test_only_a_transaction_commits() -> None:
    assert commits("db.session.commit()") == ["db.session.commit()"]
    committing = {
        str(path.relative_to(ROOT))
        for path in PROGRAM
        if "migrations" not in path.parts and commits(text_of(path))
    }
    assert committing == {"registration/database.py", "registration/strokes.py"}


def test_services_open_no_transaction() -> None:
    opening = re.compile(
        r"import [^\n]*\b(?:transaction|stroke)\b|database\.transaction\(|strokes\.stroke\("
    )
    assert opening.search("from registration.database import db, transaction")
    assert not names(
        path
        for path in (ROOT / "registration" / "services").rglob("*.py")
        if opening.search(text_of(path))
    )


def names(paths: Iterable[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_lock_files_name_no_host(path: Path) -> None:
    assert HOST.search("--index-url https://pypi.example/simple")
    assert not HOST.search(text_of(path))


def test_the_lock_of_the_browser_libraries_says_what_and_not_from_where() -> None:
    lock = text_of(ROOT / "package-lock.json")
    assert '"integrity": "sha512-' in lock
    assert '"resolved"' not in lock
    assert "://" not in lock


def locked(name: str) -> list[str]:
    text = text_of(ROOT / "requirements" / f"{name}.txt")
    return re.findall(r"^([a-z0-9][\w.-]*)==\S+ \\\n    --hash=sha256:", text, re.MULTILINE)


def test_every_locked_package_has_a_hash_and_there_are_not_too_many() -> None:
    for name in ("build", "run", "dev"):
        text = text_of(ROOT / "requirements" / f"{name}.txt")
        assert len(locked(name)) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    assert len(locked("run")) <= MOST_PACKAGES


def test_tests_use_the_packages_that_run() -> None:
    versions = re.compile(r"^([a-z0-9][\w.-]*)==(\S+)", re.MULTILINE)
    run = dict(versions.findall(text_of(ROOT / "requirements" / "run.txt")))
    dev = dict(versions.findall(text_of(ROOT / "requirements" / "dev.txt")))
    assert run.items() <= dev.items()


HEAVY = {"fontTools", "PIL", "xlsxwriter", "openpyxl", "icalendar", "alembic", "qrcode"}
HEAVY |= {"celery", "kombu", "redis", "pypdf", "mistune", "dkim", "dns", "zxingcpp"}
HEAVY |= {"prometheus_client", "xml.etree.ElementTree", "email.headerregistry", "limits"}
HEAVY |= {"psycopg", "sqlalchemy.dialects.postgresql"}  # on SQLite
VISIT = """
import sys, flask_babel, registration
app = registration.create_app()
with app.test_request_context(headers={"Accept-Language": "en"}):
    flask_babel.gettext("Event"), registration.languages.clock_time(datetime.now(UTC), UTC)
print(*sys.modules, *("babel.global" for each in [babel.core._global_data] if each))
"""


def loaded_by_a_web_process(more: str = "") -> set[str]:
    code = f"import babel.core\nfrom datetime import UTC, datetime\n{more}\n{VISIT}"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def test_a_web_process_loads_no_library_that_only_workers_need() -> None:
    loaded = loaded_by_a_web_process()
    assert "flask" in loaded
    assert not (HEAVY | {"babel.global"}) & loaded


def test_twin_a_web_process_that_loads_more_is_seen() -> None:
    more = "import sqlalchemy.dialects.postgresql; babel.core.get_global('cldr')"
    assert {"sqlalchemy.dialects.postgresql", "babel.global"} <= loaded_by_a_web_process(more)


def test_nothing_is_left_to_do_later() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    written = [*OURS, *(ROOT / "templates").rglob("*.html"), *(ROOT / "docs").rglob("*.md")]
    assert names(path for path in written if mark.search(text_of(path))) == ["tests/test_house.py"]


def test_no_file_is_named_after_nothing() -> None:
    nothing = {"util", "utils", "helper", "helpers", "misc", "common", "base_classes"}
    assert not [path for path in OURS if path.stem in nothing]


def messages() -> dict[str, list[str]]:
    """Return all texts that people read, as the source has them: one each, or two for numbers."""
    options = {"templates/**": {"silent": "false"}}
    methods = [("registration/**.py", "python"), ("templates/**", "jinja2")]
    found = extract_from_dir(
        str(ROOT), methods, options, keywords=KEYWORDS, directory_filter=is_ours
    )
    texts = [message for _file, _line, message, _comments, _context in found]
    return {as_list(text)[0]: as_list(text) for text in texts}


def is_ours(directory: str) -> bool:
    path = Path(directory)
    return path == ROOT or path.relative_to(ROOT).parts[0] in {"registration", "templates"}


def as_list(text: str | Sequence[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def gaps(texts: Iterable[str]) -> set[str]:
    """Return the names of what is filled into a text."""
    return {name for text in texts for name in re.findall(r"%\((\w+)\)", text)}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_text_is_translated_and_fills_in_nothing_else(language: str) -> None:
    path = ROOT / "registration" / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    missing, wrong = [], []
    for text, source in messages().items():
        message = catalog.get(text)
        translated = as_list(message.string) if message and not message.fuzzy else []
        if not translated or not all(translated):
            missing.append(text)
        elif gaps(translated) - gaps(source):
            wrong.append(text)
    assert (missing, wrong) == ([], [])


def test_the_search_for_texts_finds_those_of_code_and_of_templates() -> None:
    found = messages()
    assert {str(title) for title, _advice in TEXTS.values()} <= set(found)
    in_templates = re.findall(r"_\(\"([^\"]+)\"\)", text_of(ROOT / "templates/gates/enrol.html"))
    assert in_templates
    assert set(in_templates) <= set(found)
