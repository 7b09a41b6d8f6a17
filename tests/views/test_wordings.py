"""Mail texts in the console: edited, previewed, tried out, brought back."""

from flask import Flask

from registration.database import db
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.services import wordings
from registration.services.wordings import Text
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of

HERE = "/organise/werkstatt/wordings"
EDIT = f"{HERE}/confirmed/en"


def current(event: Event) -> Text:
    db.session.rollback()
    return wordings.current_text(event.id, "confirmed", "en")


def test_a_text_is_edited_and_the_original_restored(app: Flask, event: Event) -> None:
    browser = signed_in(app)
    page = browser.get(EDIT)
    assert "Confirmed: your place – {{ event_title }}" in page.text
    assert faults_of(page) == []
    browser.post(EDIT, subject="You are in", body="Hello {{ given_name }}")
    assert current(event) == Text("You are in", "Hello {{ given_name }}")
    assert "Your version 1" in text_of(browser.get(HERE))
    browser.get(EDIT)
    browser.post(f"{EDIT}/original")
    assert current(event) == wordings.original("confirmed", "en")


def test_a_fault_is_said_at_the_field_with_its_line_and_nothing_is_kept(
    app: Flask, event: Event
) -> None:
    browser = signed_in(app)
    browser.get(EDIT)
    answer = browser.post(EDIT, subject="S", body="Hello\n{{ nmae }}\n{% for x in y %}{% endfor %}")
    assert answer.status_code == 422
    assert "Line 2: there is no variable “nmae”." in text_of(answer)
    assert "Line 3: “for” cannot be used here" in text_of(answer)
    assert current(event) == wordings.original("confirmed", "en")


def test_of_two_who_save_one_text_the_later_is_told_and_loses_nothing(
    app: Flask, event: Event
) -> None:
    browser = signed_in(app)
    assert 'name="seen" value="0"' in " ".join(browser.get(EDIT).text.split())
    browser.post(EDIT, subject="First", body="one", seen="0")
    answer = browser.post(EDIT, subject="Second", body="two", seen="0")
    assert answer.status_code == 409
    assert "Somebody else has changed this text meanwhile" in text_of(answer)
    assert "two</textarea>" in answer.text
    assert 'name="seen" value="1"' in " ".join(answer.text.split())
    assert current(event) == Text("First", "one")
    again = browser.post(EDIT, subject="First", body="one", seen="0")
    assert again.status_code == 303, "the same text sent twice"
    wrong = browser.post(EDIT, subject="", body="two", seen="0")
    assert 'name="seen" value="0"' in " ".join(wrong.text.split()), "still not seen"
    browser.post(EDIT, subject="Second", body="two", seen="1")
    assert current(event) == Text("Second", "two")
    assert len(wordings.list_versions(event.id, "confirmed", "en")) == 2


def preview(browser: Browser, **fields: str) -> str:
    answer = browser.post(f"{EDIT}/preview", **fields)
    assert answer.status_code == 200
    policy = answer.headers.getlist("Content-Security-Policy")
    assert len(policy) == 1
    assert "sandbox" in policy[0]
    assert "script-src" not in policy[0]
    return answer.text


def test_a_preview_shows_both_forms_with_a_persons_data_and_keeps_nothing(
    app: Flask, event: Event
) -> None:
    registration = factories.register(event, given_name="Änne<i>")
    browser = signed_in(app)
    browser.get(EDIT)
    sent = {"subject": "Hi {{ given_name }}", "body": "**Hello** {{ given_name }}"}
    shown = preview(browser, **sent, sample=str(registration.id), form="page")
    assert "<strong>Hello</strong> Änne&lt;i&gt;" in shown
    assert "Your place is confirmed." in shown
    assert "/r/" not in shown
    plain = preview(browser, **sent, sample=str(registration.id), form="text")
    assert "Hello Änne&lt;i&gt;" in plain
    assert "Line 1" in preview(browser, subject="S", body="{{ x }}", sample=str(registration.id))
    assert "Choose a person" in preview(browser, **sent)
    assert current(event) == wordings.original("confirmed", "en")


def test_a_test_mail_goes_to_who_writes_and_its_version_can_be_used(
    app: Flask, event: Event
) -> None:
    registration = factories.register(event)
    browser = signed_in(app)
    browser.get(EDIT)
    sent = {"subject": "Tried", "body": "Hello", "sample": str(registration.id)}
    version = browser.post(f"{EDIT}/test", **sent).location
    db.session.rollback()
    tried = db.session.query(Delivery).filter(Delivery.dedupe_key.startswith("test:")).one()
    assert tried.recipient == "organiser@orga.example"
    assert current(event) == wordings.original("confirmed", "en")
    assert "Tried" in browser.get(str(version)).text
    browser.post(str(version))
    assert current(event) == Text("Tried", "Hello")


def test_another_events_people_lend_no_data(app: Flask, event: Event) -> None:
    other = factories.register(factories.make_event("anderswo"))
    browser = signed_in(app)
    browser.get(EDIT)
    sent = {"subject": "S", "body": "{{ family_name }}", "sample": str(other.id)}
    assert "Choose a person" in preview(browser, **sent)
    assert browser.post(f"{EDIT}/test", **sent).status_code == 404
