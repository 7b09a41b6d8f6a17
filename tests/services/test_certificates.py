"""Certificates: for those who came, each once; verified by code, revoked with the check-in."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pypdf
import pypdfium2
import pytest
import time_machine
import zxingcpp
from flask import Flask
from sqlalchemy import delete, func, select

from registration.database import db, transaction
from registration.errors import Conflict, EventNotBegun
from registration.models.audit import AuditEntry
from registration.models.certificates import Certificate
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.models.gates import Presence
from registration.models.jobs import Job, JobKind
from registration.models.registrations import CODE_LETTERS, Registration
from registration.services import certificates, events, jobs, registrations
from registration.services.certificates import Standing, bulk, making
from tasks.certificates import revoke_undone
from tasks.jobs import run_due
from tests import factories
from tests.doors import Door


@pytest.fixture
def begun(app: Flask) -> Iterator[Event]:
    """The small event, half an hour after it began."""
    event = factories.make_event()
    with time_machine.travel(event.starts_at + timedelta(minutes=30), tick=False):
        yield events.get_event(event.slug)


@pytest.fixture
def guests(begun: Event) -> dict[str, Registration]:
    """Two who came and one who did not."""
    before = begun.starts_at - timedelta(days=60)
    people = {}
    with time_machine.travel(before, tick=False):
        for name in ("Ada", "Bo", "Cy"):
            people[name] = factories.register(
                begun, given_name=name, title="Prof. Dr.", locale="de", role="delegate"
            )
    Door(begun).scan(people["Ada"], people["Bo"])
    return people


def issue(person: Registration, *, by_mail: bool = False) -> Certificate:
    with transaction():
        found = registrations.get(person.id)
        made = certificates.issue_one(found, by_mail=by_mail, actor="command").id
    return again(made)


def again(certificate_id: Any) -> Certificate:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Certificate, certificate_id)


def standing(code: str) -> Standing:
    db.session.rollback()
    return certificates.check(code).standing


def count(model: Any, **told: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).filter_by(**told)) or 0


def test_all_who_came_get_one_and_nobody_a_second(
    begun: Event, guests: dict[str, Registration]
) -> None:
    assert bulk.issue_all(begun.id, transaction, actor="command") == 2
    assert bulk.issue_all(begun.id, transaction, actor="command") == 0
    assert bulk.mail_all(begun.id, transaction) == 2
    assert bulk.mail_all(begun.id, transaction) == 0
    assert count(Certificate) == 2
    assert count(Delivery, kind="certificate") == 2
    assert count(AuditEntry, action="certificate.issued") == 2
    counts = certificates.count(begun.id)
    assert (counts.came, counts.issued, counts.missing) == (2, 2, 0)
    assert certificates.find_in_force(guests["Cy"].id) is None


def test_batches_end_where_the_next_begins(
    begun: Event, guests: dict[str, Registration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registration.services.certificates.issuing.BATCH", 1)
    assert bulk.issue_all(begun.id, transaction, actor="command") == 2
    assert bulk.mail_all(begun.id, transaction) == 2


def test_who_has_not_come_gets_none(guests: dict[str, Registration]) -> None:
    with pytest.raises(Conflict):
        issue(guests["Cy"])


def test_before_the_event_nobody_gets_one(event: Event) -> None:
    person = factories.register(event)
    Door(event).scan(person)
    with pytest.raises(EventNotBegun):
        issue(person)
    with pytest.raises(EventNotBegun):
        bulk.issue_all(event.id, transaction, actor="command")


def test_a_code_verifies_however_it_is_typed_and_no_other_does(
    guests: dict[str, Registration],
) -> None:
    certificate = issue(guests["Ada"])
    code = certificate.code
    assert len(code) == 16
    assert set(code) <= set(CODE_LETTERS)
    for typed in (code, certificates.shown(code), f" {certificates.shown(code).lower()} "):
        assert standing(typed) == Standing.GENUINE
    other = code[:-1] + ("2" if code[-1] != "2" else "3")
    for typed in (other, code[:-1], code + "2", "", "‐" * 500, "%", code.replace(code[0], "Ä")):
        assert standing(typed) == Standing.UNKNOWN


def test_taking_the_check_in_back_ends_a_certificate_at_once(
    begun: Event, guests: dict[str, Registration]
) -> None:
    certificate = issue(guests["Ada"])
    badge = registrations.get(guests["Ada"].id).badge
    assert badge is not None
    with transaction() as session:
        session.execute(delete(Presence).where(Presence.badge_id == badge.id))
    assert standing(certificate.code) == Standing.REVOKED
    assert again(certificate.id).revoked_at is None
    assert certificates.find_in_force(guests["Ada"].id) is None
    assert (revoke_undone(), revoke_undone()) == (1, 0)
    assert again(certificate.id).revoked_at is not None
    Door(begun, "side").scan(guests["Ada"])
    assert standing(certificate.code) == Standing.REVOKED
    assert standing(issue(guests["Ada"]).code) == Standing.GENUINE


def test_whose_check_in_was_taken_back_is_in_no_file_and_gets_no_mail(
    begun: Event, guests: dict[str, Registration]
) -> None:
    bulk.issue_all(begun.id, transaction, actor="command")
    badge = registrations.get(guests["Ada"].id).badge
    assert badge is not None
    with transaction() as session:
        session.execute(delete(Presence).where(Presence.badge_id == badge.id))
        registrations.get(guests["Bo"].id).privacy_withdrawn_at = begun.starts_at
    assert bulk.mail_all(begun.id, transaction) == 0
    assert len(asked(begun, "mail").read_text(encoding="utf-8-sig").splitlines()) == 1


def test_without_the_look_at_presence_it_would_stay_genuine(
    guests: dict[str, Registration], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = issue(guests["Ada"])
    with transaction() as session:
        session.execute(delete(Presence))
    monkeypatch.setattr(certificates.finding, "has_come", lambda _id: True)
    assert standing(certificate.code) == Standing.GENUINE


def test_issued_anew_the_first_is_revoked_and_the_name_is_right(
    guests: dict[str, Registration],
) -> None:
    first = issue(guests["Ada"])
    with transaction():
        registrations.get(guests["Ada"].id).family_name = "Große"
    second = issue(guests["Ada"], by_mail=True)
    assert (first.name, second.name) == ("Prof. Dr. Ada Groß", "Prof. Dr. Ada Große")
    assert (standing(first.code), standing(second.code)) == (Standing.REVOKED, Standing.GENUINE)
    assert count(Delivery, kind="certificate") == 1


def test_two_who_issue_at_once_issue_one(begun: Event, guests: dict[str, Registration]) -> None:
    people = [registrations.get(guests["Ada"].id)]
    db.session.expunge_all()
    for _ in range(2):
        with transaction():
            certificates.issuing._issue(people, actor="command")
    assert count(Certificate) == 1
    assert count(AuditEntry, action="certificate.issued") == 1


def test_the_paper_says_who_and_what_and_two_readers_open_it(
    guests: dict[str, Registration],
) -> None:
    certificate = issue(guests["Ada"])
    pdf = making.pdf_of(certificate)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == 1
    assert str(reader.metadata and reader.metadata.title).startswith("Teilnahmebescheinigung")
    assert str(reader.root_object["/Lang"]) == "de"
    other = pypdfium2.PdfDocument(pdf)
    page = other[0]
    read = page.get_textpage().get_text_bounded()
    shown = certificates.shown(certificate.code)
    for said in (reader.pages[0].extract_text(), read):
        for part in ("Teilnahmebescheinigung", "Prof. Dr. Ada Groß", "Zukunftswerkstatt", shown):
            assert part in said
    assert [round(side / 72 * 25.4) for side in page.get_size()] == [210, 297]
    picture = page.render(scale=150 / 72).to_pil()
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == certificates.address_of(certificate.code)
    other.close()


def asked(event: Event, way: str) -> Path:
    """Let the worker make a job's file; return where it is."""
    with transaction():
        job_id = jobs.ask(
            event_id=event.id,
            kind=JobKind.CERTIFICATES,
            parameters={"way": way, "locale": "de"},
            account_id=None,
        ).id
    run_due()
    db.session.rollback()
    return jobs.path_of(db.session.get_one(Job, job_id))


def test_all_come_as_one_pdf_or_one_each_or_by_mail(
    begun: Event, guests: dict[str, Registration]
) -> None:
    together = pypdf.PdfReader(asked(begun, "pdf"))
    assert ["Ada" in page.extract_text() for page in together.pages] == [True, False]
    assert count(Delivery, kind="certificate") == 0
    with ZipFile(asked(begun, "zip")) as package:
        names = package.namelist()
        assert [name.rpartition("-")[0] for name in names] == ["MR4B/Groß-Ada", "MR4B/Groß-Bo"]
        assert package.read(names[0]).startswith(b"%PDF-")
    register = asked(begun, "mail").read_text(encoding="utf-8-sig").splitlines()
    assert len(register) == 3
    assert register[1].startswith("Prof. Dr. Ada Groß;MR4B;")
    assert count(Delivery, kind="certificate") == 2
    assert count(Certificate) == 2


def test_the_same_certificates_make_the_same_file(
    begun: Event, guests: dict[str, Registration], tmp_path: Path
) -> None:
    bulk.issue_all(begun.id, transaction, actor="command")
    for name in ("first", "second"):
        making.write_pdf(
            tmp_path / name,
            event_id=begun.id,
            locale="de",
            as_of=begun.starts_at,
            on_progress=lambda _steps: None,
        )
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
