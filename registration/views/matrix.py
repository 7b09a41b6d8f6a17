"""Many places at once: copy an alliance's row, take the matrix along as a sheet, load it again.

What would change is shown first; the page carries it, so nothing is kept on the server.
"""

from collections.abc import Sequence
from io import BytesIO

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from registration.database import transaction
from registration.errors import Conflict, Malformed, NotFound, TableRefused
from registration.forms.quotas import MOST_PLACES, SheetForm
from registration.models.accounts import AccountRole
from registration.queue import nudge
from registration.services import events, matrix, tables
from registration.services.events import Prospectus
from registration.services.matrix import Change, Key, reading, workbook
from registration.views.accounts import actor, guard

blueprint = Blueprint("matrix", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

MOST_DIGITS = 9
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/<slug>/places.xlsx")
def export(slug: str) -> ResponseReturnValue:
    """Send the matrix as a workbook that can be loaded again."""
    prospectus = events.get_prospectus(slug)
    content = workbook.write(prospectus, matrix.load(prospectus.event.id))
    name = f"{slug}-{_('places')}.xlsx"
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


@blueprint.get("/<slug>/places/copy")
def copy(slug: str) -> ResponseReturnValue:
    """Show what changes if all alliances get the places of one, and ask."""
    prospectus = events.get_prospectus(slug)
    alliance = prospectus.find_alliance(request.args.get("alliance", ""))
    if alliance is None:
        raise NotFound(noun="alliance")
    present = matrix.load(prospectus.event.id)
    wanted = matrix.copy_of_row(prospectus, present, alliance.id)
    title = _("Copy the places of %(name)s to all alliances?", name=alliance.name)
    return _question(prospectus, matrix.plan(present, wanted), title=title)


@blueprint.route("/<slug>/places/import", methods=["GET", "POST"])
def read(slug: str) -> ResponseReturnValue:
    """Read a sheet; show what it changes, or what is wrong with it, cell by cell."""
    prospectus = events.get_prospectus(slug)
    form, problem = SheetForm(), ""
    wrong: Sequence[reading.Wrong] = ()
    if form.validate_on_submit():
        upload = form.sheet.data
        try:
            table = tables.read(upload.read(), upload.filename or "")
        except TableRefused as error:
            problem = tables.advice(error)
        else:
            sheet = reading.read(table, prospectus)
            if not sheet.wrong:
                plan = matrix.plan(matrix.load(prospectus.event.id), sheet.wanted)
                title = _("Set the places as in “%(name)s”?", name=upload.filename)
                return _question(prospectus, plan, title=title)
            wrong = sheet.wrong
    page = render_template(
        "console/places-import.html",
        event=prospectus.event,
        form=form,
        problem=problem,
        wrong=wrong,
    )
    return page, 422 if form.errors or problem or wrong else 200


def _question(
    prospectus: Prospectus, changes: Sequence[Change], *, title: str, late: bool = False
) -> str:
    """Show what changes, and ask."""
    return render_template(
        "console/places-changes.html",
        event=prospectus.event,
        alliances={each.id: each for each in prospectus.alliances},
        roles={each.id: each for each in prospectus.roles},
        changes=changes,
        written=" ".join(map(_write, changes)),
        title=title,
        late=late,
    )


@blueprint.post("/<slug>/places/apply")
def apply(slug: str) -> ResponseReturnValue:
    """Make the changes that were shown: all of them, or none if a limit is different by now."""
    prospectus = events.get_prospectus(slug)
    changes = _read_changes(prospectus, request.form.get("changes", ""))
    try:
        with transaction():
            matrix.apply(prospectus.event.id, changes, actor=actor())
    except Conflict:
        wanted = {change.key: change.after for change in changes}
        plan = matrix.plan(matrix.load(prospectus.event.id), wanted)
        return _question(prospectus, plan, title=_("Set these places?"), late=True), 409
    nudge("deliveries.send_due")
    flash(ngettext("%(num)s limit has been set.", "%(num)s limits have been set.", len(changes)))
    return redirect(url_for("quotas.show", slug=slug), 303)


def _write(change: Change) -> str:
    """Write a change for the page to carry: ``alliance:role:before:after``, by their ids."""
    parts = (*change.key, change.before, change.after)
    return ":".join("" if part is None else str(part) for part in parts)


def _read_changes(prospectus: Prospectus, text: str) -> Sequence[Change]:
    """Read what a page carried.

    Raises:
        Malformed: it is not what `_write` writes, or names what the event does not have.
    """
    alliances = {None, *(each.id for each in prospectus.alliances)}
    roles = {None, *(each.id for each in prospectus.roles)}
    changes: dict[Key, Change] = {}
    for item in text.split():
        try:
            alliance_id, role_id, before, after = map(_number, item.split(":"))
        except ValueError as error:
            raise Malformed from error
        key = (alliance_id, role_id)
        is_known = alliance_id in alliances and role_id in roles and key not in changes
        if not is_known or (after or 0) > MOST_PLACES:
            raise Malformed
        changes[key] = Change(key=key, before=before, after=after, taken=0)
    return list(changes.values())


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise ValueError(text)
    return int(text)
