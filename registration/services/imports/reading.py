"""Reading one row of a list: a person, their roles and answers, or what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registration import languages
from registration.errors import Invalid
from registration.models.alliances import Alliance
from registration.models.questions import QuestionKind, Value
from registration.models.registrations import Diet
from registration.models.roles import Role
from registration.services import questions
from registration.services.imports import fields
from registration.services.imports.bounds import Bounds
from registration.services.imports.cells import Cells
from registration.services.imports.fields import QUESTION, Field
from registration.services.imports.layout import Layout
from registration.services.imports.people import read_address, read_name
from registration.services.imports.problems import Problem
from registration.services.imports.words import Words, answers_to, choices, offered, titles_of
from registration.services.registrations import Person, Wish, ranked
from registration.services.tables import Row

PHOTOS = {"yes": True, "no": False}
FOR_THE_BADGE = (
    *(Field.BADGE_NAME, Field.BADGE_ORGANISATION),
    *(Field.PRONOUNS, Field.LANGUAGES),
)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What one row says: something is asked for, or something is wrong."""

    wish: Wish | None
    answers: Mapping[int, Value]
    problems: Sequence[Problem]


class Reader:
    """Reads the rows of one list."""

    def __init__(self, layout: Layout, bounds: Bounds) -> None:
        self._bounds = bounds
        self._words = Words(bounds.prospectus)
        self._given = {role.id for role in bounds.roles}
        self._columns = {column.code: column for column in layout.taken}
        self._questions = [
            (question, f"{QUESTION}{question.code}")
            for question in bounds.prospectus.questions
            if f"{QUESTION}{question.code}" in self._columns
        ]

    def header(self, *codes: str) -> str | None:
        """Return the header of the first of these columns that the list has."""
        return next((self._columns[code].header for code in codes if code in self._columns), None)

    def read(self, row: Row, *, idempotency_key: str) -> Read | None:
        """Return what a row says; None if none of the columns taken over has anything."""
        cells = Cells(row, self._columns)
        if cells.is_blank:
            return None
        alliance = self._alliance(cells)
        told: dict[str, Any] = read_name(cells)
        told["email"] = read_address(cells, alliance)
        told |= self._details(cells)
        roles = self._roles(cells, alliance)
        answers = self._answers(cells, [role.id for role in roles])
        if cells.problems or not roles:
            return Read(wish=None, answers={}, problems=cells.problems)
        wish = Wish(
            person=Person(**told),
            role=roles[0],
            further_roles=tuple(roles[1:]),
            alliance_id=alliance.id if alliance else None,
            idempotency_key=idempotency_key,
        )
        return Read(wish=wish, answers=answers, problems=())

    def _alliance(self, cells: Cells) -> Alliance | None:
        """Return whom the person comes for; a list for one alliance may call it what it likes."""
        text, own = cells.text(Field.ALLIANCE), self._bounds.alliance
        named = self._words.alliance(text) if text else None
        if own is not None:
            if named is not None and named.id != own.id:
                cells.note(Field.ALLIANCE, "other_alliance", alliance=own.name)
            return own
        if text and named is None:
            alliances = self._bounds.prospectus.alliances
            cells.refuse_choice(Field.ALLIANCE, ", ".join(each.name for each in alliances))
        return named

    def _details(self, cells: Cells) -> dict[str, object]:
        """Return what else a person tells of themself."""
        diet = _choice(cells, Field.DIET)
        needs = cells.text(Field.SUPPORT_NEEDS, lines=True)
        prospectus = self._bounds.prospectus
        named, field = cells.text(Field.SECTOR), cells.text(Field.THEME)
        sector = self._words.sector(named) if named else None
        theme = self._words.theme(field) if field else None
        if named and sector is None:
            cells.refuse_choice(Field.SECTOR, titles_of(prospectus.sectors))
        if field and theme is None:
            cells.refuse_choice(Field.THEME, titles_of(prospectus.themes))
        return {
            "organisation": cells.check(Field.ORGANISATION, cells.text(Field.ORGANISATION)),
            "position": cells.check(Field.POSITION, cells.text(Field.POSITION)),
            "sector_id": sector.id if sector else None,
            "theme_id": theme.id if theme else None,
            "locale": _choice(cells, Field.LOCALE) or languages.DEFAULT,
            "diet": Diet(diet) if diet else Diet.ANY,
            "support_needs": cells.check(Field.SUPPORT_NEEDS, needs, lines=True),
            "photo_consent": PHOTOS.get(_choice(cells, Field.PHOTO_CONSENT)),
            **{code: cells.check(code, cells.text(code)) for code in FOR_THE_BADGE},
        }

    def _roles(self, cells: Cells, alliance: Alliance | None) -> Sequence[Role]:
        """Return the roles of the row, the leading one first, and note if they cannot be given."""
        bounds = self._bounds
        text = cells.text(Field.ROLE, lines=True)
        if not text:
            given = bounds.fills_gaps or not cells.has(Field.ROLE)
            if not given or bounds.default_role is None:
                cells.note(Field.ROLE, "required", field=fields.title_of(Field.ROLE))
                return ()
        named = self._words.roles(text) if text else (bounds.default_role,)
        roles = ranked([role for role in named or () if role is not None])
        if not roles:
            cells.refuse_choice(Field.ROLE, titles_of(bounds.roles))
        for role in roles:
            if role.id not in self._given:
                cells.note(Field.ROLE, "role_not_yours", role=languages.in_language(role.title))
            elif role.needs_alliance and alliance is None:
                cells.note(Field.ALLIANCE, "needs_alliance", role=languages.in_language(role.title))
        return roles

    def _answers(self, cells: Cells, role_ids: Sequence[int]) -> Mapping[int, Value]:
        """Return the answers to those questions that this person is asked."""
        if not self._questions:
            return {}
        answers: dict[int, Value | None] = {}
        for question, code in self._questions:
            try:
                answers[question.id] = questions.parse(question, cells.text(code, lines=True))
            except Invalid as error:
                reason = next(iter(error.details["fields"].values()))  # type: ignore[attr-defined]  # a mapping by its promise
                if reason == "not_offered":
                    cells.refuse_choice(code, ", ".join(answers_to(question)))
                else:
                    cells.refuse(code, str(reason), questions.advice(question, error))
        asked = [question for question, _code in self._questions]
        for question in questions.unanswered(asked, role_ids, answers):
            code = f"{QUESTION}{question.code}"
            if not cells.text(code) and question.kind != QuestionKind.FILE:
                cells.note(code, "required", field=languages.in_language(question.title))
        return questions.kept_answers(asked, role_ids, answers)


def _choice(cells: Cells, code: str) -> str:
    """Return the code of the answer that a cell gives; "" for none."""
    text = cells.text(code)
    if not text:
        return ""
    found = choices(code).get(fields.key_of(text), "")
    if not found:
        cells.refuse_choice(code, offered(code))
    return found
