"""Visitors with browsers of their own, who read pages as people and screen readers do."""

from contextvars import Context
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.documents import Page


class Visitor:
    """A browser of its own, each of whose requests is on its own, as on a real server."""

    def __init__(self, app: Flask, language: str = "en") -> None:
        self._client = app.test_client()
        self._headers = {"Accept-Language": language}

    def get(self, path: str, **options: Any) -> TestResponse:
        return Context().run(self._client.get, path, headers=self._headers, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        return Context().run(self._client.post, path, data=data, headers=self._headers, **options)

    def read(self, path: str, status: int = 200) -> Page:
        return page_of(self.get(path), status)


def page_of(answer: TestResponse, status: int) -> Page:
    assert answer.status_code == status
    return Page(answer.get_data(as_text=True))


def check_structure(page: Page) -> None:
    """What a screen reader needs: one heading, names for all fields, links that lead somewhere."""
    identifiers = [each["id"] for each in page.elements if each["id"]]
    assert len(identifiers) == len(set(identifiers))
    assert len(page.all("h1")) == 1
    assert page.all("html")[0]["lang"] in {"de", "en"}
    assert page.all("title")[0].text
    labelled = {each["for"] for each in page.all("label")}
    for each in page.elements:
        if each.tag in {"input", "select", "textarea"} and each["type"] != "hidden":
            assert each["id"] in labelled
        for name in ("aria-describedby", "aria-labelledby"):
            assert set(each[name].split()) <= set(identifiers)
        if each["href"].startswith("#"):
            assert each["href"][1:] in identifiers
        assert not each["style"]
    assert all(each["alt"] or "alt" in each.attributes for each in page.all("img"))
    assert all(each.parents[0].tag == "html" for each in page.all("h2"))
