"""The outbox in the console: what stands where, each mail as its reader sees it, what to do."""

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from registration import clock
from registration.database import db, transaction
from registration.models.audit import AuditEntry
from registration.models.deliveries import Delivery, DeliveryKind, DeliveryState, MailAddress
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.models.rosters import Dispatch
from registration.services import registrations
from registration.services.deliveries import Fate, Outcome, channels, promise_test
from tests import factories, letters
from tests.console import Browser, signed_in, text_of

HERE = "/organise/werkstatt/outbox"


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser of the small event has signed in."""
    return signed_in(app)


def stand(state: str, **columns: object) -> None:
    """Let all mails stand somewhere."""
    with transaction():
        db.session.execute(update(Delivery).values(state=state, **columns))


def mails() -> Sequence[Delivery]:
    db.session.rollback()
    return db.session.scalars(select(Delivery).order_by(Delivery.created_at, Delivery.id)).all()


def the_page(delivery: Delivery) -> str:
    return f"{HERE}/{delivery.id}"


def test_the_list_tells_states_ages_errors_and_flags(organiser: Browser, event: Event) -> None:
    factories.register(event, email="first@buendnis.example")
    stand("deferred", last_error="451 try later", created_at=clock.now() - timedelta(hours=3))
    factories.register(event, email="Second@buendnis.example")
    with transaction() as session:
        session.add(MailAddress(address_key="second@buendnis.example", bounced_at=clock.now()))
    page = text_of(organiser.get(HERE))
    assert "Deferred 1 · 3 hours" in page
    assert "New 1 · under a minute" in page
    assert "451 try later" in page
    assert "Second@buendnis.example does not arrive" in page
    only = text_of(organiser.get(f"{HERE}?state=deferred&q=FIRST&kind=confirmed"))
    assert "first@buendnis.example" in only
    assert "Second@" not in only
    assert "No mail matches" in text_of(organiser.get(f"{HERE}?q=nobody"))


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("retry", "failed", "deferred"),
        ("hold", "new", "held"),
        ("release", "held", "new"),
        ("discard", "deferred", "cancelled"),
    ],
)
def test_one_mail_is_handled_and_logged(
    organiser: Browser, event: Event, action: str, before: str, after: str
) -> None:
    factories.register(event)
    stand(before, attempts=0 if action == "release" else 7)
    organiser.get(the_page(mails()[0]))
    answer = organiser.post(the_page(mails()[0]), do=action)
    assert (answer.status_code, mails()[0].state) == (303, after)
    assert db.session.scalars(
        select(AuditEntry.subject).where(AuditEntry.action.startswith("delivery."))
    ).all() == [f"delivery:{mails()[0].id}"]
    organiser.post(the_page(mails()[0]), do=action)
    assert mails()[0].state == (after if action != "retry" else "deferred")


@pytest.mark.parametrize("action", ["retry", "hold", "release", "discard", "resend"])
def test_what_is_being_sent_belongs_to_its_sender(
    organiser: Browser, event: Event, action: str
) -> None:
    factories.register(event)
    stand("sending")
    organiser.get(the_page(mails()[0]))
    organiser.post(the_page(mails()[0]), do=action)
    assert [each.state for each in mails()] == ["sending"]
    assert "Nothing was changed" in text_of(organiser.get(HERE))


def test_a_mail_is_sent_once_more_to_the_present_address_and_once(
    organiser: Browser, event: Event
) -> None:
    registration = factories.register(event, email="tippfehler@buendnis.example")
    stand("failed", last_error="550 unknown")
    with transaction():
        row = registrations.get(registration.id)
        row.email = "richtig@buendnis.example"
    page = organiser.get(the_page(mails()[0]))
    key = re.search(r'name="key"\s+value="(\w+)"', page.text)
    assert key
    for _ in range(2):
        organiser.post(the_page(mails()[0]), do="resend", key=key[1])
    first, second = mails()
    assert (first.state, second.state) == ("failed", "new")
    assert second.recipient == "richtig@buendnis.example"
    assert (second.kind, second.registration_id) == (first.kind, registration.id)
    assert second.message_id != first.message_id


def test_a_mail_that_only_tried_a_text_out_is_never_sent_to_the_person_in_it(
    organiser: Browser, event: Event
) -> None:
    registration = factories.register(event, email="p@buendnis.example")
    with transaction():
        promise_test(
            event.id,
            DeliveryKind.CONFIRMED,
            recipient="organiser@buendnis.example",
            reason="test:wording:1",
            registration_id=registration.id,
        )
    stand("sent")
    organiser.get(the_page(mails()[1]))
    assert organiser.post(the_page(mails()[1]), do="resend", key="1").status_code == 303
    assert [each.recipient for each in mails()].count("p@buendnis.example") == 1


def test_a_list_that_was_attached_is_not_sent_again_without_it(
    organiser: Browser, event: Event
) -> None:
    letters.listed(event, {})
    page = the_page(mails()[0])
    organiser.get(page)
    for is_attached, number in ((True, 1), (False, 2)):
        with transaction():
            db.session.execute(update(Dispatch).values(is_attached=is_attached))
            db.session.execute(update(Delivery).values(state="sent"))
        organiser.post(page, do="resend", key="1")
        assert len(mails()) == number


@pytest.mark.parametrize("name", ["q", "kind", "state", "page"])
def test_an_odd_question_is_no_fault(organiser: Browser, event: Event, name: str) -> None:
    assert organiser.get(f"{HERE}?{name}=%00%FF9%C2%B2").status_code in {200, 400}


def test_several_mails_are_asked_for_by_number_and_then_handled(
    organiser: Browser, event: Event
) -> None:
    for number in range(3):
        factories.register(event, email=f"{number}@buendnis.example")
    factories.register(event, email="other@anders.example")
    stand("failed")
    organiser.get(HERE)
    asked = organiser.post(HERE, do="retry", all="1", state="failed", q="buendnis")
    assert "Try 3 mails now?" in text_of(asked)
    assert {each.state for each in mails()} == {DeliveryState.FAILED}
    organiser.post(HERE, do="retry", all="1", state="failed", q="buendnis", sure="1")
    assert sorted(each.state for each in mails()) == ["deferred"] * 3 + ["failed"]
    assert "3 mails are tried now" in text_of(organiser.get(HERE))
    marked = [str(each.id) for each in mails()[:2]]
    assert "Discard 2 mails?" in text_of(organiser.post(HERE, do="discard", id=marked))
    assert "No mail to do this to" in text_of(organiser.post(HERE, do="discard", id=["x"]))
    assert organiser.post(HERE, do="burn").status_code == 422


@pytest.mark.parametrize("kind", ["confirmed", "invitation", "password"])
def test_a_mail_is_shown_as_its_reader_sees_it_without_the_readers_own_links(
    organiser: Browser, event: Event, kind: str
) -> None:
    letters.promised(event, kind, locale="en")
    sent = letters.mail(kind)
    delivery = next(each for each in mails() if each.kind == kind)
    page = organiser.get(the_page(delivery))
    assert str(sent["Subject"]) in text_of(page)
    frame = organiser.get(f"{the_page(delivery)}/page")
    for token in re.findall(r"/(?:r|i|welcome)/([\w.-]{16,})", letters.plain(sent)):
        assert token not in page.text + frame.text
    policies = frame.headers.getlist("Content-Security-Policy")
    assert len(policies) == 1
    assert "sandbox" in policies[0]
    assert "script-src" not in policies[0]
    if kind == "confirmed":
        assert "data:image/png;base64," in frame.text
        assert "badge-" in text_of(page)


def test_a_paused_account_alarms_and_is_tried_again_at_once(
    organiser: Browser, event: Event
) -> None:
    factories.register(event)
    with transaction():
        channels.pause("files", Outcome(fate=Fate.UNREACHABLE, error="no space left"))
    for address in ("/organise/werkstatt/", HERE):
        page = text_of(organiser.get(address))
        assert "No mail goes out" in page
        assert "no space left" in page
    ready = organiser.get("/readyz")
    assert (ready.status_code, ready.json["mail"]) == (200, "late")  # type: ignore[index]
    assert 'einlass_mail_account_paused{account="files"} 1.0' in organiser.get("/metrics").text
    organiser.get(HERE)
    organiser.post(f"{HERE}/accounts", name="files")
    (account,) = channels.list_paused()
    assert channels.next_try(account) is None


def test_a_mail_of_another_event_is_not_there(organiser: Browser, event: Event) -> None:
    other = factories.make_event("anderswo")
    factories.register(other)
    (delivery,) = mails()
    for path in (the_page(delivery), f"{the_page(delivery)}/page"):
        assert organiser.get(path).status_code == 404
    organiser.get(HERE)
    assert organiser.post(the_page(delivery), do="discard").status_code == 404
    organiser.post(HERE, do="discard", id=[str(delivery.id)], sure="1")
    assert mails()[0].state == DeliveryState.NEW
    assert db.session.get_one(Registration, delivery.registration_id).event_id == other.id


def test_a_campaigns_mail_offers_what_can_be_done_and_says_why_it_was_not_sent(
    organiser: Browser, event: Event
) -> None:
    letters.promised(event, "campaign")
    stand("sent")
    delivery = next(each for each in mails() if each.kind == "campaign")
    assert "Send once more" not in text_of(organiser.get(the_page(delivery)))
    assert "Send once more" not in text_of(organiser.get(f"{HERE}?kind=campaign"))
    asked = text_of(organiser.post(HERE, do="resend", id=[str(delivery.id)]))
    assert "never mails of a campaign" in asked
    stand("cancelled", last_error="campaign stopped")
    for page in (HERE, the_page(delivery)):
        assert "Its campaign was stopped." in text_of(organiser.get(page))
