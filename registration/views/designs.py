"""The console's badge designs: see them all, edit one with a preview beside it, bring logos."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from registration import languages
from registration.database import transaction
from registration.errors import Conflict, Invalid
from registration.forms.choices import Choice
from registration.forms.designs import EditForm, LogoForm, edit, explained, format_of, groups_of
from registration.forms.designs.controls import Data, Making
from registration.forms.designs.words import COLOURS, FIELDS, KINDS, WARNINGS
from registration.models.accounts import AccountRole
from registration.services import events
from registration.services.badges.designs import logos, parsing, storing
from registration.services.badges.designs.model import SIDES, Design
from registration.services.badges.designs.storing import Stored
from registration.services.events import Prospectus
from registration.views.accounts import actor, guard
from registration.views.protection import STRICT, csrf

blueprint = Blueprint("designs", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

UNSAFE = re.compile(r"[^a-z0-9]+")
MOST_SENT = 4 * logos.MOST_BYTES
"""Bytes; more than may be kept, so that a file too large is an error at its field."""
WITH_PICTURES = STRICT.replace("img-src 'self'", "img-src 'self' data:")
"""Logos of points stand in a preview as data, since it may show one that is not stored yet."""


@dataclass(frozen=True)
class Shown:
    """One side of a badge as the preview draws it."""

    side: str
    picture: Markup
    warnings: Sequence[str]


@blueprint.get("/<slug>/designs")
def list_designs(slug: str) -> ResponseReturnValue:
    """Show every design as it looks, and the event's logos."""
    return _list_page(events.get_prospectus(slug), LogoForm(formdata=None))


def _list_page(prospectus: Prospectus, form: LogoForm) -> Response:
    event_id = prospectus.event.id
    listed = storing.list_designs(event_id)
    shown = {each.code: _drawn(event_id, each.design, None)[0] for each in listed}
    return _page(
        "console/designs.html",
        event=prospectus.event,
        designs=listed,
        shown=shown,
        logos=logos.list_logos(event_id),
        form=form,
    )


@blueprint.route("/<slug>/designs/<design>", methods=["GET", "POST"])
def edit_design(slug: str, design: str) -> ResponseReturnValue:
    """Show a design with its preview; take over what was entered, or say what must be corrected."""
    prospectus = events.get_prospectus(slug)
    stored = storing.get_stored(prospectus.event.id, design)
    form = EditForm(data={"title": stored.title, "revision": stored.revision})
    if request.method == "GET":
        return _edit_page(prospectus, stored, form, parsing.to_data(stored.design), {})
    edited = edit(request.form, parsing.to_data(stored.design))
    is_ready = form.validate() and request.form.get("do") == "save"
    errors = {path: explained(problem) for path, problem in edited.errors.items()}
    if is_ready and not errors:
        errors = _save(prospectus.event.id, design, form, edited.data)
        if not errors:
            flash(_("The design is saved. It is used from the next badge on."))
            return redirect(url_for("designs.edit_design", slug=slug, design=design), 303)
    page = _edit_page(prospectus, stored, form, edited.data, errors)
    page.status_code = 422 if is_ready or form.errors else 200
    return page


def _save(event_id: uuid.UUID, code: str, form: EditForm, data: Data) -> dict[str, str]:
    """Keep the design; return what is wrong with it, by path, and keep nothing then."""
    try:
        with transaction():
            storing.save(
                event_id,
                code,
                title=form.title.data,
                data=data,
                revision=form.revision.data or 0,
                actor=actor(),
            )
    except Invalid as refused:
        return {path: explained(str(problem)) for path, problem in refused.details.items()}
    except Conflict:
        return {
            "design": _(
                "Somebody else has saved this design since you opened it. Open it anew in another "
                "window, and enter there what you want to keep."
            )
        }
    return {}


def _edit_page(
    prospectus: Prospectus, stored: Stored, form: EditForm, data: Data, errors: Mapping[str, str]
) -> Response:
    event_id = prospectus.event.id
    shown, found = _preview(event_id, data)
    problems = {**found, **errors}
    offered = [Choice(str(logo.id), logo.title) for logo in logos.list_logos(event_id)]
    making = Making(prospectus.roles, offered, problems)
    return _page(
        "console/design.html",
        event=prospectus.event,
        stored=stored,
        form=form,
        data=data,
        format=format_of(data, making),
        sides={side: groups_of(data, side, making) for side in SIDES if data.get(side)},
        shown=shown,
        problems=problems,
        samples=_samples(event_id),
        person=_person(),
        kinds=KINDS,
        colours=COLOURS,
        fields=FIELDS,
    )


@blueprint.post("/<slug>/designs/<design>/preview")
def preview(slug: str, design: str) -> ResponseReturnValue:
    """Draw what was entered without keeping it: the part of the page that follows the typing."""
    event_id = events.get_prospectus(slug).event.id
    stored = storing.get_stored(event_id, design)
    edited = edit(request.form, parsing.to_data(stored.design))
    shown, problems = _preview(event_id, edited.data)
    problems |= {path: explained(problem) for path, problem in edited.errors.items()}
    return _page("console/design-preview.html", shown=shown, problems=problems)


def _preview(event_id: uuid.UUID, data: Data) -> tuple[Sequence[Shown], dict[str, str]]:
    """Return both sides, and why they cannot be drawn, if they cannot."""
    try:
        return _drawn(event_id, parsing.parse(data), _person()), {}
    except Invalid as refused:
        problems = refused.details.items()
        return (), {path: explained(str(problem)) for path, problem in problems}


def _drawn(event_id: uuid.UUID, design: Design, person: uuid.UUID | None) -> Sequence[Shown]:
    # These read fonts, which a web process that shows no design never needs.
    from registration.services.badges.designs import samples  # noqa: PLC0415  # as said
    from registration.services.badges.designs.composing import compose  # noqa: PLC0415  # as said
    from registration.services.badges.designs.preview import svg  # noqa: PLC0415  # as said
    from registration.services.badges.press import Press  # noqa: PLC0415  # as said

    press = Press.prepare(event_id, locale=languages.current(), design=design)
    face = samples.face_of(event_id, person, press)
    names = {"front": _("Front side"), "back": _("Back side")}
    drawn = []
    for side in SIDES:
        if not design.elements(side):
            continue
        composed = compose(design, side, face, press.occasion)
        picture = Markup(svg(composed, label=names[side]))  # noqa: S704  # it escapes its words
        told = [f"{each.text} {WARNINGS[each.code]}".strip() for each in composed.warnings]
        drawn.append(Shown(side, picture, told))
    return drawn


def _samples(event_id: uuid.UUID) -> Sequence[Any]:
    from registration.services.badges.designs import samples  # noqa: PLC0415  # reads fonts

    return samples.list_samples(event_id)


def _person() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.values.get("person", ""))
    except ValueError:
        return None


@blueprint.post("/<slug>/designs/<design>/copy")
def copy(slug: str, design: str) -> ResponseReturnValue:
    """Make a design of the event's own from this one."""
    event_id = events.get_prospectus(slug).event.id
    with transaction():
        stored = storing.get_stored(event_id, design)
        title = _("%(title)s (copy)", title=stored.title)[: storing.MOST_TITLE]
        made = storing.copy(
            event_id, design, to=_free_code(event_id, design), title=title, actor=actor()
        )
    flash(_("This is your copy. Give it a title of its own."))
    return redirect(url_for("designs.edit_design", slug=slug, design=made.code), 303)


def _free_code(event_id: uuid.UUID, code: str) -> str:
    taken = {each.code for each in storing.list_designs(event_id)}
    stem = UNSAFE.sub("-", code)[: storing.MOST_CODE - 4].strip("-")
    return next(
        wanted for number in range(2, len(taken) + 3) if (wanted := f"{stem}-{number}") not in taken
    )


@blueprint.post("/<slug>/designs/<design>/restore")
def restore(slug: str, design: str) -> ResponseReturnValue:
    """Forget the event's version: the ready-made design is used again, or this one is gone."""
    event_id = events.get_prospectus(slug).event.id
    with transaction():
        storing.restore(event_id, design, actor=actor())
    flash(_("Your version is deleted."))
    return redirect(url_for("designs.list_designs", slug=slug), 303)


@blueprint.post("/<slug>/logos")
def add_logo(slug: str) -> ResponseReturnValue:
    """Keep a logo, or say why the file cannot be taken."""
    prospectus = events.get_prospectus(slug)
    request.max_content_length = MOST_SENT
    form = LogoForm()
    if form.validate():
        try:
            with transaction():
                logos.add(
                    prospectus.event.id,
                    title=form.title.data,
                    content=form.bytes(),
                    actor=actor(),
                )
        except Invalid as refused:
            form.content.errors = [_logo_problem(str(refused.details.get("content", "")))]
        else:
            flash(_("The logo is there. Designs can show it now."))
            return redirect(url_for("designs.list_designs", slug=slug, _anchor="logos"), 303)
    page = _list_page(prospectus, form)
    page.status_code = 400 if "csrf_token" in form.errors else 422
    return page


csrf.exempt(add_logo)  # the form checks its own token, once it is known how large it may be


def _logo_problem(code: str) -> str:
    words: Mapping[str, str] = {
        "too_large": _("The file has more than 2 MB. Please make it smaller."),
        "too_many_points": _(
            "The picture has more than 2000 pixels a side. Please make it smaller."
        ),
        "kind": _("This is no PNG, JPEG or SVG. Please bring the logo as one of these."),
        "broken": _("The picture cannot be read. Please save it anew and try again."),
    }
    other: str = _(
        "This SVG has parts that we do not draw (text, pictures, gradients, effects). Please turn "
        "texts into paths and save it plain, or bring it as PNG."
    )
    return words.get(code, other)


@blueprint.get("/<slug>/logos/<int:logo_id>")
def show_logo(slug: str, logo_id: int) -> ResponseReturnValue:
    """Send a logo, as we have written it anew."""
    logo = logos.get_logo(events.get_prospectus(slug).event.id, logo_id)
    response = Response(logo.content, mimetype=logo.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response


@blueprint.post("/<slug>/logos/<int:logo_id>/remove")
def remove_logo(slug: str, logo_id: int) -> ResponseReturnValue:
    """Delete a logo that no design shows."""
    event_id = events.get_prospectus(slug).event.id
    try:
        with transaction():
            logos.remove(event_id, logo_id, actor=actor())
    except Conflict:
        flash(_("A design shows this logo. Take it out there first."), "attention")
    else:
        flash(_("The logo is deleted."))
    return redirect(url_for("designs.list_designs", slug=slug, _anchor="logos"), 303)


def _page(template: str, **words: Any) -> Response:
    """Return a page whose previews may hold pictures as data."""
    response = Response(render_template(template, **words))
    response.headers["Content-Security-Policy"] = WITH_PICTURES
    return response
