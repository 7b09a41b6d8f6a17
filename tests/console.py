"""A browser without a screen that works in the console as its people do."""

import html
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from registration.database import transaction
from registration.models.accounts import AccountRole
from registration.services import accounts
from registration.views.accounts import COOKIE

PASSWORD = "correct horse battery"
CSRF = re.compile(r'name="csrf_token"\s+value="([^"]+)"')


class Browser:
    """Keeps cookies and sends the CSRF token of the page that it saw last.

    Each request has an application context of its own, as on a server.
    """

    def __init__(self, app: Flask, *, language: str = "en") -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.language = language
        self.csrf = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self._ask("GET", path, **options)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form with the token of the page seen last."""
        return self._ask("POST", path, data={"csrf_token": self.csrf, **fields})

    def _ask(self, method: str, path: str, **options: Any) -> TestResponse:
        with self.app.app_context():
            response = self.client.open(
                path,
                method=method,
                headers={"Accept-Language": self.language},
                buffered=True,
                **options,
            )
        found = CSRF.search(response.text) if response.mimetype == "text/html" else None
        if found:
            self.csrf = html.unescape(found[1])
        return response

    @property
    def session_cookie(self) -> str:
        """The token of the console's session; empty when there is none."""
        cookie = self.client.get_cookie(COOKIE)
        return cookie.value if cookie else ""

    def sign_in(self, email: str, password: str = PASSWORD, *, path: str = "") -> TestResponse:
        """Fill in the sign-in form."""
        address = path or "/organise/sign-in"
        self.get(address)
        return self.post(address, email=email, password=password)


def make_account(
    email: str = "clara@orga.example",
    *,
    role: AccountRole = AccountRole.ORGANISER,
    password: str = PASSWORD,
) -> int:
    """Create an account and return its id."""
    with transaction():
        account = accounts.create(email=email, name="Clara Vogt", role=role, password=password)
        return account.id


def signed_in(app: Flask, role: AccountRole = AccountRole.ORGANISER) -> Browser:
    """Return a browser in which somebody of this role has signed in."""
    email = f"{role}@orga.example"
    make_account(email, role=role)
    browser = Browser(app)
    with transaction():
        token = accounts.sign_in(email, PASSWORD)
    browser.client.set_cookie(COOKIE, token)
    return browser


def text_of(response: TestResponse) -> str:
    """Return what a page says, without its markup and with single blanks."""
    body = re.sub(r"<(script|style).*?</\1>", " ", response.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


class _Outline(HTMLParser):
    """Collects what a page's structure is judged by."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.fields: list[dict[str, str | None]] = []
        self.labelled: set[str | None] = set()
        self.inline: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        told = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self.labelled.add(told.get("for"))
        if tag in {"input", "select", "textarea"} and told.get("type") != "hidden":
            self.fields.append(told)
        if tag == "style" or (tag == "script" and "src" not in told):
            self.inline.append(tag)
        self.inline += [name for name in told if name == "style" or name.startswith("on")]
        if told.get("id"):
            self.ids.append(str(told["id"]))


def faults_of(response: TestResponse) -> list[str]:
    """Return what is wrong with a page's structure: headings, labels, ids, inline code."""
    outline = _Outline()
    outline.feed(response.text)
    faults = [f"inline {what}" for what in outline.inline]
    if outline.headings.count(1) != 1:
        faults.append(f"{outline.headings.count(1)} headings of the first level")
    for above, below in pairwise(outline.headings):
        if below > above + 1:
            faults.append(f"h{below} after h{above}")
    faults += [
        f"no label for {field.get('name')}"
        for field in outline.fields
        if field.get("id") not in outline.labelled and not field.get("aria-label")
    ]
    faults += [f"two elements #{name}" for name in outline.ids if outline.ids.count(name) > 1]
    return faults
