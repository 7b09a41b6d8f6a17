"""Importing lists of people: the same pages for organisers and for an alliance's coordinators."""

from collections.abc import Callable
from functools import wraps

from flask import Blueprint
from flask.typing import ResponseReturnValue

from registration.views.imports import files, pages
from registration.views.imports.desk import Desk

__all__ = ["Desk", "mount"]

LIST = "/import/<uuid:upload_id>"
TAKEN = "/import/taken/<uuid:job_id>"
ROUTES: tuple[tuple[str, str, Callable[..., ResponseReturnValue]], ...] = (
    ("GET", "/import", pages.start),
    ("POST", "/import", pages.bring),
    ("GET", "/import/template.xlsx", files.template),
    ("GET", LIST, pages.show),
    ("GET", f"{LIST}/reasons.xlsx", files.reasons),
    ("POST", f"{LIST}/check", pages.check),
    ("POST", f"{LIST}/columns", pages.choose),
    ("POST", f"{LIST}/apply", pages.apply),
    ("POST", f"{LIST}/discard", pages.discard),
    ("GET", TAKEN, pages.result),
    ("GET", f"{TAKEN}/reasons.xlsx", files.taken),
)


def mount(blueprint: Blueprint, find_desk: Callable[[], Desk], *, place: str = "") -> None:
    """Give a blueprint the pages of an import.

    Args:
        blueprint: guarded, so that only those come who may.
        find_desk: returns the desk that the present request asks for.
        place: what stands before the addresses, and says which desk it is.
    """
    for method, path, view in ROUTES:
        at_desk = _at(find_desk, view)
        blueprint.add_url_rule(place + path, view.__name__, at_desk, methods=[method])


def _at(
    find_desk: Callable[[], Desk], view: Callable[..., ResponseReturnValue]
) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def at_desk(slug: str, code: str = "", **values: object) -> ResponseReturnValue:  # noqa: ARG001  # the desk's
        return view(find_desk(), **values)

    return at_desk
