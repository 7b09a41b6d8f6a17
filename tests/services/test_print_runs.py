"""Print runs: who is chosen, how badges stand on their sheets, and what counts as printed."""

import io
import uuid
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from registration import clock
from registration.database import db, transaction
from registration.errors import Invalid, NotFound
from registration.models.badges import Printed, PrintRun
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import badges, registrations
from registration.services.badges.designs.model import Design, Sheet
from registration.services.badges.designs.ready import all_ready, get_ready
from registration.services.badges.runs import asking, choosing, drawing, history, making
from registration.services.badges.runs.imposing import Grid
from registration.services.badges.runs.orders import (
    Grouping,
    Layout,
    Order,
    Paper,
    Selection,
    Which,
)
from registration.services.badges.runs.planning import Plan
from registration.services.events import Prospectus
from registration.services.papers.pages import MM
from tests import factories
from tests.console import make_account

Make = Callable[..., tuple[Path, Plan]]


@pytest.fixture
def make(event: Event, tmp_path: Path) -> Make:
    """Makes a run's file as the command does."""

    def make(design: str = "a6", reason: str = "", **told: Any) -> tuple[Path, Plan]:
        names = set(Selection.__dataclass_fields__)
        selection = {name: told.pop(name) for name in list(told) if name in names}
        order = Order(design=design, selection=Selection(**selection), layout=Layout(**told))
        path = tmp_path / f"{uuid.uuid4()}.pdf"
        plan, _run_id = making.write(
            path,
            event_id=event.id,
            order=order,
            reason=reason,
            as_of=clock.now(),
            on_progress=lambda _: None,
            transaction=transaction,
        )
        return path, plan

    return make


def names_on(path: Path | bytes) -> list[str]:
    """Return the text of each page."""
    file = io.BytesIO(path) if isinstance(path, bytes) else path
    return [page.extract_text() for page in pypdf.PdfReader(file).pages]


def some(event: Event, names: Mapping[str, str], **told: Any) -> dict[str, Registration]:
    """Register people of alliances, by their family names."""
    return {
        name: factories.register(event, family_name=name, alliance=alliance, **told)
        for name, alliance in names.items()
    }


def change(registration_id: uuid.UUID, **told: str) -> None:
    with transaction():
        row = registrations.get(registration_id)
        for name, value in told.items():
            setattr(row, name, value)


def test_new_ones_are_printed_once_and_anew_when_they_were_issued_anew(
    event: Event, make: Make
) -> None:
    people = some(event, {"Groß": "MR4B", "Ott": "MR4B"})
    assert make(which=Which.NEW)[1].badges == 2
    assert make(which=Which.NEW)[1].badges == 0
    some(event, {"Pauli": "BIOZ"})
    assert "Pauli" in names_on(make(which=Which.NEW)[0])[0]
    with transaction():
        badges.issue(registrations.get(people["Ott"].id), actor="command")
    path, plan = make(which=Which.NEW)
    assert plan.badges == 1
    assert "Ott" in names_on(path)[0]


def test_changed_ones_are_those_that_show_something_else_than_when_printed(
    event: Event, make: Make
) -> None:
    people = some(event, {"Groß": "MR4B", "Ott": "MR4B", "Pauli": "BIOZ"})
    make(alliance="MR4B")
    assert make(which=Which.CHANGED)[1].badges == 0
    change(people["Groß"].id, gate_note="Kommt später", diet="vegan")
    change(people["Pauli"].id, family_name="Neu, aber nie gedruckt")
    assert make(which=Which.CHANGED)[1].badges == 0
    change(people["Ott"].id, badge_organisation="Universität Vechta")
    path, plan = make(which=Which.CHANGED)
    assert plan.badges == 1
    assert "Universität Vechta" in names_on(path)[0]
    assert make(which=Which.CHANGED)[1].badges == 0


def test_only_runs_that_were_finished_count(event: Event, prospectus: Prospectus) -> None:
    factories.register(event)
    with transaction():
        asking.ask(prospectus, Order(design="a6"), account_id=None)
    assert choosing.count(event.id, Selection(which=Which.NEW)) == 1
    assert not choosing.is_any_reprinted(event.id, Selection())


def test_a_command_that_fails_has_printed_nothing(
    event: Event, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.register(event)

    def fail(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(drawing, "write", fail)
    with pytest.raises(OSError, match="No space"):
        make()
    assert not db.session.scalars(select(PrintRun)).all()
    assert not db.session.scalars(select(Printed)).all()


def test_one_alliance_one_role_or_chosen_people(event: Event, make: Make) -> None:
    people = some(event, {"Groß": "MR4B", "Ott": "BIOZ"})
    presenting = some(event, {"Weiß": "BIOZ"}, role="presenter")
    assert "Groß" in names_on(make(alliance="MR4B")[0])[0]
    assert "Weiß" in names_on(make(role="presenter")[0])[0]
    path, plan = make(chosen=(people["Groß"].id, presenting["Weiß"].id, uuid.uuid4()))
    assert plan.badges == 2
    assert "Ott" not in names_on(path)[0]


def test_a_reprint_needs_a_reason_and_keeps_it(
    event: Event, prospectus: Prospectus, make: Make
) -> None:
    person = factories.register(event)
    make()
    for selection in (Selection(), Selection(chosen=(person.id,)), Selection(alliance="MR4B")):
        with pytest.raises(Invalid) as refused, transaction():
            asking.ask(prospectus, Order(design="a6", selection=selection), account_id=None)
        assert refused.value.details["fields"] == {"reason": "required"}
    make(reason="Regen")
    assert [each.reason for each in history.history_of(person.id)] == ["Regen", ""]
    with transaction():
        badges.issue(registrations.get(person.id), actor="command")
        asking.ask(prospectus, Order(design="a6"), account_id=None)


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"selection": Selection(alliance="NIRGENDS")}, {"alliance": "unknown"}),
        ({"selection": Selection(role="niemand")}, {"role": "unknown"}),
        ({"layout": Layout(offset_x=float("nan"))}, {"offset_x": "out_of_range"}),
        ({"layout": Layout(offset_y=20.5)}, {"offset_y": "out_of_range"}),
        ({"layout": Layout(blanks=501)}, {"blanks": "out_of_range"}),
        ({"selection": Selection(alliance="BIOZ")}, {"which": "nobody"}),
        ({"design": "a5"}, {"design": "unknown"}),
    ],
)
def test_what_cannot_be_printed_is_refused_at_its_field(
    event: Event, prospectus: Prospectus, told: dict[str, Any], wrong: dict[str, str]
) -> None:
    factories.register(event)
    order = Order(**{"design": "a6", **told})
    with pytest.raises(Invalid) as refused, transaction():
        asking.ask(prospectus, order, account_id=None)
    assert refused.value.details["fields"] == wrong


def test_a_stored_order_is_read_as_it_was_given() -> None:
    order = Order(
        design="l4784",
        selection=Selection(which=Which.NEW, chosen=(uuid.uuid4(),)),
        layout=Layout(grouping=Grouping.FILES, duplex=True, offset_x=-1.5, blanks=3),
        locale="en",
    )
    assert Order.read(order.as_json()) == order


def test_each_alliance_begins_a_sheet_or_a_file_of_its_own(event: Event, make: Make) -> None:
    some(event, {"Groß": "MR4B", "Ott": "MR4B", "Pauli": "BIOZ"})
    assert len(names_on(make()[0])) == 1
    sheets = names_on(make(grouping=Grouping.SHEETS, reason="x")[0])
    assert [name for page in sheets for name in ("Groß", "Ott", "Pauli") if name in page] == [
        *("Pauli", "Groß", "Ott")
    ]
    assert len(sheets) == 2
    path, _ = make(grouping=Grouping.FILES, blanks=1, reason="x")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["01-BIOZ.pdf", "02-MR4B.pdf", "03-blank.pdf"]
        bioz, mr4b, _ = (names_on(archive.read(name)) for name in archive.namelist())
    assert "Pauli" in bioz[0]
    assert "Pauli" not in mr4b[0]
    assert "Groß" in mr4b[0]


def test_blank_badges_have_a_role_and_no_code(event: Event, make: Make) -> None:
    path, plan = make(blanks=3, blank_role="presenter", blank_alliance="BIOZ")
    assert (plan.badges, plan.total) == (0, 3)
    (page,) = names_on(path)
    assert page.count("Biobasierte") == 3
    assert page.count("Präsentation") == 3
    with_codes = pypdfium2.PdfDocument(path)
    assert zxingcpp.read_barcodes(with_codes[0].render(scale=2).to_pil()) == []
    with_codes.close()


def test_nobody_is_said_on_a_page(event: Event, make: Make) -> None:
    assert "steht noch niemand" in names_on(make()[0])[0]


def test_codes_on_a_sheet_are_those_of_its_badges_front_and_back(event: Event, make: Make) -> None:
    some(event, {"Groß": "MR4B", "Ott": "MR4B", "Pauli": "MR4B"})
    path, _ = make(duplex=True, cut_marks=True, offset_x=1, offset_y=-1)
    document = pypdfium2.PdfDocument(path)
    fronts, backs = (
        sorted(
            (round(code.position.top_left.y / 10), code.position.top_left.x, code.text)
            for code in zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())
        )
        for page in document
    )
    document.close()
    front = [text for _, _, text in fronts]
    back = [text for _, _, text in backs]
    assert len(set(front)) == 3
    assert back == [front[1], front[0], front[2]], "columns are mirrored, rows are not"


@pytest.mark.parametrize("code", sorted(all_ready()))
def test_a_back_lies_behind_its_front_and_no_badge_leaves_its_sheet(code: str) -> None:
    grid = Grid.of(get_ready(code).design, Layout())
    sheet, (width, height) = grid.sheet, grid.cell
    taken = set()
    for place in range(grid.places):
        x, y = grid.corner(place)
        back_x, back_y = grid.corner(place, is_back=True)
        assert (back_x + width / 2, back_y) == pytest.approx((sheet.width - x - width / 2, y))
        for left, top in ((x, y), (back_x, back_y)):
            assert left >= -1e-6
            assert top >= -1e-6
            assert left + width <= sheet.width + 1e-6
            assert top + height <= sheet.height + 1e-6
        taken.add((round(x, 3), round(y, 3)))
    assert len(taken) == grid.places
    for (x, y), (other_x, other_y) in ((a, b) for a in taken for b in taken if a < b):
        assert abs(x - other_x) >= width - 1e-3 or abs(y - other_y) >= height - 1e-3


@pytest.mark.parametrize("code", sorted(all_ready()))
@pytest.mark.parametrize("is_back", [False, True])
def test_cut_marks_stand_at_edges_of_badges_and_on_the_sheet(code: str, is_back: bool) -> None:
    grid = Grid.of(get_ready(code).design, Layout())
    corners = [grid.corner(place, is_back=is_back) for place in range(grid.places)]
    across = {round(edge, 2) for x, _ in corners for edge in (x, x + grid.cell[0])}
    down = {round(edge, 2) for _, y in corners for edge in (y, y + grid.cell[1])}
    for mark in grid.cut_marks(is_back=is_back):
        if mark.x == mark.to_x:
            assert round(mark.x, 2) in across
        else:
            assert mark.y == mark.to_y
            assert round(mark.y, 2) in down
        assert 0 <= min(mark.x, mark.to_x) <= max(mark.x, mark.to_x) <= grid.sheet.width
        assert 0 <= min(mark.y, mark.to_y) <= max(mark.y, mark.to_y) <= grid.sheet.height


def test_a_sheet_with_margins_of_two_widths_is_mirrored_as_a_whole() -> None:
    sheet = Sheet(width=210, height=297, columns=2, rows=1, left=10, top=20, across=80)
    grid = Grid(sheet, (75, 50))
    assert [grid.corner(place)[0] for place in (0, 1)] == [10, 90]
    assert [grid.corner(place, is_back=True)[0] for place in (0, 1)] == [125, 45]


def test_an_offset_moves_all_by_true_millimetres(event: Event, make: Make) -> None:
    factories.register(event)
    plain, _ = make(paper=Paper.SHEET)
    moved, _ = make(offset_x=7, offset_y=-3, reason="x")
    at = [_first_word(path) for path in (plain, moved)]
    assert at[1][0] - at[0][0] == pytest.approx(7, abs=0.02)
    assert at[1][1] - at[0][1] == pytest.approx(-3, abs=0.02)


def _first_word(path: Path) -> tuple[float, float]:
    """Return where the first text of the first page stands, in millimetres."""
    document = pypdfium2.PdfDocument(path)
    text = document[0].get_textpage()
    left, bottom, *_ = text.get_rect(0) if text.count_rects() else (0, 0)
    document.close()
    return left / MM, bottom / MM


def test_what_does_not_fit_is_told_before_it_is_printed(event: Event, make: Make) -> None:
    factories.register(event, given_name="W" * 80, family_name="W" * 80)
    factories.register(event, family_name="Kurz")
    make("l4784")
    run = db.session.scalars(select(PrintRun)).one()
    (warned,) = history.warnings_of(run.id)
    assert "WWW" in warned.name
    assert {warning.code for warning in warned.warnings} <= {"cut", "smallest"}
    assert history.list_runs(event.id)[0].warnings == 1


def test_a_warning_longer_than_there_is_room_for_is_shortened_and_not_lost(
    event: Event, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST_WARNING", 20)
    factories.register(event, given_name="W" * 80, family_name="W" * 80)
    make("l4784")
    run = db.session.scalars(select(PrintRun)).one()
    (warned,) = history.warnings_of(run.id)
    assert "WWW" in warned.warnings[0].text


def test_one_badge_at_the_door_is_in_its_history(event: Event, prospectus: Prospectus) -> None:
    person = factories.register(event)
    account_id = make_account()
    told: dict[str, Any] = {
        "event_id": event.id,
        "design": "label",
        "locale": "de",
        "account_id": account_id,
    }
    with transaction():
        run_id = asking.print_one(person.id, reason="", **told).id
    assert choosing.count(event.id, Selection(which=Which.NEW)) == 0
    with pytest.raises(Invalid), transaction():
        asking.print_one(person.id, reason=" ", **told)
    with transaction():
        asking.print_one(person.id, reason="Verloren", **told)
    latest, first = history.history_of(person.id)
    assert (latest.reason, first.run_id, first.is_single) == ("Verloren", run_id, True)
    assert latest.who == "Clara Vogt"
    assert asking.only_registration_of(asking.get(run_id, event_id=event.id)) == person.id
    with pytest.raises(NotFound):
        asking.get(run_id, event_id=uuid.uuid4())


def test_a_design_with_a_back_prints_it_behind(event: Event, make: Make) -> None:
    design = get_ready("a5-folded").design
    assert isinstance(design, Design)
    factories.register(event)
    assert len(names_on(make("a5-folded", duplex=True)[0])) == 1, "folded: both sides are in front"
