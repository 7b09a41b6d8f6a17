"""Set a campaign: its texts, whom it is for, and when it goes out."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field

from registration import clock, languages
from registration.errors import Invalid
from registration.forms.choices import Choice, ChoiceField, ConsentField
from registration.forms.questions import word_of_value
from registration.forms.rules import MomentField
from registration.forms.text import Plain, TextField, tidy
from registration.forms.wordings import blame
from registration.models.campaigns import Campaign
from registration.models.registrations import RegistrationState
from registration.services.campaigns import MOST_DAYS, Attendance, Photos, Selection, Wanted
from registration.services.events import Prospectus
from registration.services.questions import shaping
from registration.services.wordings import Text

DAYS = re.compile(r"-?[0-9]{1,3}")
NOT_LISTED = _l("Please choose one of the answers that the list offers.")


class CodesField(Field):
    """Any of several codes, each a box to tick; what is not offered is left out."""

    choices: Sequence[Choice] = ()

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        """Take the codes that are offered, in the order of the list."""
        sent = {tidy(each) for each in valuelist if isinstance(each, str)}
        self.data = tuple(each.code for each in self.choices if each.code in sent)


GROUPS = ("states", "roles", "alliances", "themes", "answers")


class CampaignForm(FlaskForm):
    """A campaign; what it may be, the service judges."""

    seen = TextField("", [Plain(16)], default="")
    """The mark of the campaign when the page was shown; see `services.campaigns.mark_of`."""
    title = TextField(_l("Name of the campaign"), [Plain(120)], default="")
    subject_de = TextField(_l("Subject in German"), default="")
    body_de = TextField(_l("Text in German"), default="")
    subject_en = TextField(_l("Subject in English"), default="")
    body_en = TextField(_l("Text in English"), default="")
    states = CodesField(_l("State"), default=())
    roles = CodesField(_l("Role"), default=())
    alliances = CodesField(_l("Alliance"), default=())
    themes = CodesField(_l("Theme"), default=())
    answers = CodesField(_l("Answers"), default=())
    attendance = ChoiceField(_l("At the event"), default="", unknown=NOT_LISTED)
    photos = ChoiceField(_l("Photos"), default="", unknown=NOT_LISTED)
    is_transactional = ConsentField(_l("Everybody needs this mail"), default=False)

    @classmethod
    def made_for(cls, campaign: Campaign, prospectus: Prospectus, sent: Any) -> "CampaignForm":
        """Return the form with the campaign's own data, or with what was sent."""
        stored = {**Selection.of(campaign.selection).stored(), **_texts_of(campaign)}
        stored |= {"title": campaign.title, "is_transactional": campaign.is_transactional}
        form = cls(formdata=None, data=stored)
        form._offer(prospectus)
        form._keep_offering(stored)
        if sent is not None:
            form.process(sent)
            form._offer(prospectus)
            form._keep_offering(stored)
            for name in GROUPS:
                form[name].process_formdata(sent.getlist(name))
        return form

    def _offer(self, prospectus: Prospectus) -> None:
        """Fill the lists."""
        self.states.choices = state_choices()
        self.roles.choices = [
            Choice(each.code, languages.in_language(each.title)) for each in prospectus.roles
        ]
        self.alliances.choices = [Choice(each.code, each.name) for each in prospectus.alliances]
        self.themes.choices = [
            Choice(each.code, languages.in_language(each.title)) for each in prospectus.themes
        ]
        self.answers.choices = [
            Choice(
                f"{each.code}={value}",
                f"{languages.in_language(each.title)} – {word_of_value(each, value)}",
            )
            for each in prospectus.questions
            for value in shaping.values_of(each)
        ]
        self.attendance.choices = [
            Choice("", _("All the same")),
            Choice(Attendance.CAME, _("Came")),
            Choice(Attendance.ABSENT, _("Did not come")),
        ]
        self.photos.choices = [
            Choice("", _("All the same")),
            Choice(Photos.YES, _("May be photographed")),
            Choice(Photos.NO, _("Not to be photographed")),
            Choice(Photos.OPEN, _("Not answered")),
        ]

    def _keep_offering(self, stored: Mapping[str, Any]) -> None:
        """Offer what the campaign asks for and the event has no more.

        Left out, a condition would be gone unseen, and a mail for a few go to everybody.
        """
        for name in GROUPS:
            field = self[name]
            known = {each.code for each in field.choices}
            gone = [code for code in stored[name] if code not in known]
            field.choices = [
                *field.choices,
                *(Choice(code, _("%(code)s (no longer there)", code=code)) for code in gone),
            ]

    @property
    def groups(self) -> Sequence[CodesField]:
        """The conditions of which several may be ticked, as far as there is something to tick."""
        fields = (self.states, self.roles, self.alliances, self.themes, self.answers)
        return [each for each in fields if each.choices]

    def selection(self) -> Selection:
        """Return who is meant."""
        return Selection(
            states=tuple(self.states.data),
            roles=tuple(self.roles.data),
            alliances=tuple(self.alliances.data),
            themes=tuple(self.themes.data),
            answers=tuple(self.answers.data),
            attendance=self.attendance.data,
            photos=self.photos.data,
        )

    def text(self, locale: str) -> Text:
        """Return what was written in one language."""
        return Text(self[f"subject_{locale}"].data, self[f"body_{locale}"].data)

    def wanted(self) -> Wanted:
        """Return what the campaign shall be."""
        return Wanted(
            title=self.title.data,
            texts={locale: self.text(locale) for locale in languages.LANGUAGES},
            selection=self.selection(),
            is_transactional=self.is_transactional.data,
        )

    def blame(self, error: Invalid) -> None:
        """Say at the fields what the service has found wrong."""
        blame({each.name: each for each in self}, error)


def state_choices() -> Sequence[Choice]:
    """Return the states of a registration, in the reader's words."""
    words: Mapping[str, str] = {
        RegistrationState.CONFIRMED: _("Confirmed"),
        RegistrationState.REQUESTED: _("Requested"),
        RegistrationState.WAITING: _("Waiting"),
        RegistrationState.OFFERED: _("Offered"),
        RegistrationState.DECLINED: _("Declined"),
        RegistrationState.CANCELLED: _("Cancelled"),
        RegistrationState.EXPIRED: _("Expired"),
    }
    return [Choice(code, word) for code, word in words.items()]


def _texts_of(campaign: Campaign) -> dict[str, str]:
    return {
        f"{part}_{locale}": campaign.texts.get(locale, {}).get(part, "")
        for locale in languages.LANGUAGES
        for part in ("subject", "body")
    }


class ScheduleForm(FlaskForm):
    """When a campaign goes out: on a day before or after the event, or at a moment."""

    day = ChoiceField(_l("Day"), default="-1", unknown=NOT_LISTED)
    hour = TextField(_l("Time of day"), [Plain(5)], default="09:00")
    at = MomentField(_l("Or at this moment"))

    @classmethod
    def made_for(cls, campaign: Campaign, zone: ZoneInfo, sent: Any = None) -> "ScheduleForm":
        """Return the form with what is scheduled, or with what was sent."""
        at = campaign.scheduled_at
        told: dict[str, Any] = {}
        if at is not None:
            days = campaign.relative_days
            told = {"day": "" if days is None else str(days), "at": at if days is None else None}
            told["hour"] = at.astimezone(zone).strftime("%H:%M")
        form = cls(formdata=None, data=told)
        form.at.zone = zone
        if sent is not None:
            form.process(sent)
        offered = {int(form.day.data)} if DAYS.fullmatch(form.day.data) else set()
        days_offered = sorted(
            {-14, -7, -3, -1, 0, 1, 3, 7, 14} | {each for each in offered if abs(each) <= MOST_DAYS}
        )
        form.day.choices = [
            Choice("", _("At the moment below")),
            *(Choice(str(each), day_words(each)) for each in days_offered),
        ]
        return form

    @property
    def relative_days(self) -> int | None:
        """The days after the event, or None for a moment."""
        return int(self.day.data) if self.day.data else None

    def moment(self, zone: ZoneInfo) -> datetime | None:
        """Return the moment; of a relative one, any day with its time. None: nothing was given."""
        if self.relative_days is None:
            return self.at.data
        try:
            hour = time.fromisoformat(self.hour.data)
        except ValueError:
            return None
        return datetime.combine(clock.now().astimezone(zone).date(), hour, tzinfo=zone)


def day_words(days: int) -> str:
    """Return a day before or after the event in words."""
    if days == 0:
        return str(_("On the day of the event"))
    number = abs(days)
    if days < 0:
        return str(_("1 day before") if number == 1 else _("%(days)s days before", days=number))
    return str(_("1 day after") if number == 1 else _("%(days)s days after", days=number))
