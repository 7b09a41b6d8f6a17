"""Campaigns are written, looked at and tried out."""

import uuid

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from registration import languages
from registration.database import transaction
from registration.errors import Conflict, Invalid, TransitionRefused
from registration.forms.campaigns import CampaignForm
from registration.models.campaigns import Campaign
from registration.models.events import Event
from registration.queue import nudge
from registration.services import campaigns, events, wordings
from registration.services.events import Prospectus
from registration.services.wordings import Family
from registration.views.accounts import actor, signed_in
from registration.views.campaigns.pages import blueprint, count_of, edit_page, to
from registration.views.previews import previewed

MOST_NAMES = 200


@blueprint.get("/<slug>/campaigns")
def list_campaigns(slug: str) -> ResponseReturnValue:
    """Show the event's campaigns, and how to begin another."""
    event = events.get_prospectus(slug).event
    listed = campaigns.list_campaigns(event.id)
    return render_template(
        "campaigns/list.html",
        event=event,
        campaigns=listed,
        progress=campaigns.progress([each.id for each in listed]),
        due={each.id: campaigns.due_at(each, event) for each in listed},
        kinds={kind: wordings.titles()[kind][0] for kind in wordings.Ready},
    )


@blueprint.post("/<slug>/campaigns")
def draft(slug: str) -> ResponseReturnValue:
    """Begin a campaign with a ready-made text, or an empty one."""
    account = signed_in()
    with transaction():
        campaign = campaigns.draft(
            events.get_event(slug),
            request.form.get("kind", ""),
            account_id=account.id if account else None,
            actor=actor(),
        )
        campaign_id = campaign.id
    return to(slug, campaign_id)


@blueprint.route("/<slug>/campaigns/<uuid:campaign_id>", methods=["GET", "POST"])
def show(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Show one campaign: its form while it can be changed, then how far it is."""
    prospectus = events.get_prospectus(slug)
    campaign = campaigns.get(prospectus.event.id, campaign_id)
    if campaign.state not in campaigns.OPEN and request.method == "GET":
        return _progress_page(prospectus.event, campaign)
    if request.method == "GET":
        return edit_page(prospectus, campaign_id, CampaignForm.made_for(campaign, prospectus, None))
    form = CampaignForm.made_for(campaign, prospectus, request.form)
    refused = _not_kept(prospectus, campaign_id, form)
    if refused is None:
        flash(_("The campaign has been saved."))
    return refused or to(slug, campaign_id)


def _not_kept(
    prospectus: Prospectus, campaign_id: uuid.UUID, form: CampaignForm
) -> ResponseReturnValue | None:
    """Keep what was entered; return what says why it cannot be, or None if it is kept."""
    event, who = prospectus.event, actor()
    if not form.validate():
        return edit_page(prospectus, campaign_id, form), 422
    try:
        with transaction():
            campaign = campaigns.get(event.id, campaign_id)
            campaigns.change(campaign, form.wanted(), actor=who, seen=form.seen.data)
    except Invalid as error:
        form.blame(error)
        return edit_page(prospectus, campaign_id, form), 422
    except TransitionRefused:
        flash(_("Nothing was changed: the campaign has begun already."), "attention")
        return to(event.slug, campaign_id)
    except Conflict:
        return edit_page(prospectus, campaign_id, form, is_late=True), 409
    return None


def _progress_page(event: Event, campaign: Campaign) -> str:
    return render_template(
        "campaigns/show.html",
        event=event,
        campaign=campaign,
        progress=campaigns.progress([campaign.id])[campaign.id],
        count=count_of(campaign),
        may_start=campaign.state in campaigns.STARTS_FROM,
        may_stop=campaign.state in campaigns.STOPS_FROM,
    )


@blueprint.get("/<slug>/campaigns/<uuid:campaign_id>/recipients")
def recipients(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Show who gets the campaign."""
    event = events.get_prospectus(slug).event
    campaign = campaigns.get(event.id, campaign_id)
    return render_template(
        "campaigns/recipients.html",
        event=event,
        campaign=campaign,
        count=count_of(campaign),
        people=campaigns.first_people(
            event.id,
            campaigns.Selection.of(campaign.selection),
            is_transactional=campaign.is_transactional,
            most=MOST_NAMES,
        ),
    )


@blueprint.post("/<slug>/campaigns/<uuid:campaign_id>/preview")
def preview(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Show the mail as it stands in the form, for a frame of the editor."""
    from registration.services.deliveries import previewing  # noqa: PLC0415  # keeps the web light

    prospectus = events.get_prospectus(slug)
    campaign = campaigns.get(prospectus.event.id, campaign_id)
    form = CampaignForm.made_for(campaign, prospectus, request.form)
    locale, note = request.form.get("locale", ""), ""
    if locale not in languages.LANGUAGES:
        locale = languages.current()
    if not form.text(locale).subject and not form.text(locale).body:
        missing = languages.LANGUAGES[locale]
        locale = next(each for each in languages.LANGUAGES if each != locale)
        note = _("There is no text in %(missing)s: its readers get this one.", missing=missing)
    text = form.text(locale)
    return previewed(
        text,
        Family.REGISTRATION,
        lambda sample: previewing.preview_campaign(campaign, locale, text, sample=sample),
        note=note,
    )


@blueprint.post("/<slug>/campaigns/<uuid:campaign_id>/test")
def try_out(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Save the campaign, and send one mail of it to the reader."""
    prospectus = events.get_prospectus(slug)
    event_id, account = prospectus.event.id, signed_in()
    form = CampaignForm.made_for(campaigns.get(event_id, campaign_id), prospectus, request.form)
    refused = _not_kept(prospectus, campaign_id, form)
    if refused is not None:
        return refused
    address = account.email if account else ""
    with transaction():
        campaigns.try_out(
            campaigns.get(event_id, campaign_id), request.form.get("sample", ""), recipient=address
        )
    nudge("deliveries.send_due")
    flash(_("A test mail is on its way to %(address)s.", address=address))
    return to(slug, campaign_id)
