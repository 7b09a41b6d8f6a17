"""The organisers' own lists: put one together, change it, remove it."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.database import transaction
from registration.errors import Conflict, Duplicate, Invalid, NotFound
from registration.forms import presets as forms
from registration.forms.presets import PresetForm
from registration.forms.rosters import OWN
from registration.models.rosters import RosterPreset
from registration.services import events
from registration.services.events import Prospectus
from registration.services.rosters import COUNTS, RosterKind, kinds, parsing, presets
from registration.views.accounts import signed_in
from registration.views.rosters.surface import blueprint

Problems = Mapping[str, str]


@blueprint.route("/<slug>/rosters/new", methods=["GET", "POST"])
def compose(slug: str) -> ResponseReturnValue:
    """Put a new list together, beginning with the ready-made one that ``from`` names."""
    prospectus = events.get_prospectus(slug)
    if request.method == "POST":
        return _take(prospectus, None)
    start = request.args.get("from", RosterKind.ATTENDANCE.value)
    if start not in set(RosterKind) - COUNTS:
        raise NotFound(noun="roster", name=start)
    spec = kinds.ready(prospectus.event.id, RosterKind(start))
    return _page(prospectus, None, forms.from_ready(spec))


@blueprint.route("/<slug>/rosters/own/<int:preset_id>", methods=["GET", "POST"])
def revise(slug: str, preset_id: int) -> ResponseReturnValue:
    """Change an own list."""
    prospectus = events.get_prospectus(slug)
    preset = presets.get_preset(prospectus.event.id, preset_id)
    if request.method == "POST":
        return _take(prospectus, preset)
    return _page(prospectus, preset, {**preset.data, "title": preset.title})


@blueprint.route("/<slug>/rosters/own/<int:preset_id>/remove", methods=["GET", "POST"])
def remove(slug: str, preset_id: int) -> ResponseReturnValue:
    """Ask once, then forget an own list."""
    event = events.get_prospectus(slug).event
    preset = presets.get_preset(event.id, preset_id)
    if request.method == "GET":
        return render_template("console/rosters-remove.html", event=event, preset=preset)
    account = signed_in()
    account_id = account.id if account else None
    try:
        with transaction():
            presets.remove(event.id, preset_id, account_id=account_id)
    except Conflict:
        flash(
            _("Somebody outside gets this list. Take that back first, under “Lists for others”."),
            "attention",
        )
        return redirect(url_for("rosters.revise", slug=slug, preset_id=preset_id), 303)
    flash(_("The list is removed. Files made of it stay until they expire."))
    return redirect(url_for("rosters.show", slug=slug, _anchor="own"), 303)


def _take(prospectus: Prospectus, preset: RosterPreset | None) -> ResponseReturnValue:
    """Save what was sent, or show it again with what is wrong."""
    event = prospectus.event
    known = parsing.choices(event.id)
    form = PresetForm()
    data, problems = forms.read(request.form, known)
    preset_id = preset.id if preset else None
    if not form.validate() or problems:
        return _page(prospectus, preset, data, problems), 400 if form.errors else 422
    account = signed_in()
    account_id = account.id if account else None
    try:
        with transaction():
            saved = presets.save(event.id, data, preset_id=preset_id, account_id=account_id)
            saved_id = saved.id
    except Duplicate:
        problems = {"title": "duplicate"}
    except Invalid as error:
        problems = _told(error)
    if problems:
        held = presets.get_preset(event.id, preset_id) if preset_id is not None else None
        return _page(prospectus, held, data, problems), 422
    flash(_("Saved. Choose below what to make of it."))
    return redirect(url_for("rosters.choose", slug=event.slug, roster=f"{OWN}{saved_id}"), 303)


def _told(error: Invalid) -> dict[str, str]:
    fields = error.details["fields"]
    return {str(name): str(problem) for name, problem in dict(fields).items()}  # type: ignore[call-overload]  # a mapping by its promise


def _page(
    prospectus: Prospectus,
    preset: RosterPreset | None,
    data: Mapping[str, Any],
    problems: Problems | None = None,
) -> str:
    known = parsing.choices(prospectus.event.id)
    typed = request.form if request.method == "POST" else {}
    told = {name: forms.message(name, problem) for name, problem in (problems or {}).items()}
    if "printed" in told:
        told.setdefault("columns", told.pop("printed"))
    return render_template(
        "console/rosters-edit.html",
        event=prospectus.event,
        preset=preset,
        form=PresetForm(formdata=None),
        data=data,
        kind_title=kinds.TITLES[RosterKind(data["kind"])] if _is_kind(data) else "",
        rows=forms.rows(data, known, typed),
        offers=forms.offers(prospectus, known),
        asked=forms.answers_offered(known),
        problems=told,
    )


def _is_kind(data: Mapping[str, Any]) -> bool:
    return data.get("kind") in set(RosterKind)
