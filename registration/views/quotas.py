"""Places by alliance × role: the matrix, each of whose numbers is set where it stands."""

from collections.abc import Callable
from functools import cache

from flask import (
    Blueprint,
    flash,
    get_template_attribute,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import NotFound
from registration.forms.quotas import QuotaForm
from registration.models.accounts import AccountRole
from registration.queue import nudge
from registration.services import events, matrix, quotas
from registration.services.events import Prospectus
from registration.services.matrix import Cell, Key, Matrix
from registration.views.accounts import actor, guard

blueprint = Blueprint("quotas", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


@blueprint.get("/<slug>/places")
def show(slug: str) -> ResponseReturnValue:
    """Show places, taken, waiting and free for every alliance and role."""
    prospectus = events.get_prospectus(slug)
    return _page(prospectus, matrix.load(prospectus.event.id))


def _page(
    prospectus: Prospectus,
    shown: Matrix,
    *,
    opened: Key | None = None,
    form: QuotaForm | None = None,
) -> str:
    return render_template(
        "console/places.html",
        event=prospectus.event,
        prospectus=prospectus,
        matrix=shown,
        cell_id=cell_id,
        content=_content(),
        opened=opened,
        form=form,
        no_alliance=matrix.NO_ALLIANCE,
    )


def _content() -> Callable[[Cell], str]:
    """Return what writes a cell; of the thousands on a page, most are like another."""
    return cache(get_template_attribute("console/places-cell.html", "content"))


def cell_id(alliance_id: int | None, role_id: int | None) -> str:
    """Return what names a cell on the page."""
    ids = ("all" if each is None else each for each in (alliance_id, role_id))
    return "c-{}-{}".format(*ids)


def _scope(prospectus: Prospectus) -> Key:
    """Return the ids of the alliance and role that the address names; None means any.

    Raises:
        NotFound: the event has no such alliance or role.
    """
    alliance_code, role_code = request.args.get("alliance", ""), request.args.get("role", "")
    alliance = prospectus.find_alliance(alliance_code)
    role = prospectus.find_role(role_code)
    if (alliance_code and alliance is None) or (role_code and role is None):
        raise NotFound(noun="quota")
    return alliance.id if alliance else None, role.id if role else None


@blueprint.route("/<slug>/places/edit", methods=["GET", "POST"])
def edit(slug: str) -> ResponseReturnValue:
    """Set the places of one cell, row, column or of the event; empty means no limit.

    The page's script asks for JSON: the cells that are different now, or what is wrong.
    """
    prospectus = events.get_prospectus(slug)
    scope = _scope(prospectus)
    before = matrix.load(prospectus.event.id)
    form = QuotaForm(data={"places": before.cell(*scope).places})
    by_script = request.accept_mimetypes.best == "application/json"
    if form.validate_on_submit():
        _set(prospectus, scope, form.places.data)
        if by_script:
            return _difference(prospectus, before, matrix.load(prospectus.event.id), scope)
        flash(_("The places have been set."))
        return redirect(url_for("quotas.show", slug=slug, _anchor=cell_id(*scope)), 303)
    if form.errors and by_script:
        return jsonify(error=str(next(iter(form.errors.values()))[0])), 422
    return _page(prospectus, before, opened=scope, form=form), 422 if form.errors else 200


def _set(prospectus: Prospectus, scope: Key, places: int | None) -> None:
    """Set one limit; whoever moves up for it gets their mail."""
    with transaction():
        quotas.set_quota(
            event_id=prospectus.event.id,
            places=places,
            alliance_id=scope[0],
            role_id=scope[1],
            actor=actor(),
        )
    nudge("deliveries.send_due")


def _difference(
    prospectus: Prospectus, before: Matrix, after: Matrix, scope: Key
) -> ResponseReturnValue:
    """Return the cells that one change has changed, ready to be shown."""
    content = _content()
    rows = (None, *(each.id for each in prospectus.alliances), matrix.NO_ALLIANCE)
    columns = (None, *(each.id for each in prospectus.roles))
    cells = {}
    for key in ((row, column) for row in rows for column in columns):
        cell = after.cell(*key)
        if key == scope or cell != before.cell(*key):
            places = "" if cell.places is None else str(cell.places)
            cells[cell_id(*key)] = {"html": content(cell), "fill": cell.fill, "places": places}
    return jsonify(cells=cells)
