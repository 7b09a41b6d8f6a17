"""Put together a list of one's own: columns and their order, whom it is of, sorting, grouping.

It works without a script: a column is on the list if it is ticked, and the numbers are the order.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from registration import languages
from registration.forms.choices import Choice
from registration.models.questions import Question, QuestionKind
from registration.services.events import Prospectus
from registration.services.questions import countries
from registration.services.rosters.parsing import Choices
from registration.services.rosters.spec import Attendance, Consent, Layout, Sort, Spec
from registration.services.rosters.words import STATES

PLACE, FILE, PAPER, ANSWER = "at-", "file-", "paper-", "answer-"
"""Begin the names of fields, before the code of a column or question."""
MOST_PLACE = 999
PLACES = re.compile(r"[0-9]{1,4}")

SEVERAL = ("alliances", "roles", "states", "sectors", "themes")
ATTENDANCES = (
    Choice(Attendance.ANY, _l("Whether they came or not")),
    Choice(Attendance.CAME, _l("Who came")),
    Choice(Attendance.ABSENT, _l("Who did not come")),
    Choice(Attendance.INSIDE, _l("Who is inside now")),
)
CONSENTS = (
    Choice(Consent.ANY, _l("Whatever they answered")),
    Choice(Consent.YES, _l("Who agrees")),
    Choice(Consent.NO, _l("Who does not want photos")),
    Choice(Consent.UNANSWERED, _l("Who has not answered")),
)
SORTS = (
    Choice(Sort.NAME, _l("Name")),
    Choice(Sort.ARRIVED, _l("Arrival")),
    Choice(Sort.CREATED, _l("Registration")),
    Choice(Sort.ROLE, _l("Role")),
    Choice(Sort.PROTOCOL, _l("Protocol order")),
)
LAYOUTS = (
    Choice(Layout.PORTRAIT, _l("Upright")),
    Choice(Layout.LANDSCAPE, _l("Across")),
    Choice(Layout.DOOR, _l("Large names, with the alphabet at the edge")),
    Choice(Layout.SIGNATURE, _l("To sign, with high rows")),
)
GROUPS: Mapping[str, Any] = {
    "": _l("Not grouped"),
    "alliance": _l("Alliance"),
    "role": _l("Role"),
    "sector": _l("Sector"),
    "theme": _l("Theme"),
    "state": _l("State"),
    "letter": _l("First letter"),
}
PROBLEMS: Mapping[tuple[str, str], Any] = {
    ("title", "missing"): _l("Give your list a title."),
    ("title", "too_long"): _l("Please shorten the title to 80 characters."),
    ("title", "duplicate"): _l("Another list has this title. Please choose a different one."),
    ("columns", "missing"): _l("Tick at least one column."),
    ("columns", "too_long"): _l("A list has at most 60 columns."),
    ("columns", "sensitive"): _l(
        "This list leaves your hands, so it cannot have addresses, food, support needs or notes."
    ),
    ("group_by", "sensitive"): _l(
        "This list leaves your hands, so it cannot be grouped by what only organisers need."
    ),
    ("columns", "place"): _l("Write the order of columns in whole numbers from 1 to 999."),
}
NOT_THERE = _l("Something chosen here is not there any more. Please look through it once more.")


class PresetForm(FlaskForm):
    """Only the token; all else is read by `read`, since columns differ from event to event."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One column as the form shows it."""

    code: str
    title: str
    place: str
    is_filed: bool
    is_printed: bool
    is_sensitive: bool


def read(sent: "MultiDict[str, str]", known: Choices) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what a sent form says, as `parsing.parse` takes it, and what cannot be read of it."""
    order, problems = _order(sent, known)
    filed = [code for code in order if sent.get(f"{FILE}{code}")]
    printed = [code for code in order if sent.get(f"{PAPER}{code}")]
    answers = {code: sent.get(f"{ANSWER}{code}", "") for code in known.questions}
    data = {
        "kind": sent.get("kind", ""),
        "title": " ".join(sent.get("title", "").split()),
        "columns": filed or printed,
        "printed": printed,
        **{name: sent.getlist(name) for name in SEVERAL},
        **{name: sent.get(name, "") for name in ("attendance", "photo_consent", "sort")},
        "answers": {code: told for code, told in answers.items() if told},
        "group_by": sent.get("group_by", ""),
        "new_page": bool(sent.get("new_page")),
        "layout": sent.get("layout", ""),
    }
    return data, problems


def _order(sent: "MultiDict[str, str]", known: Choices) -> tuple[Sequence[str], dict[str, str]]:
    """Return the ticked columns by their numbers; those without come last, as they are offered."""
    places: dict[str, int] = {}
    problems: dict[str, str] = {}
    for code in known.columns:
        if not any(sent.get(f"{where}{code}") for where in (FILE, PAPER)):
            continue
        told = sent.get(f"{PLACE}{code}", "").strip() or str(MOST_PLACE)
        is_place = PLACES.fullmatch(told) is not None and 1 <= int(told) <= MOST_PLACE
        places[code] = int(told) if is_place else MOST_PLACE
        if not is_place:
            problems["columns"] = "place"
    return sorted(places, key=places.__getitem__), problems


def message(field: str, problem: str) -> str:
    """Return what is said at a field that cannot be taken."""
    name = "columns" if field == "printed" else field
    return str(PROBLEMS.get((name, problem), NOT_THERE))


def rows(data: Mapping[str, Any], known: Choices, typed: Mapping[str, str]) -> Sequence[Row]:
    """Return all columns: first those on the list, in its order, then the others.

    Args:
        data: the list, as `read` or `Spec.as_json` gives it.
        known: what the event has.
        typed: the numbers as they were typed, to be shown again.
    """
    filed = [code for code in data.get("columns", ()) if code in known.columns]
    printed = [code for code in data.get("printed") or filed if code in known.columns]
    chosen = _merged(filed, printed)
    numbers = {code: str(place) for place, code in enumerate(chosen, start=1)}
    return [
        Row(
            code=code,
            title=known.columns[code].title(languages.current()) or _("Box to tick"),
            place=typed.get(f"{PLACE}{code}", numbers.get(code, "")),
            is_filed=code in filed,
            is_printed=code in printed,
            is_sensitive=known.columns[code].is_sensitive,
        )
        for code in (*chosen, *(code for code in known.columns if code not in chosen))
    ]


def _merged(filed: Sequence[str], printed: Sequence[str]) -> Sequence[str]:
    """Return both in one order: what is on paper only stands before what follows it there."""
    merged = list(filed)
    for place, code in reversed(list(enumerate(printed))):
        if code not in merged:
            after = next((each for each in printed[place + 1 :] if each in merged), None)
            merged.insert(merged.index(after) if after else len(merged), code)
    return merged


def offers(prospectus: Prospectus, known: Choices) -> Mapping[str, Sequence[Choice]]:
    """Return what each list of the form offers, in the present language."""
    title = languages.in_language
    asked = {f"q_{code}": title(each.title) for code, each in known.questions.items()}
    groups = {code: asked.get(code) or str(GROUPS.get(code, code)) for code in known.groups}
    return {
        "alliances": [Choice(each.code, each.name) for each in prospectus.alliances],
        "roles": [Choice(each.code, title(each.title)) for each in prospectus.roles],
        "states": [Choice(state, str(word)) for state, word in STATES.items()],
        "sectors": [Choice(each.code, title(each.title)) for each in prospectus.sectors],
        "themes": [Choice(each.code, title(each.title)) for each in prospectus.themes],
        "attendance": ATTENDANCES,
        "photo_consent": CONSENTS,
        "sort": SORTS,
        "group_by": [Choice(code, name) for code, name in groups.items()],
        "layout": LAYOUTS,
    }


def answers_offered(known: Choices) -> Sequence[tuple[Question, Sequence[Choice]]]:
    """Return the questions that a list can be narrowed by, each with its answers."""
    return [(each, _answers(each)) for each in known.questions.values()]


def _answers(question: Question) -> Sequence[Choice]:
    everybody = Choice("", _("Whatever they answered"))
    if question.kind == QuestionKind.YES_NO:
        return [everybody, Choice("yes", _("Yes")), Choice("no", _("No"))]
    if question.kind == QuestionKind.COUNTRY:
        names = countries.names(languages.current())
        return [everybody, *(Choice(code, name) for code, name in names.items())]
    return [
        everybody,
        *(
            Choice(each["code"], each.get(languages.current()) or each["code"])
            for each in question.options
        ),
    ]


def from_ready(spec: Spec) -> dict[str, Any]:
    """Return a ready-made list as the start of an own one, without a title."""
    return {**spec.as_json(), "title": ""}
