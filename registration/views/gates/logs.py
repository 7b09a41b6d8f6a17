"""Bringing a scanner's saved log to the console, when it cannot send its scans itself."""

from collections.abc import Mapping
from functools import reduce
from typing import cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration.combiner import Combiner
from registration.database import transaction
from registration.errors import Invalid
from registration.forms.logs import LogForm
from registration.models.accounts import AccountRole
from registration.services import events
from registration.services.gates import logs
from registration.views.accounts import actor, guard
from registration.views.protection import csrf

blueprint = Blueprint("logs", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER, AccountRole.STAFF)

_store = Combiner(logs.store, most=1)
MOST_SENT = 10_100_000
"""In bytes: a file of 10 MB, some 30,000 scans, and what the form puts around it."""


@blueprint.get("/<slug>/devices/import")
def ask(slug: str) -> ResponseReturnValue:
    """Ask for the file."""
    return _page(slug, LogForm(formdata=None))


def _page(slug: str, form: LogForm, outcome: logs.Outcome | None = None) -> str:
    event = events.get_prospectus(slug).event
    return render_template("console/devices-import.html", event=event, form=form, outcome=outcome)


@blueprint.post("/<slug>/devices/import")
def bring(slug: str) -> ResponseReturnValue:
    """Store what is not stored yet, each scan once, and say what became of all."""
    request.max_content_length = MOST_SENT
    form = LogForm()
    if not form.validate():
        return _page(slug, form), 400 if form.csrf_token.errors else 422
    try:
        with transaction():
            event = events.get_event(slug)
            parts = logs.read(event, form.log.data.read(), actor=actor())
    except Invalid as error:
        form.log.errors = [_why(error)]
        return _page(slug, form), 422
    outcome = reduce(logs.Outcome.plus, map(_store.ask, parts), logs.Outcome())
    return _page(slug, form, outcome)


def _why(error: Invalid) -> str:
    reasons = {
        "other_event": _("This log was saved at another event."),
        "other_device": _("No device of this event has saved this log."),
    }
    fields = cast(Mapping[str, str], error.details["fields"])
    return str(reasons.get(fields["file"]) or _("This is not a file that a scanner has saved."))


csrf.exempt(bring)  # the form checks its own token, once the request may be as large as a log
