"""Campaigns in the console: draft, look at, try out, schedule, start, stop."""

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from registration import languages
from registration.database import transaction
from registration.errors import Conflict, Invalid, TransitionRefused
from registration.forms.campaigns import CampaignForm, ScheduleForm, day_words
from registration.models.accounts import AccountRole
from registration.models.campaigns import Campaign
from registration.models.events import Event
from registration.queue import nudge
from registration.services import campaigns, events, wordings
from registration.services.events import Prospectus
from registration.services.wordings import Family
from registration.views.accounts import actor, guard, signed_in
from registration.views.previews import previewed

blueprint = Blueprint("campaigns", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

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
    return _to(slug, campaign_id)


def _to(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("campaigns.show", slug=slug, campaign_id=campaign_id), 303)


@blueprint.route("/<slug>/campaigns/<uuid:campaign_id>", methods=["GET", "POST"])
def show(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Show one campaign: its form while it can be changed, then how far it is."""
    prospectus = events.get_prospectus(slug)
    campaign = campaigns.get(prospectus.event.id, campaign_id)
    if campaign.state not in campaigns.OPEN and request.method == "GET":
        return _progress_page(prospectus.event, campaign)
    if request.method == "GET":
        return _page(prospectus, campaign_id, CampaignForm.made_for(campaign, prospectus, None))
    form = CampaignForm.made_for(campaign, prospectus, request.form)
    refused = _not_kept(prospectus, campaign_id, form)
    if refused is None:
        flash(_("The campaign has been saved."))
    return refused or _to(slug, campaign_id)


def _not_kept(
    prospectus: Prospectus, campaign_id: uuid.UUID, form: CampaignForm
) -> ResponseReturnValue | None:
    """Keep what was entered; return what says why it cannot be, or None if it is kept."""
    event, who = prospectus.event, actor()
    if not form.validate():
        return _page(prospectus, campaign_id, form), 422
    try:
        with transaction():
            campaign = campaigns.get(event.id, campaign_id)
            campaigns.change(campaign, form.wanted(), actor=who, seen=form.seen.data)
    except Invalid as error:
        form.blame(error)
        return _page(prospectus, campaign_id, form), 422
    except TransitionRefused:
        flash(_("Nothing was changed: the campaign has begun already."), "attention")
        return _to(event.slug, campaign_id)
    except Conflict:
        return _page(prospectus, campaign_id, form, is_late=True), 409
    return None


def _page(
    prospectus: Prospectus,
    campaign_id: uuid.UUID,
    form: CampaignForm,
    *,
    plan: ScheduleForm | None = None,
    is_late: bool = False,
) -> str:
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
        count=_count(campaign),
        due=campaigns.due_at(campaign, event),
        when=day_words(campaign.relative_days) if campaign.relative_days is not None else "",
        variables=wordings.meanings(Family.REGISTRATION),
        samples=previewing.list_samples(event.id, Family.REGISTRATION),
    )


def _count(campaign: Campaign) -> campaigns.Count:
    return campaigns.count(
        campaign.event_id,
        campaigns.Selection.of(campaign.selection),
        is_transactional=campaign.is_transactional,
    )


def _progress_page(event: Event, campaign: Campaign) -> str:
    return render_template(
        "campaigns/show.html",
        event=event,
        campaign=campaign,
        progress=campaigns.progress([campaign.id])[campaign.id],
        count=_count(campaign),
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
        count=_count(campaign),
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
    return _to(slug, campaign_id)


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
            return _to(slug, campaign_id)
        except Invalid as error:
            plan.at.errors = [_why_not(error)]
    form = CampaignForm.made_for(campaigns.get(event.id, campaign_id), prospectus, None)
    return _page(events.get_prospectus(slug), campaign_id, form, plan=plan), 422


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
    return _to(slug, campaign_id)


@blueprint.post("/<slug>/campaigns/<uuid:campaign_id>/delete")
def delete(slug: str, campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a campaign that has not begun."""
    event_id, who = events.get_prospectus(slug).event.id, actor()
    try:
        with transaction():
            campaigns.delete(campaigns.get(event_id, campaign_id), actor=who)
    except TransitionRefused:
        flash(_("Nothing was changed: the campaign has begun already."), "attention")
        return _to(slug, campaign_id)
    flash(_("The campaign has been deleted."))
    return redirect(url_for("campaigns.list_campaigns", slug=slug), 303)
