"""One list: its options, the list as a page to print, and as CSV that begins at once."""

from collections.abc import Iterator, Sequence

from flask import Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock
from registration.database import transaction
from registration.errors import Invalid
from registration.forms.rosters import RosterForm
from registration.languages import force_locale
from registration.services import audit, events
from registration.services.events import Prospectus
from registration.services.rosters import COUNTS, MEDIA_TYPES, delimited, tables
from registration.services.rosters.wanted import Wanted, for_the_house
from registration.views.accounts import actor
from registration.views.rosters.surface import Chosen, blueprint, find, form_of

MOST_ON_A_PAGE = 3000
"""People; beyond, a browser takes too long, and the PDF is the better paper."""
FORMS = {"excel": "csv-excel", "programs": "csv"}


@blueprint.get("/<slug>/rosters/<roster>")
def choose(slug: str, roster: str) -> ResponseReturnValue:
    """Show what can be chosen of one list."""
    prospectus = events.get_prospectus(slug)
    chosen = find(prospectus, roster)
    told = {"kind": chosen.name, **for_the_house(prospectus.event)}
    return options(prospectus, chosen, form_of(prospectus, formdata=None, **told))


def options(prospectus: Prospectus, chosen: Chosen, form: RosterForm) -> str:
    """Return the page that asks for one list."""
    form.kind.data = chosen.name
    return render_template(
        "console/rosters-one.html",
        event=prospectus.event,
        chosen=chosen,
        form=form,
        may_copy=chosen.kind not in COUNTS,
    )


def gone(slug: str, chosen: Chosen) -> ResponseReturnValue:
    """Lead to where an own list is put in order that names what the event has no longer."""
    flash(_("This list names something that is not there any more. Please look through it."))
    assert chosen.preset is not None  # noqa: S101  # a ready-made list names nothing of the kind
    return redirect(url_for("rosters.revise", slug=slug, preset_id=chosen.preset.id), 303)


def _asked(prospectus: Prospectus, chosen: Chosen, file_format: str) -> RosterForm:
    """Return the form filled from the address or from what was sent."""
    sent = request.form if request.method == "POST" else request.args
    told = {**sent.to_dict(), "kind": chosen.name, "format": file_format}
    options = {} if request.method == "POST" else {"meta": {"csrf": False}}
    return form_of(prospectus, formdata=_multi(told), **options)


def _multi(told: dict[str, str]) -> object:
    return type(request.args)(told)


@blueprint.get("/<slug>/rosters/<roster>.csv")
def csv(slug: str, roster: str) -> ResponseReturnValue:
    """Send a list as CSV that begins at once; ``form`` is ``excel`` or ``programs``."""
    prospectus = events.get_prospectus(slug)
    chosen = find(prospectus, roster)
    form = _asked(prospectus, chosen, FORMS.get(request.args.get("form", ""), "csv-excel"))
    if not form.validate():
        return options(prospectus, chosen, form), 422
    return stream(prospectus, chosen, form.parameters())


def stream(
    prospectus: Prospectus, chosen: Chosen, parameters: dict[str, str]
) -> ResponseReturnValue:
    """Return a list as CSV, piece by piece; that it was asked for is written down before.

    Counting the people of a long list takes longer than its first piece may, so how many were
    sent is written down when the last piece, or the reader, has gone.
    """
    event = prospectus.event
    slug = event.slug
    try:
        wanted = wanted_of(prospectus, chosen, parameters)
    except Invalid:
        return gone(slug, chosen)
    _note("roster.downloaded", chosen, wanted, parameters, wanted.spec.in_files)
    day = clock.now().astimezone(event.zone).date()
    pieces = stream_with_context(_pieces(wanted, chosen))
    response = Response(pieces, content_type=MEDIA_TYPES[wanted.file_format])
    name = wanted.file_name(slug, day)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _pieces(wanted: Wanted, chosen: Chosen) -> Iterator[bytes]:
    people, who = 0, actor()

    def count(more: int) -> None:
        nonlocal people
        people += more

    try:
        with force_locale(wanted.locale):
            yield from delimited.stream(wanted, on_progress=count)
    finally:
        with transaction():
            audit.record(
                "roster.sent",
                actor=who,
                subject=f"roster:{chosen.name}",
                event_id=wanted.event_id,
                people=people,
            )


def wanted_of(prospectus: Prospectus, chosen: Chosen, parameters: dict[str, str]) -> Wanted:
    """Return the list that is asked for.

    Raises:
        Invalid: it is an own list that names what the event has no longer.
    """
    return Wanted.of(prospectus.event.id, {**chosen.parameters(), **parameters})


def _note(
    action: str,
    chosen: Chosen,
    wanted: Wanted,
    parameters: dict[str, str],
    columns: Sequence[str],
    **more: int,
) -> None:
    """Write down who was given which list, in which columns, for whom and why."""
    who = actor()
    told = {name: text for name, text in parameters.items() if name != "locale"}
    with transaction():
        audit.record(
            action,
            actor=who,
            subject=f"roster:{chosen.name}",
            event_id=wanted.event_id,
            columns=", ".join(columns),
            **told,
            **more,
        )


@blueprint.route("/<slug>/rosters/<roster>/print", methods=["GET", "POST"])
def page(slug: str, roster: str) -> ResponseReturnValue:
    """Show a list as a page made for paper; that it was shown is written down."""
    prospectus = events.get_prospectus(slug)
    chosen = find(prospectus, roster)
    form = _asked(prospectus, chosen, "pdf")
    if not form.validate():
        return options(prospectus, chosen, form), 422
    try:
        wanted = wanted_of(prospectus, chosen, form.parameters())
    except Invalid:
        return gone(slug, chosen)
    table = tables.table(
        wanted.event_id,
        wanted.spec,
        locale=wanted.locale,
        as_of=clock.now(),
        alliance_id=wanted.alliance_id,
        most=MOST_ON_A_PAGE,
    )
    columns, shown = wanted.spec.on_paper, min(table.people, MOST_ON_A_PAGE)
    _note("roster.shown", chosen, wanted, form.parameters(), columns, people=shown)
    with force_locale(wanted.locale):
        return render_template(
            "console/roster-print.html",
            event=prospectus.event,
            chosen=chosen,
            table=table,
            wanted=wanted,
            most=MOST_ON_A_PAGE,
        )
