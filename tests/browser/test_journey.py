"""The whole journey in headless Chromium, on the embedded default as `einlass serve` runs it.

A person registers, the mail comes, its badge is held before the camera at the gate, and the
organisers see them arrive and download the list.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from PIL.Image import Image
from playwright.sync_api import Page, expect

from tests.browser import cameras
from tests.browser.conftest import OpenBrowser
from tests.installations import EVENT, Installation, Server, installations
from tests.test_journey import attached, awaited, read_mail

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("browser_libraries")]

LONG = 60_000


@pytest.fixture
def running() -> Iterator[tuple[Installation, Server]]:
    """The demo event, served with its worker."""
    with installations(["sqlite"]) as (installation,):
        installation.einlass("db", "upgrade")
        installation.einlass("demo")
        with installation.serving(worker=True) as server:
            yield installation, server


def register(page: Page, address: str) -> None:
    """Find the event and fill in the form as a person does, by the words on the page."""
    page.goto(f"{address}/?lang=en")
    page.get_by_role("link", name="Future Workshop").first.click()
    page.get_by_role("link", name="Register").first.click()
    page.get_by_label("Given name").fill("Änne")
    page.get_by_label("Family name").fill("Weiß-Łukasz")
    page.get_by_label("mail address").fill("aenne@buendnis.example")
    page.get_by_role("radio", name="Delegate").check()
    page.locator("select[name=alliance]").select_option("MR4B")
    page.get_by_role("button", name="Register").click()
    expect(page.locator("#privacy_consent")).to_be_visible()
    expect(page.get_by_label("Given name")).to_have_value("Änne")
    page.locator("#privacy_consent").check()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("aenne@buendnis.example")).to_be_visible()


def badge_before_the_camera(pdf: bytes) -> Image:
    """Return what a camera sees of a badge that is held close: the half with the code."""
    whole: Image = pypdfium2.PdfDocument(pdf)[0].render(scale=200 / 72).to_pil()
    width, height = whole.size
    return whole.crop((0, height - width * 3 // 4, width, height))


def sign_in(page: Page, address: str, installation: Installation) -> None:
    ways = {way["who"]: way for way in json.loads(installation.einlass("demo", "--json"))}
    page.goto(f"{address}/organise/?lang=en")
    page.locator("input[name=email]").fill(ways["organisers"]["sign_in"])
    page.locator("input[name=password]").fill(ways["organisers"]["password"])
    page.locator("main button[type=submit]").click()


def test_a_person_registers_and_is_let_in_by_the_camera(
    running: tuple[Installation, Server], open_browser: OpenBrowser, tmp_path: Path
) -> None:
    installation, server = running
    address = f"http://127.0.0.1:{server.port}"
    register(open_browser().new_page(), address)
    folder = installation.data_dir / "mail"
    (mail,) = awaited(lambda: [read_mail(each.read_bytes()) for each in folder.glob("*.eml")], 1)
    held = badge_before_the_camera(attached(mail, "application/pdf"))

    made = installation.einlass(
        "device", "create", "--event", EVENT, "--gate", "main", "--code", "--json"
    )
    film = cameras.film(tmp_path / "badge.y4m", [(held, 4)])
    gate = open_browser(
        film=film, viewport={"width": 390, "height": 844}, permissions=["camera"]
    ).new_page()
    gate.goto(f"{address}/gate/#code={json.loads(made)['code']}")
    gate.get_by_role("button", name="Turn camera on").click()
    verdict = gate.locator("#verdict[data-tone=in]")
    expect(verdict).to_be_visible(timeout=LONG)
    expect(verdict).to_contain_text("Änne Weiß-Łukasz")
    expect(verdict).to_contain_text("MR4B")

    console = open_browser(accept_downloads=True).new_page()
    sign_in(console, address, installation)
    console.goto(f"{address}/organise/{EVENT}/arrivals")
    expect(console.locator("main")).to_contain_text("Änne Weiß-Łukasz")
    console.goto(f"{address}/organise/{EVENT}/rosters/attendance")
    console.locator("input[name=format][value=csv]").check()
    with console.expect_download() as download:
        console.get_by_role("button", name="Make the list").click()
    saved = Path(download.value.path())
    (row,) = csv.DictReader(saved.read_text(encoding="utf-8").splitlines())
    assert (row["family_name"], bool(row["arrived_at"])) == ("Weiß-Łukasz", True)
