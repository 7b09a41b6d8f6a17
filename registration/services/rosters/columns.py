"""Columns of lists: what each reads of a registration, and how it makes its cell of that."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Any

from registration.languages import force_locale
from registration.models.deliveries import MailAddress
from registration.models.gates import Presence
from registration.models.questions import Question, QuestionKind
from registration.models.registrations import Registration
from registration.services import questions, roles
from registration.services.questions import setting
from registration.services.rosters.words import Cell, Words

Row = Sequence[Any]
Read = Callable[[Row], Cell]
ANSWER = "q_"
"""Before the code of a question whose answers are a column, as in forms and imports."""

READS: Mapping[str, Any] = {
    **{
        name: getattr(Registration, name)
        for name in (
            *("id", "alliance_id", "role_id", "sector_id", "theme_id", "state", "source"),
            *("short_code", "salutation", "title", "given_name", "family_name", "email"),
            *("organisation", "position", "diet", "support_needs", "photo_consent", "gate_note"),
            *("pronouns", "languages", "room", "precedence", "host_email", "created_at"),
            *("badge_name", "badge_organisation"),
        )
    },
    "further_roles": roles.further_ids(),
    "first_at": Presence.first_at,
    "first_gate": Presence.first_gate,
    "last_at": Presence.last_at,
    "is_inside": Presence.inside,
    "bounced_at": MailAddress.bounced_at,
}
"""All that columns read, by its name."""


class Shape(StrEnum):
    """What a cell looks like on paper and in a workbook."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    BOX = "box"
    """To be ticked by hand; ticked where the cell says anything."""
    SIGNATURE = "signature"
    """To be signed by hand."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column."""

    code: str
    """Names it in presets, and in the head of a CSV for programs."""
    header: Any
    """For people: a text to be said in their language."""
    reads: tuple[str, ...]
    make: Callable[[Words], Callable[..., Cell]] | None = None
    """Makes the cell of what is read; None: it is what is read, or ""."""
    width: int = 18
    """In letters; on paper, columns share the width by it."""
    shape: Shape = Shape.TEXT
    is_sensitive: bool = False
    """Says what only organisers need to know; never on lists for others."""
    question: Question | None = None

    def title(self, locale: str) -> str:
        """Return the header in a language."""
        if self.question is not None:
            return self.question.title.in_locale(locale)
        with force_locale(locale):
            return str(self.header)

    def reader(self, words: Words, at: Mapping[str, int]) -> Read:
        """Return what makes this column's cell of a row, where its reads stand at these places."""
        if self.make is None:
            return itemgetter(at[self.reads[0]])
        make = self.make(words)
        if not self.reads:
            return lambda _row: make()
        if len(self.reads) == 1:
            place = at[self.reads[0]]
            return lambda row: make(row[place])
        pick = itemgetter(*(at[name] for name in self.reads))
        return lambda row: make(*pick(row))


def of_questions(event_id: uuid.UUID) -> Sequence[Column]:
    """Return a column for each question that is asked, or was answered before it was removed."""
    listed = questions.list_all(event_id)
    answered = setting.count_answers(event_id) if listed else {}
    return [_of_question(each) for each in listed if each.removed_at is None or each.id in answered]


def _of_question(question: Question) -> Column:
    shapes = {QuestionKind.NUMBER: Shape.NUMBER, QuestionKind.DATE: Shape.DAY}
    return Column(
        code=f"{ANSWER}{question.code}",
        header="",
        reads=(),
        width=24,
        shape=shapes.get(QuestionKind(question.kind), Shape.TEXT),
        is_sensitive=not is_for_security(question),
        question=question,
    )


def is_for_security(question: Question) -> bool:
    """Whether the purpose that attendees read says that the answer is for the house's security."""
    told = " ".join(question.purpose.values()).casefold()
    return "security" in told or "sicherheit" in told
