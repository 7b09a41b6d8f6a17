"""Importing a list as a coordinator: people of one's own alliance, while they may be named."""

from flask import request
from flask.typing import ResponseReturnValue

from registration.views.accounts import delegation
from registration.views.coordinate.nominations import too_late
from registration.views.coordinate.surface import part
from registration.views.imports import Desk, mount

blueprint = part("imports")


def _desk() -> Desk:
    here = delegation()
    return Desk(
        prospectus=here.prospectus,
        alliance=here.alliance,
        endpoint="coordinate.imports",
        place={"slug": here.prospectus.event.slug, "code": here.alliance.code},
        layout="layouts/coordinate.html",
    )


@blueprint.before_request
def _refuse_late() -> ResponseReturnValue | None:
    """Show since when nobody can be named; what came of a list can still be seen."""
    return None if request.endpoint in AFTERWARDS else too_late()


AFTERWARDS = frozenset({"coordinate.imports.result", "coordinate.imports.taken"})

mount(blueprint, _desk)
