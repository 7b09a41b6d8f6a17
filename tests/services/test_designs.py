"""Designs are data: checked with the place of each fault, kept in versions, and tried on people."""

from typing import Any

import pytest

from registration.database import transaction
from registration.errors import Conflict, Invalid, NotFound
from registration.models.audit import AuditEntry
from registration.models.badges import Badge
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services.badges import in_force, sheets
from registration.services.badges.designs import parsing, ready, storing
from registration.services.badges.designs.composing import compose
from registration.services.badges.designs.faces import Face, Occasion
from registration.services.badges.designs.marks import Modules, Symbol, Words
from registration.services.badges.press import Press
from registration.services.papers.colours import BLACK, WHITE
from tests import factories
from tests.services.test_badges import text_of
from tests.services.test_codes import some_tokens

NOBODY = Occasion(words={"event": "Werkstatt"})


def design(*front: dict[str, Any], **told: Any) -> dict[str, Any]:
    sheet = {"width": 100, "height": 60}
    return {"width": 100, "height": 60, "sheet": sheet, "front": list(front), **told}


def text(words: str = "{given_name}", **told: Any) -> dict[str, Any]:
    place = {"x": 5, "y": 5, "width": 40, "height": 10}
    return {"type": "text", **place, "text": words, "steps": [[12, 1], [8, 2]], **told}


def stack(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "stack", "x": 5, "y": 5, "width": 40, "height": 20, "items": list(items)}


CODE = {"type": "code", "x": 60, "y": 20, "side": 25}


def shown(data: dict[str, Any], words: dict[str, str], **told: Any) -> list[str]:
    """Return the lines that a badge shows."""
    face = Face(words=words, token="", **told)
    composed = compose(parsing.parse(data), "front", face, NOBODY)
    return [mark.text for mark in composed.marks if isinstance(mark, Words)]


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        ([], {"design": "type"}),
        ({}, {"width": "missing"}),
        (design(height="60"), {"height": "type"}),
        (design(height=float("nan")), {"height": "range"}),
        (design(colour="red"), {"colour": "unknown"}),
        (design(width=5), {"width": "range"}),
        (design(fold="twice"), {"fold": "choice"}),
        (design(fold="book", sheet={"width": 200, "height": 60}), {"back": "no_back"}),
        (design({"type": "video"}), {"front[0].type": "choice"}),
        (design({"x": 1}), {"front[0].type": "missing"}),
        (design(text(), text(x="far")), {"front[1].x": "type"}),
        (design(text(onclick="x")), {"front[0].onclick": "unknown"}),
        (design(text(colour="crimson")), {"front[0].colour": "colour"}),
        (design(text(colour="#12345")), {"front[0].colour": "colour"}),
        (design(text(weight="black")), {"front[0].weight": "choice"}),
        (design(text(steps=[[5.9, 1]])), {"front[0].steps[0][0]": "range"}),
        (design(text(steps=[[8, 1], [9, 1]])), {"front[0].steps": "steps"}),
        (design(text(steps=[])), {"front[0].steps": "range"}),
        (design(text(height=3)), {"front[0].steps": "too_low"}),
        (design(text(pad=20)), {"front[0].pad": "range"}),
        (design(text("{diet}")), {"front[0].text": "field"}),
        (design(text(needs="diet")), {"front[0].needs": "field"}),
        (design(text(x=61)), {"front[0]": "outside"}),
        (design(stack({"text": "{x}", "steps": [[9, 1]]})), {"front[0].items[0].text": "field"}),
        (design(stack()), {"front[0].items": "range"}),
        (design(CODE | {"side": 15}), {"front[0].side": "code_too_small"}),
        (design(CODE | {"x": 73.5}), {"front[0]": "outside"}),
        (design(CODE, text(x=50, y=25, width=9)), {"front[1]": "covers_code"}),
        (design(back=[text(y=55)]), {"back[0]": "outside"}),
        (design(sheet={"width": 210, "height": 297, "columns": 3}), {"sheet.width": "outside"}),
        (
            design(sheet={"width": 210, "height": 297, "columns": 2, "across": 90}),
            {"sheet.across": "range"},
        ),
        (design(*[text()] * 61), {"front": "range"}),
    ],
)
def test_what_cannot_be_printed_is_refused_with_its_place(
    data: Any, problems: dict[str, str]
) -> None:
    with pytest.raises(Invalid) as caught:
        parsing.parse(data)
    assert caught.value.details == problems


def test_data_come_back_as_they_went_in() -> None:
    data = design(text(), stack({"text": "x", "steps": [[9, 1]]}), CODE)
    assert parsing.to_data(parsing.parse(data)) == data


def test_a_template_says_only_what_there_is_to_say() -> None:
    data = design(text("{title} {given_name}"), text("{room} · {pronouns}", y=20), text("Hi", y=40))
    assert shown(data, {"given_name": "Jo"}) == ["Jo", "Hi"]
    assert shown(data, {"title": "Dr.", "given_name": "Jo"}) == ["Dr. Jo", "Hi"]
    assert shown(data, {"pronouns": "sie"}) == ["sie", "Hi"]
    assert shown(data, {"pronouns": "sie", "room": "2"}) == ["2 · sie", "Hi"]
    assert shown(design(text("{event}")), {}) == ["Werkstatt"]
    assert shown(design(text()), {"given_name": "{event} %s"}) == ["{event} %s"]


def test_elements_are_for_roles_and_replace_each_other() -> None:
    press = text("Interviews", only=["press"])
    others = text("Willkommen", not_for=["press"])
    data = design(press, others, text("Raum", y=20, needs="room"), text("kein", y=40, lacks="room"))
    assert shown(data, {}, roles=("delegate",)) == ["Willkommen", "kein"]
    assert shown(data, {"room": "2"}, roles=("delegate", "press")) == ["Interviews", "Raum"]


def test_what_says_nothing_leaves_no_gap_and_no_mark() -> None:
    items = [{"text": f"{{{name}}}", "steps": [[10, 1]], "gap": 2} for name in ("title", "name")]
    mark = {"type": "mark", "kind": "no_photo", "x": 50, "y": 5, "width": 5}
    parsed = parsing.parse(design(stack(*items), mark, CODE))
    composed = compose(parsed, "front", Face(words={"name": "Jo"}, token=""), NOBODY)
    (words,) = composed.marks
    assert isinstance(words, Words)
    assert words.y < 5 + 10 * 0.3528
    minding = Face(words={"name": "Jo", "no_photo": "Bitte nicht"}, token=some_tokens(1)[0])
    kinds = {type(each) for each in compose(parsed, "front", minding, NOBODY).marks}
    assert kinds == {Words, Symbol, Modules}


def test_words_on_a_colour_are_black_or_white() -> None:
    parsed = parsing.parse(design(text("Gast", fill="role", colour="auto")))
    for colour, ink in (("#ffd23f", BLACK), ("#1f5fa8", WHITE)):
        face = Face(words={}, token="", role_colour=colour)
        words = compose(parsed, "front", face, NOBODY).marks[-1]
        assert isinstance(words, Words)
        assert words.colour == ink


def test_words_that_do_not_fit_shrink_then_wrap_then_warn() -> None:
    parsed = parsing.parse(design(text(warn_below=9)))
    for name, lines, warned in (
        ("Jo", 1, []),
        ("Anna Katharina von Müller-Lüdenscheidt", 2, ["too_small"]),
        ("Wolfgang " * 9, 2, ["cut"]),
        ("山", 1, ["missing_letters"]),
    ):
        words = {"given_name": name.replace("山", "\N{REPLACEMENT CHARACTER}")}
        composed = compose(parsed, "front", Face(words=words, token=""), NOBODY)
        assert len(composed.marks) == lines
        assert [each.code for each in composed.warnings] == warned
        assert all(each.path == "front[0]" for each in composed.warnings)


def test_an_event_begins_with_ready_made_designs(event: Event) -> None:
    listed = storing.list_designs(event.id)
    assert [each.code for each in listed] == [
        *("a6", "a7", "l4784", "l4785", "74459", "durable-54x90", "durable-60x90"),
        *("a5-folded", "label"),
    ]
    assert all(each.is_ready and not each.revision for each in listed)
    with pytest.raises(NotFound):
        storing.get_design(event.id, "a0")


def test_an_events_version_takes_the_place_of_a_ready_made_one_until_it_is_restored(
    event: Event,
) -> None:
    registration = factories.register(event)
    data = parsing.to_data(storing.get_design(event.id, "a6"))
    data["front"].append(text("Nur diese Veranstaltung", x=15, y=93, width=45, height=2.4))
    data["front"][-1]["steps"] = [[6, 1]]
    with transaction():
        stored = storing.save(
            event.id, "a6", title="Unser A6", data=data, revision=0, actor="account:1"
        )
    assert (stored.title, stored.revision, stored.is_ready) == ("Unser A6", 1, True)
    assert "Nur diese Veranstaltung" in text_of(sheets.badge_pdf(registration.id))
    other = factories.make_event("andere")
    assert storing.get_design(other.id, "a6") == ready.get_ready("a6").design
    with transaction() as session:
        storing.restore(event.id, "a6", actor="account:1")
        actions = session.query(AuditEntry.action).filter_by(event_id=event.id).all()
    assert {"design.saved", "design.restored"} <= {row.action for row in actions}
    assert "Nur diese" not in text_of(sheets.badge_pdf(registration.id))
    with pytest.raises(NotFound), transaction():
        storing.restore(event.id, "a6", actor="account:1")


def test_who_changes_an_older_version_is_told(event: Event) -> None:
    data = parsing.to_data(storing.get_design(event.id, "a7"))

    def save(revision: int) -> int:
        with transaction():
            return storing.save(
                event.id, "a7", title="A7", data=data, revision=revision, actor="command"
            ).revision

    assert [save(0), save(1)] == [1, 2]
    for stale in (0, 1, 3):
        with pytest.raises(Conflict):
            save(stale)
    assert storing.get_stored(event.id, "a7").revision == 2


def test_a_copy_is_a_design_of_the_events_own(event: Event) -> None:
    with transaction():
        storing.copy(event.id, "label", to="presse-label", title="Presse", actor="command")
    assert storing.list_designs(event.id)[-1].code == "presse-label"
    for code, title, problem in (
        ("Presse", "x", {"code": "choice"}),
        ("../etc", "x", {"code": "choice"}),
        ("x" * 33, "", {"code": "choice", "title": "range"}),
    ):
        with pytest.raises(Invalid) as caught, transaction():
            storing.copy(event.id, "a6", to=code, title=title, actor="command")
        assert caught.value.details == problem
    for code in ("a6", "presse-label"):
        with pytest.raises(Conflict), transaction():
            storing.copy(event.id, "a7", to=code, title="x", actor="command")
    with transaction():
        storing.restore(event.id, "presse-label", actor="command")
    with pytest.raises(NotFound):
        storing.get_design(event.id, "presse-label")


def test_a_badge_says_what_the_person_wants_it_to_say(event: Event) -> None:
    registration = factories.register(event)
    with transaction() as session:
        row = session.get_one(Registration, registration.id)
        row.badge_name, row.badge_organisation = "Änni", "Werkstatt e. V."
        row.pronouns, row.languages, row.room = "sie/ihr", "DE EN", "Raum 2.14"
    text = " ".join(text_of(sheets.badge_pdf(registration.id)).split())
    for word in ("Änni", "Werkstatt e. V.", "sie/ihr", "DE EN", "Raum 2.14"):
        assert word in text
    assert "Groß" not in text
    assert "Beispiele" not in text


def test_a_blank_badge_has_a_role_and_neither_name_nor_code(event: Event) -> None:
    factories.register(event)
    with transaction() as session:
        press = Press.prepare(event.id, locale="de")
        row = session.execute(in_force.rows(event.id)).one()
        role = session.get_one(Registration, row.registration_id).role
        assert session.query(Badge).count() == 1
        blank = press.blank(role.id)
    composed = compose(ready.get_ready("a6").design, "front", blank, press.occasion)
    words = " ".join(mark.text for mark in composed.marks if isinstance(mark, Words))
    assert role.title["de"] in words
    assert not any(isinstance(mark, Modules) for mark in composed.marks)
