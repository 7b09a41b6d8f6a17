"""Setting: campaigns are drafted, scheduled, started, stopped and gone on with."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from registration import clock
from registration.database import db, uuid7
from registration.errors import Conflict, Invalid, NotFound, TransitionRefused
from registration.languages import LANGUAGES
from registration.models.campaigns import Campaign, CampaignState
from registration.models.deliveries import Delivery, DeliveryKind
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import audit, deliveries, wordings
from registration.services.campaigns import running
from registration.services.campaigns.conditions import Selection
from registration.services.campaigns.looking import mark_of
from registration.services.wordings import Family, Ready, Text

LONGEST_TITLE = 120
MOST_DAYS = 365
OPEN = frozenset({CampaignState.DRAFT, CampaignState.SCHEDULED})
"""In which a campaign may still be changed."""
STARTS_FROM = OPEN | {CampaignState.STOPPED}
STOPS_FROM = frozenset({CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.DONE})

Texts = Mapping[str, Text]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a campaign shall be."""

    title: str
    texts: Texts
    """By language; one whose subject and body are both empty is left out."""
    selection: Selection
    is_transactional: bool = False


def draft(event: Event, kind: str, *, account_id: int | None, actor: str) -> Campaign:
    """Begin a campaign with a ready-made text, or with "" an empty one.

    Raises:
        NotFound: there is no such text.
    """
    if kind and kind not in set(Ready):
        raise NotFound(noun="text", name=kind)
    texts = {locale: wordings.current_text(event.id, kind, locale) for locale in LANGUAGES if kind}
    after = kind in {Ready.THANKS, Ready.RESULTS}
    selection = Selection(attendance="came") if after else Selection()
    campaign = Campaign(
        id=uuid7(),
        event_id=event.id,
        title=str(wordings.titles()[kind][0]) if kind else "",
        kind=kind,
        texts=_stored(texts),
        selection=selection.stored(),
        is_transactional=kind in {Ready.LOGISTICS, Ready.LAST_DAY},
        account_id=account_id,
        created_at=clock.now(),
    )
    db.session.add(campaign)
    db.session.flush()
    _record(campaign, "drafted", actor=actor)
    return campaign


def _stored(texts: Texts) -> dict[str, dict[str, str]]:
    return {
        locale: {"subject": text.subject, "body": text.body}
        for locale, text in texts.items()
        if text.subject.strip() or text.body.strip()
    }


def change(campaign: Campaign, wanted: Wanted, *, actor: str, seen: str = "") -> None:
    """Change a campaign that has not begun.

    Args:
        campaign: which one.
        wanted: what it shall be.
        actor: who does it.
        seen: its mark when the writer began; "": any.

    Raises:
        TransitionRefused: it has begun.
        Conflict: somebody else has changed it since.
        Invalid: something is missing or cannot be read; ``details['fields']`` says what, and
            ``details['faults']`` where in the texts.
    """
    _check_state(campaign, OPEN)
    check(wanted)
    found = mark_of(campaign)
    campaign.title = wanted.title
    campaign.texts = _stored(wanted.texts)
    campaign.selection = wanted.selection.stored()
    campaign.is_transactional = wanted.is_transactional
    if seen and found not in (seen, mark_of(campaign)):
        raise Conflict(noun="campaign", name=str(campaign.id))
    _record(campaign, "changed", actor=actor)


def check(wanted: Wanted) -> None:
    """Look whether a campaign can be as wanted.

    Raises:
        Invalid: see `change`.
    """
    fields: dict[str, str] = {}
    faults: dict[str, Sequence[wordings.Fault]] = {}
    if not wanted.title:
        fields["title"] = "required"
    elif len(wanted.title) > LONGEST_TITLE:
        fields["title"] = "too_long"
    written = [locale for locale, text in wanted.texts.items() if text.subject or text.body.strip()]
    if not written:
        fields["subject_de"] = "required"
    for locale in written:
        found, where = wordings.problems_of(wanted.texts[locale], Family.REGISTRATION)
        fields |= {f"{name}_{locale}": reason for name, reason in found.items()}
        faults |= {f"{name}_{locale}": each for name, each in where.items()}
    if fields:
        raise Invalid(fields=fields, faults=faults)


def schedule(
    campaign: Campaign, at: datetime, *, relative_days: int | None = None, actor: str
) -> None:
    """Let a campaign begin at a moment, or on a day before or after the event.

    Args:
        campaign: a draft, or one that is scheduled already.
        at: the moment; of a relative one only its time of day counts.
        relative_days: days after the event's day, negative before it; it follows the event.
        actor: who does it.

    Raises:
        TransitionRefused: it has begun.
        Invalid: there is no text; or the moment is over.
    """
    _check_ready(campaign, OPEN)
    event = db.session.get_one(Event, campaign.event_id)
    campaign.scheduled_at, campaign.relative_days = at, relative_days
    due_at = running.due_at(campaign, event)
    if due_at is None or due_at < clock.now():
        raise Invalid(fields={"at": "past"})
    campaign.scheduled_at = due_at
    campaign.state = CampaignState.SCHEDULED
    _record(campaign, "scheduled", actor=actor)


def start(campaign: Campaign, *, actor: str) -> None:
    """Let a campaign run at once; one that was stopped goes on, and its cancelled mails go too.

    Raises:
        TransitionRefused: it runs already, or is done.
        Invalid: there is no text.
    """
    _check_ready(campaign, STARTS_FROM)
    if campaign.state == CampaignState.STOPPED:
        running.revive(campaign)
    running.begin(campaign, actor=actor)


def _check_ready(campaign: Campaign, states: frozenset[CampaignState]) -> None:
    _check_state(campaign, states)
    if not campaign.texts:
        raise Invalid(fields={"subject_de": "required"})


def _check_state(campaign: Campaign, states: frozenset[CampaignState]) -> None:
    """Look how a campaign stands now, with its row locked: a worker may just have begun it.

    Raises:
        TransitionRefused: it stands elsewhere.
    """
    db.session.flush()  # what the caller has changed, reading it anew would undo
    db.session.refresh(campaign, with_for_update=True)
    if campaign.state not in states:
        raise TransitionRefused(state=campaign.state)


def stop(campaign: Campaign, *, actor: str) -> int:
    """Stop a campaign: what has not been sent is cancelled; return how many mails that were.

    One that is only scheduled is a draft again.

    Raises:
        TransitionRefused: there is nothing to stop.
    """
    _check_state(campaign, STOPS_FROM)
    if campaign.state == CampaignState.SCHEDULED:
        campaign.state = CampaignState.DRAFT
        _record(campaign, "unscheduled", actor=actor)
        return 0
    campaign.state = CampaignState.STOPPED
    cancelled = running.cancel_waiting(campaign)
    _record(campaign, "stopped", actor=actor, cancelled=cancelled)
    return cancelled


def delete(campaign: Campaign, *, actor: str) -> None:
    """Delete a campaign that has not begun.

    Raises:
        TransitionRefused: it has begun.
    """
    _check_state(campaign, OPEN)
    running.cancel_waiting(campaign)  # only mails that tried it out
    db.session.execute(
        update(Delivery)
        .where(Delivery.campaign_id == campaign.id)
        .values(campaign_id=None)
        .execution_options(synchronize_session=False)
    )
    _record(campaign, "deleted", actor=actor)
    db.session.delete(campaign)


def try_out(campaign: Campaign, sample: str, *, recipient: str) -> None:
    """Promise one mail of a campaign with somebody's data to whoever writes it.

    Raises:
        NotFound: the event has no registration with this id.
    """
    try:
        registration = db.session.get(Registration, uuid.UUID(sample))
    except ValueError as error:
        raise NotFound(noun="registration") from error
    if registration is None or registration.event_id != campaign.event_id:
        raise NotFound(noun="registration")
    deliveries.promise_test(
        campaign.event_id,
        DeliveryKind.CAMPAIGN,
        recipient=recipient,
        reason=f"{wordings.TEST}campaign:{campaign.id.hex}",
        registration_id=registration.id,
        campaign_id=campaign.id,
    )


def _record(campaign: Campaign, what: str, *, actor: str, **detail: int) -> None:
    audit.record(
        f"campaign.{what}",
        actor=actor,
        subject=f"campaign:{campaign.id}",
        event_id=campaign.event_id,
        **detail,
    )
