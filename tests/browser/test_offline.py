"""A day without a network, in headless Chromium: nothing is lost, and no name lies on the disk."""

import base64
import gzip
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect
from sqlalchemy import select

from registration import config, create_app, migrations
from registration.database import db
from registration.models.gates import Scan
from registration.services.badges import codes
from tests import factories, servers
from tests.browser import cameras
from tests.browser.gates import LONG, Gate, one_time_code, token_of
from tests.browser.profiles import Profile, holding
from tests.installations import Installation

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("browser_libraries")]

FILMED = 5
NAMES = ("Quirinalda", "Zschäpelmann", "Zschapelmann")
"""Parts of all their names, that stand nowhere else; the last as a search might fold one."""
KEPT_IDS = """
() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("einlass-gate");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
        const asking = opening.result.transaction("scans").objectStore("scans").getAll();
        asking.onsuccess = () => {
            opening.result.close();
            resolve(asking.result.map((scan) => scan.id));
        };
    };
})
"""


class House:
    """An installation of its own at one address, whose server comes and goes."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.port = servers.free_port()
        self.app = create_app(config.load(installation.environment))
        with self.app.app_context():
            migrations.upgrade(self.app)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def invite(self, people: int) -> tuple[str, list[str], list[str]]:
        """Return a one-time code, and so many people's names and badges."""
        with self.app.app_context():
            event = factories.make_event()
            names, badges = [], []
            for number in range(people):
                person = factories.register(
                    event,
                    given_name="Quirinalda",
                    family_name=f"Zschäpelmann-{number:03}",
                    email=f"q{number}@buendnis.example",
                )
                names.append(f"Quirinalda Zschäpelmann-{number:03}")
                badges.append(token_of(person))
            return one_time_code(event), names, badges

    def scans(self) -> dict[str, str]:
        """Return what the server has: the badges' texts by the scans' ids."""
        with self.app.app_context():
            rows = db.session.execute(select(Scan.id, Scan.badge_text)).all()
            db.session.rollback()
        return {str(row.id): row.badge_text for row in rows}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    data_dir = tmp_path / "house"
    data_dir.mkdir()
    made = House(Installation("sqlite", data_dir, ""))
    yield made
    with made.app.app_context():
        db.session.remove()
        db.engine.dispose()


def film_of(path: Path, badges: list[str]) -> Path:
    scenes: list[tuple[cameras.Scene, float]] = []
    for badge in badges:
        scenes += [(codes.matrix(badge), 1.2), (None, 0.4)]
    return cameras.film(path, scenes)


def enrol(profile: Profile, house: House, code: str, people: int) -> Gate:
    """Open the page, enrol, and wait until nothing is needed any more of the network."""
    profile.open(offline=False)
    gate = Gate(profile.page, profile.page.context)
    profile.page.goto(f"{house.url}/gate/#code={code}")
    gate.expect_list(people)
    profile.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    gate.open("ready")
    expect(profile.page.locator("#ready-text")).to_have_text("Ready without network", timeout=LONG)
    gate.back()
    return gate


def start_again(profile: Profile, house: House) -> Gate:
    """Load the page anew, with neither network nor server."""
    profile.page.goto(f"{house.url}/gate/")
    expect(profile.page.locator("#scan")).to_be_visible(timeout=LONG)
    return Gate(profile.page, profile.page.context)


def film_all(profile: Profile, gate: Gate, names: list[str]) -> None:
    """Let the camera see its film until everybody in it has been let in."""
    gate.page.get_by_role("button", name="Turn camera on").click()
    deadline = time.monotonic() + 180
    while missing := [name for name in names if not seen(profile, name)]:
        assert time.monotonic() < deadline, f"never shown: {missing}"
        gate.page.wait_for_timeout(200)
    # What it goes on to see would take the screen from what is typed.
    gate.page.evaluate("document.getElementById('camera-off').click()")


def seen(profile: Profile, name: str) -> Counter[str]:
    """Return how often a person was shown in which tone."""
    return Counter(tone for tone, text in profile.witnessed if name in text)


@pytest.mark.parametrize(
    ("people", "kills"), [(50, 2), pytest.param(500, 20, marks=pytest.mark.long)]
)
def test_a_day_without_a_network_loses_nothing_and_leaves_no_name(
    playwright: Playwright, chromium: str, house: House, tmp_path: Path, people: int, kills: int
) -> None:
    code, names, badges = house.invite(people)
    film = film_of(tmp_path / "guests.y4m", badges[:FILMED])
    with Profile(playwright, chromium, tmp_path / "profile", film) as profile:
        with house.installation.serving(port=house.port):
            enrol(profile, house, code, people)
        profile.set_offline(True)
        gate = start_again(profile, house)
        film_all(profile, gate, names[:FILMED])
        killed = 0
        every = (people - FILMED) // (kills + 1)
        for number in range(FILMED, people):
            gate.wedge(badges[number])
            gate.expect_verdict("in", names[number])
            if killed < kills and (number - FILMED + 1) % every == 0:
                kill(profile, by_tab=killed % 2 == 0)
                killed += 1
                gate = start_again(profile, house)
        assert killed == kills
        search_for(gate, names[-1])
        kept: list[str] = profile.page.evaluate(KEPT_IDS)
        with house.installation.serving(port=house.port):
            profile.set_offline(False)
            expect(profile.page.locator("#unsent")).to_be_hidden(timeout=4 * LONG)
            await_scans(house, len(kept))
    stored = house.scans()
    assert set(stored) == set(kept)
    times = Counter(stored.values())
    assert [times[badge] for badge in badges[FILMED:]] == [1] * (people - FILMED)
    assert min(times[badge] for badge in badges[:FILMED]) >= 1
    assert holding(profile.folder, NAMES) == {}


def kill(profile: Profile, *, by_tab: bool) -> None:
    """Kill in the moment of a green screen: the tab, or the whole browser."""
    if by_tab:
        profile.kill_tab()
    else:
        profile.kill()
        profile.open(offline=True)


def search_for(gate: Gate, name: str) -> None:
    """Type a whole name, which then lies in a field while the page goes on."""
    gate.search(name)
    expect(gate.page.locator("#search-results")).to_contain_text(name)
    gate.back()


def await_scans(house: House, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(house.scans()) < count and time.monotonic() < deadline:
        time.sleep(0.2)


def test_twin_that_writes_a_name_is_found(
    playwright: Playwright, chromium: str, house: House, tmp_path: Path
) -> None:
    """Wherever a page can write, in whatever form: the search finds it."""
    code, names, badges = house.invite(1)
    film = film_of(tmp_path / "guests.y4m", badges)
    with (
        Profile(playwright, chromium, tmp_path / "profile", film) as profile,
        house.installation.serving(port=house.port),
    ):
        enrol(profile, house, code, 1)
        profile.page.evaluate("name => localStorage.setItem('last', name)", names[0])
        profile.page.evaluate(
            """async name => {
                const cache = await caches.open("names");
                await cache.put("/gate/name", new Response(btoa(encodeURI(name))));
            }""",
            names[0],
        )
    found = holding(profile.folder, NAMES)
    assert any("Local Storage" in path for path in found)
    assert any("CacheStorage" in path for path in found)


@pytest.mark.parametrize("padding", ["", "x", "xy"])
def test_each_form_of_a_name_is_found(tmp_path: Path, padding: str) -> None:
    text = f"{padding}Zschäpelmann, Quirinalda;"
    forms: dict[str, Any] = {
        "plain": text.encode(),
        "wide": text.encode("utf-16-le"),
        "base64": base64.b64encode(text.encode()),
        "wide in base64": base64.b64encode(text.encode("utf-16-le")),
        "packed": b"head" + gzip.compress(text.encode()) + b"tail",
        "small": text.lower().encode(),
    }
    for name, data in forms.items():
        (tmp_path / name).write_bytes(data)
    assert set(holding(tmp_path, ["Zschäpelmann"])) == set(forms)
