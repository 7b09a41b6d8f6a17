"""Lists for others: sent once, opened by a code, encrypted, told of changes, forgotten."""

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pypdf
import pypdfium2
import pytest
import time_machine
from flask import Flask
from pypdf.errors import FileNotDecryptedError
from sqlalchemy import func, select

from registration import clock
from registration.database import db, transaction
from registration.errors import Conflict, Invalid, NotFound, SettingRefused
from registration.models.audit import AuditEntry
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.rosters import Dispatch, DispatchState, RosterPreset
from registration.services import dispatches, events, registrations
from registration.services.dispatches import changes, keeping, listing, passwords, sending
from registration.services.dispatches.codes import MOST_ATTEMPTS, MOST_CODES, Asked, Opened
from registration.services.rosters import parsing, presets
from tasks.dispatches import expire, send_due, tell_changes
from tests import factories, letters

HOUR = timedelta(hours=1)
NOW = "2026-11-22T12:00:00+00:00"


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """Noon of one day; tests move it on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def event(app: Flask, noon: time_machine.Traveller) -> Event:
    """The small event, 42 days after noon."""
    return factories.make_event()


def plan(event: Event, **told: Any) -> Dispatch:
    """Plan a list for the house, at once unless told otherwise."""
    wanted: dict[str, Any] = {
        "roster": {"kind": "security", "format": "pdf", "locale": "de"},
        "recipient": "pforte@haus.example",
        "recipient_name": "Pforte der Landesvertretung",
        "purpose": "Einlasskontrolle des Hauses",
        "is_attached": False,
        "expires_at": event.ends_at + timedelta(days=1),
        "tells_changes": True,
    }
    with transaction():
        dispatch, password = dispatches.plan(
            events.get_event(event.slug),
            dispatches.Plan(**{**wanted, **told}),
            account_id=None,
        )
        dispatch_id = dispatch.id
    PASSWORDS.append(password)
    return again(dispatch_id)


PASSWORDS: list[str] = []


def again(dispatch_id: Any) -> Dispatch:
    """Return the dispatch as it is stored now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Dispatch, dispatch_id)


def mails(kind: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Delivery.kind == kind)) or 0


def attachment(kind: str) -> bytes:
    return letters.attached(letters.mail(kind), "application/pdf")


def text_of(pdf: bytes, password: str) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf), password=password)
    return " ".join(page.extract_text() for page in reader.pages)


def entries(action: str) -> list[dict[str, Any]]:
    db.session.rollback()
    found = select(AuditEntry.detail).where(AuditEntry.action == action)
    return list(db.session.scalars(found.order_by(AuditEntry.at)))


def test_a_list_is_sent_at_its_time_and_only_once(
    event: Event, noon: time_machine.Traveller
) -> None:
    factories.register(event)
    planned = plan(event, hours_before=48)
    assert send_due() == 0
    noon.move_to(event.starts_at - 48 * HOUR)
    assert (send_due(), send_due(), mails("roster")) == (1, 0, 1)
    sent = again(planned.id)
    assert sent.state == DispatchState.SENT
    assert list(sent.people.values()) == ["Groß, Änne · Institut für Beispiele"]
    (entry,) = entries("dispatch.sent")
    assert entry | {"purpose": "", "columns": ""} == {
        "recipient": "pforte@haus.example",
        "purpose": "",
        "way": "link",
        "roster": "security pdf",
        "columns": "",
        "people": 1,
    }
    assert entry["purpose"] == "Einlasskontrolle des Hauses"
    assert entry["columns"].startswith("family_name, given_name")


def test_of_two_workers_with_the_same_list_one_sends_it(event: Event) -> None:
    planned = plan(event)
    first, second = sending.make(planned.id), sending.make(planned.id)
    db.session.rollback()
    with transaction():
        assert sending.settle(planned.id, first)
    with transaction():
        assert not sending.settle(planned.id, second)
    assert mails("roster") == 1


def test_without_the_look_at_its_state_both_would_send_it(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(event)
    made = sending.make(planned.id)
    for _ in range(2):
        with transaction():
            db.session.get_one(Dispatch, planned.id).state = DispatchState.PLANNED
            sending.settle(planned.id, made)
    assert mails("roster") == 2


def test_what_follows_the_event_moves_with_it(event: Event) -> None:
    planned = plan(event, hours_before=24)
    with transaction():
        later = event.held_on + timedelta(days=7)
        events.move(events.get_event(event.slug), factories.facts(), held_on=later)
    send_due()
    moved = again(planned.id)
    assert moved.send_at == planned.event.starts_at - 24 * HOUR
    assert moved.expires_at == moved.event.ends_at + timedelta(days=1), "it can be opened for long"


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({"hours_before": 0}, "hours_before", "out_of_range"),
        ({"hours_before": 2000}, "hours_before", "in_the_past"),
        ({"send_at": -HOUR}, "send_at", "in_the_past"),
        ({"expires_at": -HOUR}, "expires_at", "before_sending"),
        ({"expires_at": timedelta(days=200)}, "expires_at", "too_late"),
    ],
)
def test_what_cannot_be_is_not_planned(
    event: Event, told: dict[str, Any], field: str, code: str
) -> None:
    when = {name: clock.now() + v if isinstance(v, timedelta) else v for name, v in told.items()}
    with pytest.raises(Invalid) as refused:
        plan(event, **when)
    assert refused.value.details["fields"] == {field: code}


def test_only_a_pdf_is_attached(event: Event) -> None:
    roster = {"kind": "security", "format": "xlsx", "locale": "de"}
    with pytest.raises(Invalid) as refused:
        plan(event, is_attached=True, roster=roster)
    assert refused.value.details["fields"] == {"format": "not_encrypted"}


def test_an_attachment_opens_with_its_password_only(event: Event) -> None:
    factories.register(event, family_name="Wunderlich")
    planned = plan(event, is_attached=True)
    password = PASSWORDS[-1]
    assert re.fullmatch(r"[a-z]{6}-[a-z]{6}-[0-9]{4}-[a-z]{6}", password)
    send_due()
    mail = letters.mail("roster")
    assert password not in mail.as_string()
    assert "Wunderlich" not in mail.as_string()
    pdf = attachment("roster")
    assert b"Wunderlich" not in pdf
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert pdf.startswith(b"%PDF-2.0")
    encryption = reader.trailer["/Encrypt"].get_object()
    assert isinstance(encryption, pypdf.generic.DictionaryObject)
    assert int(str(encryption["/R"])) == 6
    with pytest.raises(FileNotDecryptedError):
        _ = reader.pages[0]
    assert not pypdf.PdfReader(io.BytesIO(pdf)).decrypt("gamito")
    assert "Wunderlich" in text_of(pdf, password)
    other_reader = pypdfium2.PdfDocument(pdf, password=password)
    assert "Wunderlich" in other_reader[0].get_textpage().get_text_bounded()
    other_reader.close()
    assert password.encode() not in (again(planned.id).sealed_password or b"")


def test_another_secret_key_opens_no_password(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(event, is_attached=True)
    sealed = planned.sealed_password or b""
    assert passwords.unseal(sealed, planned.id) == PASSWORDS[-1]
    monkeypatch.setitem(app.config, "SECRET_KEY", "another")
    with pytest.raises(SettingRefused):
        passwords.unseal(sealed, planned.id)


def test_a_mail_with_a_link_names_nobody(event: Event) -> None:
    factories.register(event, family_name="Wunderlich")
    plan(event)
    send_due()
    mail = letters.mail("roster")
    assert "Wunderlich" not in letters.plain(mail) + letters.page(mail)
    assert not list(mail.iter_attachments())


def test_a_file_too_large_for_a_mail_is_given_up_and_says_so(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_BYTES", 100)
    planned = plan(event, is_attached=True)
    assert send_due() == 0
    given_up = again(planned.id)
    assert (given_up.state, given_up.problem) == (DispatchState.FAILED, "too_large")
    assert mails("roster") == 0


def test_what_is_just_being_made_stays_and_what_a_dead_worker_left_goes(
    event: Event, noon: time_machine.Traveller
) -> None:
    (keeping.folder() / "left").mkdir()
    (keeping.folder() / "left" / "list").write_text("Groß, Änne")
    (keeping.folder() / "promised.pdf").touch()
    hours = [
        path.stat().st_mtime for path in keeping.folder().iterdir() if path.name != "promised.pdf"
    ]
    noon.move_to(max(hours))
    keeping.sweep()
    assert (keeping.folder() / "promised.pdf").exists()
    noon.shift(keeping.YOUNG + HOUR)
    keeping.sweep()
    assert not (keeping.folder() / "promised.pdf").exists()
    assert not (keeping.folder() / "left").exists()


def keep(event: Event, **told: Any) -> int:
    with transaction():
        data = {"kind": "attendance", "title": "Own", "columns": ["family_name"], **told}
        return presets.save(event.id, data, account_id=None).id


def own(preset_id: int) -> dict[str, str]:
    return {"kind": "attendance", "preset": str(preset_id), "format": "csv", "locale": "de"}


def test_nobody_outside_gets_what_only_organisers_need(event: Event) -> None:
    for kind in ("door", "attendance"):
        for file_format in ("csv", "pdf"):
            told = {"kind": kind, "format": file_format, "locale": "de"}
            meant = listing.wanted(plan(event, roster=told))
            assert not parsing.sensitive_in(event.id, meant.spec)
    assert "role" in meant.spec.printed
    preset_id = keep(event)
    planned = plan(event, roster=own(preset_id))
    with transaction():
        data = {"kind": "attendance", "title": "Own", "columns": ["family_name", "email"]}
        presets.save(event.id, data, preset_id=preset_id, account_id=None)
    with pytest.raises(Invalid) as refused:
        plan(event, roster=own(preset_id))
    assert refused.value.details["fields"] == {"roster": "sensitive"}
    assert listing.columns_of(listing.wanted(again(planned.id))) == ("family_name",)


def test_an_own_list_that_somebody_gets_is_not_removed(event: Event) -> None:
    preset_id = keep(event)
    planned = plan(event, roster=own(preset_id))
    with pytest.raises(Conflict), transaction():
        presets.remove(event.id, preset_id, account_id=None)
    with transaction():
        dispatches.cancel(again(planned.id), actor="command")
    with transaction():
        presets.remove(event.id, preset_id, account_id=None)


def test_a_list_that_names_what_is_gone_is_given_up_and_cannot_be_planned(event: Event) -> None:
    preset_id = keep(event, alliances=["MR4B"])
    planned = plan(event, roster=own(preset_id))
    with transaction() as session:
        preset = session.get_one(RosterPreset, preset_id)
        preset.data = {**preset.data, "alliances": ["GONE"]}
    assert send_due() == 0
    assert (again(planned.id).state, again(planned.id).problem) == ("failed", "list_gone")
    with pytest.raises(Invalid) as refused:
        plan(event, roster=own(preset_id))
    assert refused.value.details["fields"] == {"roster": "gone"}


def test_a_fault_is_tried_again_and_keeps_no_other_list_back(
    event: Event, monkeypatch: pytest.MonkeyPatch, noon: time_machine.Traveller
) -> None:
    broken, good = plan(event), plan(event)
    make = sending.make

    def fail(dispatch_id: Any) -> Any:
        if dispatch_id == broken.id:
            raise OSError("no space left")
        return make(dispatch_id)

    monkeypatch.setattr(sending, "make", fail)
    assert send_due() == 1
    assert again(broken.id).problem == "OSError: no space left"
    monkeypatch.setattr(sending, "make", make)
    assert send_due() == 0
    noon.shift(sending.PAUSE)
    assert send_due() == 1
    assert again(broken.id).problem == ""
    assert again(good.id).mails == 1


def change(event: Event, dispatch: Dispatch, after: timedelta, noon: Any) -> dict[str, Any] | None:
    """Let so long go by, tell changes, and return what was told last."""
    told = len(dispatch.changes)
    noon.shift(after)
    tell_changes()
    now = again(dispatch.id).changes
    return now[-1] if len(now) > told else None


@pytest.mark.parametrize("is_attached", [False, True])
def test_who_was_added_and_removed_is_told_once_an_hour(
    event: Event, noon: time_machine.Traveller, is_attached: bool
) -> None:
    stays = factories.register(event, given_name="Ada")
    leaves = factories.register(event, given_name="Bo", family_name="Weg")
    sent = plan(event, is_attached=is_attached)
    password = PASSWORDS[-1]
    send_due()
    factories.register(event, given_name="Cy", family_name="Neu")
    with transaction():
        registrations.cancel(registrations.get(leaves.id))
        registrations.correct(
            registrations.get(stays.id), factories.person(given_name="Ada", family_name="Andersson")
        )
    assert change(event, again(sent.id), timedelta(minutes=59), noon) is None
    told = change(event, again(sent.id), timedelta(minutes=1), noon)
    assert told is not None
    assert set(told["added"]) == {
        "Neu, Cy · Institut für Beispiele",
        "Andersson, Ada · Institut für Beispiele",
    }
    assert set(told["removed"]) == {
        "Weg, Bo · Institut für Beispiele",
        "Groß, Ada · Institut für Beispiele",
    }
    mail = letters.mail("roster_change")
    assert "2 Personen sind hinzugekommen" in letters.plain(mail)
    assert "Neu, Cy" not in mail.as_string()
    if is_attached:
        shown = text_of(attachment("roster_change"), password)
        assert "Neu, Cy" in shown
        assert "Weg, Bo" in shown
    assert change(event, again(sent.id), 3 * HOUR, noon) is None
    assert mails("roster_change") == 1
    (entry,) = entries("dispatch.change_told")
    assert (entry["people"], entry["added"], entry["removed"]) == (2, 2, 2)


def test_once_the_doors_are_open_nothing_is_told(
    event: Event, noon: time_machine.Traveller
) -> None:
    sent = plan(event)
    send_due()
    factories.register(event)
    noon.move_to(event.doors_at)
    assert change(event, again(sent.id), timedelta(), noon) is None


def test_lists_of_counts_tell_no_changes(event: Event, noon: time_machine.Traveller) -> None:
    factories.register(event)
    sent = plan(event, roster={"kind": "catering", "format": "pdf", "locale": "de"})
    send_due()
    assert again(sent.id).people == {}
    factories.register(event)
    assert change(event, again(sent.id), 2 * HOUR, noon) is None


def test_two_who_compare_at_once_tell_it_once(event: Event, noon: time_machine.Traveller) -> None:
    sent = plan(event)
    send_due()
    factories.register(event)
    noon.shift(HOUR)
    before = again(sent.id)
    told_at = before.told_at
    found = {"id": "Neu"}
    told = {"at": clock.now().isoformat(), "added": ["Neu"], "removed": []}
    assert told_at is not None
    db.session.rollback()
    for expected in (True, False):
        with transaction():
            assert changes._settle(sent.id, told_at, found, told, None) is expected
    assert mails("roster_change") == 1


def sent_link(event: Event) -> Dispatch:
    sent = plan(event)
    send_due()
    return again(sent.id)


def ask(dispatch: Dispatch) -> Asked:
    with transaction():
        return dispatches.ask_code(dispatch.id)


def attempt(dispatch: Dispatch, typed: str) -> Opened:
    with transaction():
        return dispatches.try_code(dispatch.id, typed)


def test_the_code_in_the_mail_opens_once(event: Event) -> None:
    sent = sent_link(event)
    assert ask(sent) == Asked.PROMISED
    found = re.search(r"^(\d{3} \d{3})$", letters.plain(letters.mail("roster_code")), re.M)
    assert found
    assert attempt(sent, found[1]) == Opened.OPENED
    assert attempt(sent, found[1]) == Opened.OVER
    assert "Dieser Code wurde benutzt" in letters.plain(letters.mail("roster_code"))


def test_a_code_is_nowhere_in_the_database(event: Event) -> None:
    sent = sent_link(event)
    ask(sent)
    code = dispatches.code_of(again(sent.id))
    assert len(code) == 6
    for table in (Dispatch, Delivery, AuditEntry):
        for row in db.session.execute(select(table.__table__)):
            assert code not in [str(value) for value in row]


def test_a_wrong_code_locks_after_five_attempts(event: Event) -> None:
    sent = sent_link(event)
    ask(sent)
    code = dispatches.code_of(again(sent.id))
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert [attempt(sent, wrong) for _ in range(MOST_ATTEMPTS)] == [Opened.WRONG] * MOST_ATTEMPTS
    assert attempt(sent, code) == Opened.OVER


def test_a_code_is_over_after_a_quarter_of_an_hour(
    event: Event, noon: time_machine.Traveller
) -> None:
    sent = sent_link(event)
    ask(sent)
    code = dispatches.code_of(again(sent.id))
    noon.shift(timedelta(minutes=15))
    assert attempt(sent, code) == Opened.OVER
    assert attempt(sent, "") == Opened.OVER


def test_codes_are_not_asked_for_without_end(event: Event, noon: time_machine.Traveller) -> None:
    sent = sent_link(event)
    assert (ask(sent), ask(sent)) == (Asked.PROMISED, Asked.JUST_NOW)
    for _ in range(MOST_CODES - 1):
        noon.shift(timedelta(minutes=2))
        assert ask(sent) == Asked.PROMISED
    noon.shift(timedelta(minutes=2))
    assert ask(sent) == Asked.TOO_OFTEN


def test_what_is_taken_back_or_over_opens_nothing_and_names_nobody(
    event: Event, noon: time_machine.Traveller
) -> None:
    for old in keeping.folder().glob("*.pdf"):
        old.unlink()
    factories.register(event)
    over, taken_back = sent_link(event), plan(event, is_attached=True)
    send_due()
    token = dispatches.link_of(over).rpartition("/")[2]
    assert dispatches.get_by_link(token).id == over.id
    assert len(list(keeping.folder().glob("*.pdf"))) == 1
    with transaction():
        dispatches.cancel(again(taken_back.id), actor="command")
    noon.move_to(over.expires_at)
    with pytest.raises(NotFound):
        dispatches.get_by_link(token)
    assert expire() == 1
    assert not list(keeping.folder().glob("*.pdf"))
    for dispatch in (again(over.id), again(taken_back.id)):
        assert (dispatch.people, dispatch.changes, dispatch.sealed_password) == ({}, [], None)
    assert [again(each.id).state for each in (over, taken_back)] == ["expired", "cancelled"]
    with pytest.raises(Conflict), transaction():
        dispatches.send_again(again(over.id), actor="command")


def test_a_link_that_we_did_not_make_opens_nothing(event: Event) -> None:
    token = dispatches.link_of(sent_link(event)).rpartition("/")[2]
    for forged in (
        token[:-1],
        token + "x",
        "x",
        registrations.link_token(factories.register(event)),
    ):
        with pytest.raises(NotFound):
            dispatches.get_by_link(forged)


def test_sent_again_it_is_one_more_mail_with_the_people_of_now(
    event: Event, noon: time_machine.Traveller
) -> None:
    sent = plan(event, is_attached=True)
    send_due()
    noon.shift(HOUR)
    factories.register(event, family_name="Wunderlich")
    with transaction():
        dispatches.send_again(again(sent.id), actor="command")
    assert send_due() == 1
    assert mails("roster") == 2
    assert "Wunderlich" in text_of(attachment("roster"), PASSWORDS[-1])
