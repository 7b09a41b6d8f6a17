"""Ask for badges to print: whose, in which design, and how they stand on their sheets."""

import uuid
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, ValidationError

from registration.errors import Invalid
from registration.forms.choices import Choice, ChoiceField, ConsentField
from registration.forms.text import Plain, Required, TextField, tidy
from registration.languages import LANGUAGES, in_language
from registration.services.badges.runs.orders import (
    MOST_BLANKS,
    MOST_CHOSEN,
    MOST_OFFSET,
    MOST_REASON,
    Grouping,
    Layout,
    Order,
    Paper,
    Selection,
    Which,
)
from registration.services.events import Prospectus

ASKED = _l("Choose one of these.")
REASON_NEEDED = _l("Some of these badges were printed before. Say why they are printed again.")

WHICH = (
    Choice(Which.NEW, _l("Not yet printed"), _l("Also those that were issued anew.")),
    Choice(
        Which.CHANGED, _l("Changed since printed"), _l("Another name, role or other word by now.")
    ),
    Choice(Which.ALL, _l("All"), _l("Badges printed before are printed again, with a reason.")),
)
PAPERS = (
    Choice(Paper.SHEET, _l("Several on a sheet"), _l("As many as the design has room for.")),
    Choice(Paper.SINGLE, _l("One on a page"), _l("The page is as large as the badge.")),
)
GROUPINGS = (
    Choice(Grouping.NONE, _l("One after the other")),
    Choice(Grouping.SHEETS, _l("A new sheet for each alliance")),
    Choice(Grouping.FILES, _l("A file for each alliance, in a ZIP")),
)


class NumberField(Field):
    """A number as Germans or the English write it; an empty field is 0."""

    def __init__(
        self, *args: Any, most: float, least: float = 0, whole: bool = False, **kwargs: Any
    ) -> None:
        """``least`` and ``most`` are its bounds."""
        super().__init__(*args, **kwargs)
        self.least, self.most, self.whole = least, most, whole
        self.typed = ""

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        """Read the number.

        Raises:
            ValueError: it is none, or out of bounds; says which there are.
        """
        texts = [value for value in valuelist if isinstance(value, str)]
        if not texts:
            return
        self.typed = tidy(texts[0])
        try:
            number = float(self.typed.replace("\N{MINUS SIGN}", "-").replace(",", ".") or "0")
        except ValueError:
            number = float("nan")
        is_whole = not self.whole or number == number // 1
        if not (is_whole and self.least <= number <= self.most):
            raise ValueError(
                _("Enter a number from %(least)g to %(most)g.", least=self.least, most=self.most)
            )
        self.data = number

    def _value(self) -> str:
        return self.typed or f"{self.data or 0:g}"


class PrintForm(FlaskForm):
    """A print run."""

    which = ChoiceField(_l("Which badges"), [Required(ASKED)], default=Which.NEW, unknown=ASKED)
    alliance = ChoiceField(_l("Alliance"), default="", unknown=ASKED)
    role = ChoiceField(_l("Role"), default="", unknown=ASKED)
    design = ChoiceField(_l("Design"), [Required(ASKED)], default="a6", unknown=ASKED)
    locale = ChoiceField(_l("Language of the badges"), [Required(ASKED)], unknown=ASKED)
    paper = ChoiceField(_l("Paper"), [Required(ASKED)], default=Paper.SHEET, unknown=ASKED)
    grouping = ChoiceField(_l("Alliances"), [Required(ASKED)], default=Grouping.NONE, unknown=ASKED)
    duplex = ConsentField(
        _l("Print both sides"),
        description=_l(
            "Each page is followed by its back, mirrored; turn the sheet along its long side. "
            "A design without a back shows its front twice."
        ),
    )
    cut_marks = ConsentField(_l("Show where to cut"))
    offset_x = NumberField(_l("Move right by (mm)"), least=-MOST_OFFSET, most=MOST_OFFSET)
    offset_y = NumberField(_l("Move up by (mm)"), least=-MOST_OFFSET, most=MOST_OFFSET)
    blanks = NumberField(
        _l("Blank badges"),
        most=MOST_BLANKS,
        whole=True,
        description=_l("Without name and code, for people who come without a registration."),
    )
    blank_role = ChoiceField(_l("Role on blank badges"), default="", unknown=ASKED)
    blank_alliance = ChoiceField(_l("Alliance on blank badges"), default="", unknown=ASKED)
    reason = TextField(
        _l("Reason"),
        [Plain(MOST_REASON)],
        description=_l("Needed when badges are printed again, for instance “Lost” or “Rain”."),
    )

    def __init__(
        self,
        prospectus: Prospectus,
        designs: Sequence[Choice],
        *,
        chosen: Sequence[uuid.UUID] = (),
        locale: str,
        **kwargs: Any,
    ) -> None:
        """Offer what the event has; ``chosen`` are the registrations that were marked before."""
        kwargs.setdefault("data", {"locale": locale, "which": Which.ALL if chosen else Which.NEW})
        super().__init__(**kwargs)
        self.chosen = tuple(chosen)
        alliances = [Choice(each.code, each.name) for each in prospectus.alliances]
        roles = [Choice(each.code, in_language(each.title)) for each in prospectus.roles]
        self.which.choices = WHICH
        self.alliance.choices = [Choice("", _("All alliances")), *alliances]
        self.role.choices = [Choice("", _("All roles")), *roles]
        self.design.choices = designs
        self.locale.choices = [Choice(code, name) for code, name in LANGUAGES.items()]
        self.paper.choices = PAPERS
        self.grouping.choices = GROUPINGS
        self.blank_role.choices = [Choice("", _("None")), *roles]
        self.blank_alliance.choices = [Choice("", _("None")), *alliances]

    def order(self) -> Order:
        """Return what was asked for."""
        return Order(
            design=self.design.data,
            selection=Selection(
                which=Which(self.which.data),
                alliance=self.alliance.data or "",
                role=self.role.data or "",
                chosen=self.chosen,
            ),
            layout=Layout(
                paper=Paper(self.paper.data),
                grouping=Grouping(self.grouping.data),
                duplex=bool(self.duplex.data),
                cut_marks=bool(self.cut_marks.data),
                offset_x=self.offset_x.data or 0.0,
                offset_y=self.offset_y.data or 0.0,
                blanks=int(self.blanks.data or 0),
                blank_role=self.blank_role.data or "",
                blank_alliance=self.blank_alliance.data or "",
            ),
            locale=self.locale.data,
        )

    def refuse(self, refused: Invalid) -> None:
        """Say at their fields what the service has refused."""
        said = {
            "nobody": _("Nobody’s badge is meant by this. Choose others, or blank badges."),
            "required": str(REASON_NEEDED),
        }
        told = refused.details.get("fields")
        for name, code in told.items() if isinstance(told, dict) else ():
            self[name if name in self else "which"].errors = [said.get(code, str(ASKED))]


class ReprintForm(FlaskForm):
    """One badge at once, at the door."""

    design = ChoiceField(_l("Design"), [Required(ASKED)], default="label", unknown=ASKED)
    reason = TextField(_l("Reason"), [Plain(MOST_REASON)])
    seen = HiddenField()
    """The mark of a warning that was shown; the badge is printed all the same."""

    def __init__(self, designs: Sequence[Choice], *, needs_reason: bool, **kwargs: Any) -> None:
        """``needs_reason``: the badge was printed before."""
        super().__init__(**kwargs)
        self.design.choices = designs
        self.needs_reason = needs_reason

    def validate_reason(self, field: TextField) -> None:
        """Ask for the reason where the badge was printed before.

        Raises:
            ValidationError: there is none.
        """
        if self.needs_reason and not field.data:
            raise ValidationError(_("This badge was printed before. Say why it is printed again."))


def read_chosen(texts: Sequence[str]) -> tuple[uuid.UUID, ...]:
    """Return the registrations that a request names; what is no id of one is left out."""
    found = []
    for text in texts[:MOST_CHOSEN]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))
