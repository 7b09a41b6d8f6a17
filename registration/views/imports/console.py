"""Importing lists as an organiser: for one alliance, or for all that a list names."""

from flask import Blueprint, request

from registration.models.accounts import AccountRole
from registration.services import events
from registration.views.accounts import guard
from registration.views.imports import Desk, mount

blueprint = Blueprint("imports", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


def _desk() -> Desk:
    slug = (request.view_args or {})["slug"]
    return Desk(
        prospectus=events.get_prospectus(slug),
        alliance=None,
        endpoint="imports",
        place={"slug": slug},
        layout="layouts/console.html",
    )


mount(blueprint, _desk, place="/<slug>")
