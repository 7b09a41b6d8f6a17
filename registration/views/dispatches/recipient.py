"""The page behind the link to a list, ``/d/<token>``: ask for a code, type it, download.

Whoever has the link alone learns what event it is and until when the link works, and nobody's name.
The code goes to the one address that the organisers have named. Typed right, it is used up, and
this browser may download for half an hour.
"""

import uuid
from datetime import datetime, timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import clock, languages
from registration.database import transaction
from registration.forms.dispatches import CodeForm
from registration.models.jobs import Job, JobState
from registration.models.rosters import Dispatch
from registration.queue import nudge
from registration.services import dispatches, jobs
from registration.services.dispatches import downloads
from registration.services.dispatches.codes import Asked, Opened
from registration.views.limits import limiter, sign_in_rate

blueprint = Blueprint("dispatched", __name__, url_prefix="/d/<token>")

OPEN_FOR = timedelta(minutes=30)
GRANT = "dispatch"
"""Where the browser's signed session keeps which list it may download, and until when."""
UNFINISHED = (JobState.NEW, JobState.RUNNING)


@blueprint.after_request
def keep_out_of_search(response: Response) -> Response:
    """Ask search engines to forget the page: its address is half of its key."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("")
def show(token: str) -> ResponseReturnValue:
    """Ask for a code, or offer the download to a browser that has typed one."""
    dispatch = dispatches.get_by_link(token)
    return _page(dispatch, token, CodeForm())


def _page(dispatch: Dispatch, token: str, form: CodeForm, *, problem: str = "") -> str:
    is_granted = _is_granted(dispatch)
    job = _job_of(dispatch) if is_granted else None
    with languages.force_locale(_language(dispatch)):
        return render_template(
            "dispatches/open.html",
            event=dispatch.event,
            dispatch=dispatch,
            token=token,
            form=form,
            problem=problem,
            is_granted=is_granted,
            is_asked=bool(dispatches.code_of(dispatch)),
            changes=_changes(dispatch) if is_granted else (),
            job=job,
            is_busy=job is not None and job.state in UNFINISHED,
            is_long=is_granted and downloads.is_long(dispatch),
        )


def _language(dispatch: Dispatch) -> str:
    """Return the reader's chosen language, or else that of the list."""
    chosen = (request.args.get("lang"), request.cookies.get(languages.COOKIE))
    found = [each for each in chosen if each in languages.LANGUAGES]
    return found[0] if found else str(dispatch.roster["locale"])


def _changes(dispatch: Dispatch) -> list[tuple[datetime, list[str], list[str]]]:
    """Return what was told since, the newest first."""
    return [
        (datetime.fromisoformat(each["at"]), each["added"], each["removed"])
        for each in reversed(dispatch.changes)
    ]


@blueprint.post("/code")
@limiter.limit(sign_in_rate)
def ask_code(token: str) -> ResponseReturnValue:
    """Mail a one-time code to the recipient's address, whoever asks."""
    with transaction():
        dispatch = dispatches.get_by_link(token)
        asked, locale = dispatches.ask_code(dispatch.id), _language(dispatch)
    nudge("deliveries.send_due")
    with languages.force_locale(locale):
        if asked == Asked.TOO_OFTEN:
            flash(
                _("Too many codes were asked for today. Please write to the organisers."),
                "attention",
            )
        elif asked == Asked.JUST_NOW:
            flash(_("A code was sent just now. Please look at your mail, or wait a minute."))
        else:
            flash(_("A code is on its way to the address that got the link."))
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("")
@limiter.limit(sign_in_rate)
def open_list(token: str) -> ResponseReturnValue:
    """Take the code that was typed."""
    form = CodeForm()
    dispatch = dispatches.get_by_link(token)
    with languages.force_locale(_language(dispatch)):
        if not form.validate():
            return _page(dispatch, token, form), 422
        with transaction():
            came = dispatches.try_code(dispatch.id, form.code.data)
        if came == Opened.OPENED:
            ends_at = clock.now() + OPEN_FOR
            browser[GRANT] = {"id": dispatch.id.hex, "until": int(ends_at.timestamp())}
            return redirect(url_for(".show", token=token), 303)
        form.code.data, problem = "", ""
        if came == Opened.WRONG:
            form.code.errors = [_("This is not the code. Please look at the mail once more.")]
        else:
            problem = _("This code was used, is too old or was mistyped too often.")
        return _page(dispatches.get_by_link(token), token, form, problem=problem), 422


def _is_granted(dispatch: Dispatch) -> bool:
    """Return whether this browser has typed the code of this list, not long ago."""
    grant = browser.get(GRANT)
    if not isinstance(grant, dict) or grant.get("id") != dispatch.id.hex:
        return False
    return int(grant.get("until", 0)) > clock.now().timestamp()


@blueprint.get("/list")
def download(token: str) -> ResponseReturnValue:
    """Send the list as it is now; of a long one, what a worker has made."""
    dispatch = dispatches.get_by_link(token)
    if not _is_granted(dispatch):
        return redirect(url_for(".show", token=token), 303)
    job = _job_of(dispatch)
    if job is not None and job.state == JobState.DONE:
        file = downloads.of_job(job)
    elif downloads.is_long(dispatch):
        return redirect(url_for(".show", token=token), 303)
    else:
        file = downloads.make(dispatch)
    with transaction():
        downloads.note(dispatches.get_by_link(token), file)
    response = Response(file.content, content_type=file.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/list")
@limiter.limit(sign_in_rate)
def ask_file(token: str) -> ResponseReturnValue:
    """Let a worker make a long list; the page says when it is there."""
    with transaction():
        dispatch = dispatches.get_by_link(token)
        if _is_granted(dispatch):
            browser[GRANT] = browser[GRANT] | {"job": downloads.ask(dispatch).id.hex}
    nudge("jobs.run_due")
    return redirect(url_for(".show", token=token), 303)


def _job_of(dispatch: Dispatch) -> Job | None:
    """Return the job that this browser has asked for."""
    asked = browser.get(GRANT, {}).get("job")
    if not asked:
        return None
    job = jobs.get(uuid.UUID(hex=asked))
    return job if job.event_id == dispatch.event_id else None
