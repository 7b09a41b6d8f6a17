"""Campaigns are scheduled, started, stopped and deleted."""

import uuid
from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from registration.database import transaction
from registration.errors import Invalid, TransitionRefused
from registration.forms.campaigns import CampaignForm, ScheduleForm
from registration.queue import nudge
from registration.services import campaigns, events
from registration.views.accounts import actor
from registration.views.campaigns.pages import blueprint, edit_page, to


@blueprint.post("/<slug>/campaigns/<uuid:campaign_id>/schedule")
def schedule(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Let the campaign begin at a moment, or on a day before or after the event."""
    prospectus = events.get_prospectus(slug)
    event, who = prospectus.event, actor()
    campaign = campaigns.get(event.id, campaign_id)
    plan = ScheduleForm.made_for(campaign, event.zone, request.form)
    at = plan.moment(event.zone) if plan.validate() else None
    if at is None:
        plan.at.errors = [*plan.at.errors, _("Please enter a day and a time.")]
    else:
        try:
            with transaction():
                campaigns.schedule(
                    campaigns.get(event.id, campaign_id),
                    at,
                    relative_days=plan.relative_days,
                    actor=who,
                )
            flash(_("The campaign is scheduled."))
            return to(slug, campaign_id)
        except Invalid as error:
            plan.at.errors = [_why_not(error)]
    form = CampaignForm.made_for(campaigns.get(event.id, campaign_id), prospectus, None)
    return edit_page(events.get_prospectus(slug), campaign_id, form, plan=plan), 422


def _why_not(error: Invalid) -> str:
    fields = error.details["fields"]
    if isinstance(fields, dict) and fields.get("at") == "past":
        return str(_("This moment is over. Please choose a later one, or start the campaign now."))
    return str(_("Please write a subject and a text first, and save them."))


@blueprint.post("/<slug>/campaigns/<uuid:campaign_id>/start")
def start(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Start the campaign at once, or let a stopped one go on."""
    return _act(
        slug, campaign_id, campaigns.start, lambda _result: _("The campaign is on its way.")
    )


@blueprint.post("/<slug>/campaigns/<uuid:campaign_id>/stop")
def stop(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Stop the campaign; what has not been sent is cancelled."""

    def done(cancelled: int | None) -> str:
        number = cancelled or 0
        said = ngettext(
            "The campaign is stopped; one mail that was waiting has been cancelled.",
            "The campaign is stopped; %(num)s mails that were waiting have been cancelled.",
            number,
        )
        return str(said)

    return _act(slug, campaign_id, campaigns.stop, done)


def _act(
    slug: str,
    campaign_id: uuid.UUID,
    work: Callable[..., int | None],
    done: Callable[[int | None], str],
) -> ResponseReturnValue:
    """Do one thing to a campaign, and go back to it; say there if it cannot be done."""
    event_id, who = events.get_prospectus(slug).event.id, actor()
    try:
        with transaction():
            result = work(campaigns.get(event_id, campaign_id), actor=who)
    except TransitionRefused:
        flash(_("Nothing was changed: the campaign has moved on in the meantime."), "attention")
    except Invalid as error:
        flash(_why_not(error), "attention")
    else:
        nudge("campaigns.run_due")
        flash(done(result))
    return to(slug, campaign_id)


@blueprint.post("/<slug>/campaigns/<uuid:campaign_id>/delete")
def delete(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a campaign that has not begun."""
    event_id, who = events.get_prospectus(slug).event.id, actor()
    try:
        with transaction():
            campaigns.delete(campaigns.get(event_id, campaign_id), actor=who)
    except TransitionRefused:
        flash(_("Nothing was changed: the campaign has begun already."), "attention")
        return to(slug, campaign_id)
    flash(_("The campaign has been deleted."))
    return redirect(url_for("campaigns.list_campaigns", slug=slug), 303)
