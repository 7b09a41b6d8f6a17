"""What the pages of campaigns share: their place, and the editor."""

import uuid

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from registration.forms.campaigns import CampaignForm, ScheduleForm, day_words
from registration.models.accounts import AccountRole
from registration.models.campaigns import Campaign
from registration.services import campaigns, wordings
from registration.services.events import Prospectus
from registration.services.wordings import Family
from registration.views.accounts import guard

blueprint = Blueprint("campaigns", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)


def to(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Lead to a campaign's page."""
    return redirect(url_for("campaigns.show", slug=slug, campaign_id=campaign_id), 303)


def edit_page(
    prospectus: Prospectus,
    campaign_id: uuid.UUID,
    form: CampaignForm,
    *,
    plan: ScheduleForm | None = None,
    is_late: bool = False,
) -> str:
    """Return the page on which a campaign is written.

    Args:
        prospectus: of its event.
        campaign_id: which one.
        form: what stands in it.
        plan: when it goes out, as it was entered.
        is_late: whether somebody else has changed it since the form was shown.
    """
    from registration.services.deliveries import previewing  # noqa: PLC0415  # keeps the web light

    event = prospectus.event
    campaign = campaigns.get(event.id, campaign_id)
    return render_template(
        "campaigns/edit.html",
        event=event,
        campaign=campaign,
        form=form,
        seen=(not is_late and form.seen.data) or campaigns.mark_of(campaign),
        is_late=is_late,
        plan=plan or ScheduleForm.made_for(campaign, event.zone),
        count=count_of(campaign),
        due=campaigns.due_at(campaign, event),
        when=day_words(campaign.relative_days) if campaign.relative_days is not None else "",
        variables=wordings.meanings(Family.REGISTRATION),
        samples=previewing.list_samples(event.id, Family.REGISTRATION),
    )


def count_of(campaign: Campaign) -> campaigns.Count:
    """Return who gets a campaign as it is kept."""
    return campaigns.count(
        campaign.event_id,
        campaigns.Selection.of(campaign.selection),
        is_transactional=campaign.is_transactional,
    )
