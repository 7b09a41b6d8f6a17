"""Plan a list for somebody outside, and open the link to one."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from registration import clock, languages
from registration.errors import Invalid
from registration.forms.choices import Choice, ChoiceField, ConsentField
from registration.forms.rules import NO_MOMENT, MomentField
from registration.forms.text import Address, Plain, Required, TextField
from registration.models.events import Event
from registration.services.dispatches import Plan
from registration.services.rosters import RosterFormat, RosterKind, kinds, presets

NOT_LISTED = _l("Please choose one of the answers that the list offers.")
HOURS_A_DAY = 24
PRESET = "preset-"
FIRST_CHOICES = (RosterKind.SECURITY, RosterKind.DOOR, RosterKind.CATERING, RosterKind.PRESS)
"""What is sent to others most."""
INSIDE_ONLY = frozenset({RosterKind.EVACUATION})
"""Lists of this moment, for those who are there."""


class DispatchForm(FlaskForm):
    """Which list, for whom, what for, when and how; whether that can be, the service judges."""

    roster = ChoiceField(_l("List"), [Required(NOT_LISTED)], unknown=NOT_LISTED)
    format = ChoiceField(_l("Format"), [Required(NOT_LISTED)], unknown=NOT_LISTED, default="pdf")
    locale = ChoiceField(_l("Language"), [Required(NOT_LISTED)], unknown=NOT_LISTED, default="de")
    recipient = TextField(
        _l("Mail address"), [Required(_l("Who gets the list? Enter an address.")), Address(254)]
    )
    recipient_name = TextField(
        _l("Name"),
        [Plain(120)],
        description=_l("Of the person or office, as the mail greets them and the list names them."),
    )
    purpose = TextField(
        _l("What for"),
        [Required(_l("Say what the recipient needs the list for.")), Plain(200)],
        description=_l(
            "For example: Guest control of the house. It stands in the mail, on the list and in "
            "the log, so name nobody here."
        ),
    )
    way = ChoiceField(_l("Way"), [Required(NOT_LISTED)], unknown=NOT_LISTED, default="link")
    when = ChoiceField(_l("Moment"), [Required(NOT_LISTED)], unknown=NOT_LISTED, default="before")
    hours_before = TextField(_l("How long before the event begins"), [Plain(5)], default="2")
    unit = ChoiceField(_l("Unit"), unknown=NOT_LISTED, default="days")
    send_at = MomentField(_l("Day and time"))
    expires_at = MomentField(_l("Until when it can be opened"), [Required(NO_MOMENT)])
    tells_changes = ConsentField(
        _l("Tell later changes"),
        default=True,
        description=_l(
            "Who was added and removed since, collected, once an hour at most, until the doors "
            "open."
        ),
    )

    def __init__(self, event: Event, **options: Any) -> None:
        """Offer what the event has, with a day after it as the end."""
        self.event, self.zone = event, event.zone
        data = {
            "locale": languages.current(),
            "expires_at": event.ends_at + timedelta(days=1),
            "when": "before" if clock.now() < event.starts_at - timedelta(days=2) else "at_once",
        }
        super().__init__(data=data, **options)
        self.roster.choices = rosters(event)
        self.format.choices = FORMATS
        self.locale.choices = tuple(Choice(*each) for each in languages.LANGUAGES.items())
        self.way.choices = WAYS
        self.when.choices = TIMES
        self.unit.choices = UNITS

    def process(self, *given: Any, **options: Any) -> None:
        """Read what was sent in the event's own time zone; WTForms calls this."""
        zone: ZoneInfo = self.zone
        self.send_at.zone = self.expires_at.zone = zone
        super().process(*given, **options)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Check each field, and those that the chosen time needs."""
        is_valid: bool = super().validate(extra_validators)
        if self.when.data == "at" and self.send_at.data is None and not self.send_at.errors:
            self.send_at.errors = [str(NO_MOMENT)]
        if self.when.data == "before" and not self.hours_before.errors and self._hours() is None:
            self.hours_before.errors = [_faults()["out_of_range"]]
        return is_valid and not (self.send_at.errors or self.hours_before.errors)

    def _hours(self) -> int | None:
        text = self.hours_before.data or ""
        if not (text.isascii() and text.isdigit()):
            return None
        return int(text) * (HOURS_A_DAY if self.unit.data == "days" else 1)

    def plan(self) -> Plan:
        """Return what was entered, once `validate` has agreed."""
        return Plan(
            roster=_roster(self.event, self.roster.data)
            | {
                "format": self.format.data,
                "locale": self.locale.data,
            },
            recipient=self.recipient.data,
            recipient_name=self.recipient_name.data or "",
            purpose=self.purpose.data,
            is_attached=self.way.data == "attachment",
            expires_at=self.expires_at.moment,
            tells_changes=self.tells_changes.data,
            send_at=self.send_at.data if self.when.data == "at" else None,
            hours_before=self._hours() if self.when.data == "before" else None,
        )

    def blame(self, error: Invalid) -> None:
        """Say at each field why this cannot be planned."""
        fields = error.details.get("fields")
        words = _faults()
        for name, code in (fields if isinstance(fields, dict) else {}).items():
            self._fields[name].errors = [words[code]]


def rosters(event: Event) -> Sequence[Choice]:
    """Return the lists that can be sent: those most often sent first, then the event's own."""
    ordered = (*FIRST_CHOICES, *(kind for kind in RosterKind if kind not in FIRST_CHOICES))
    ready = [
        Choice(kind.value, str(kinds.TITLES[kind])) for kind in ordered if kind not in INSIDE_ONLY
    ]
    own = [Choice(f"{PRESET}{each.id}", each.title) for each in presets.list_presets(event.id)]
    return (*ready, *own)


def _roster(event: Event, chosen: str) -> dict[str, str]:
    if not chosen.startswith(PRESET):
        return {"kind": chosen}
    preset = presets.get_preset(event.id, int(chosen.removeprefix(PRESET)))
    return {"kind": str(preset.data["kind"]), "preset": str(preset.id)}


FORMATS = (
    Choice(RosterFormat.PDF, _l("PDF")),
    Choice(RosterFormat.XLSX, _l("Excel workbook (XLSX)")),
    Choice(RosterFormat.CSV_EXCEL, _l("CSV for Excel")),
    Choice(RosterFormat.CSV, _l("CSV for programs")),
)
WAYS = (
    Choice(
        "link",
        _l("By a link that expires"),
        _l(
            "The mail names nobody. The recipient opens the link with a one-time code and gets "
            "the list as it is then. This is the safer way."
        ),
    ),
    Choice(
        "attachment",
        _l("As an encrypted attachment"),
        _l("A PDF with a password, which you tell the recipient yourself, on the telephone."),
    ),
)
TIMES = (
    Choice("before", _l("A time before the event begins")),
    Choice("at", _l("On a day and at a time")),
    Choice("at_once", _l("At once")),
)
UNITS = (Choice("hours", _l("hours")), Choice("days", _l("days")))


def _faults() -> dict[str, str]:
    return {
        "out_of_range": _("Please enter a whole number: at most 90 days, or as many hours."),
        "in_the_past": _("That moment is over. Please choose a later one, or send it at once."),
        "before_sending": _("It would be over before it is sent. Please enter a later moment."),
        "too_late": _("Please enter a moment at most 90 days after the event."),
        "gone": _("This list names something that is not there any more. Please correct it first."),
        "sensitive": _(
            "This list tells addresses, food, support needs or notes, which only organisers need. "
            "Please take these columns out, or choose another list."
        ),
        "not_encrypted": _(
            "Only a PDF can be encrypted. Please choose PDF, or send a link instead."
        ),
    }


class CodeForm(FlaskForm):
    """The one-time code that came by mail."""

    code = TextField(
        _l("One-time code"),
        [Required(_l("Type the six digits from the mail.")), Plain(20)],
        description=_l("Six digits, from the mail that we have just sent you."),
    )
