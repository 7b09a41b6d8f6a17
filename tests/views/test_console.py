"""The console: what organisers see of an event and its people, and what they decide."""

import re
import uuid
from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import db, transaction, uuid7
from registration.models.accounts import AccountRole
from registration.models.audit import AuditEntry
from registration.models.deliveries import Delivery, DeliveryState
from registration.models.events import Event
from registration.models.gates import Device
from registration.models.registrations import Registration, RegistrationState
from registration.services import events, generation, quotas, registrations
from registration.services.gates import devices
from tests import factories
from tests.console import Browser, faults_of, signed_in, text_of

HERE = "/organise/werkstatt"
PAGES = (
    *("/", "/registrations", "/places", "/places/edit", "/rosters", "/devices", "/findings"),
    "/devices/import",
    *("/arrivals", "/arrivals/MR4B", "/arrivals/-"),
    *("/evacuation", "/evacuation/start", "/evacuation/stop"),
)


@pytest.fixture
def organiser(app: Flask, event: Event) -> Browser:
    """A browser in which an organiser of the small event has signed in."""
    browser = signed_in(app)
    browser.get(f"{HERE}/")
    return browser


def request_place(event: Event, **told: object) -> Registration:
    """Ask for a place in a role that needs approval."""
    return factories.register(event, role="guest", alliance="", **told)  # type: ignore[arg-type]


def state_of(registration_id: uuid.UUID) -> str:
    db.session.rollback()
    return registrations.get(registration_id).state


def deliveries_of(registration_id: uuid.UUID) -> Sequence[str]:
    db.session.rollback()
    return db.session.scalars(
        select(Delivery.kind)
        .where(Delivery.registration_id == registration_id)
        .order_by(Delivery.created_at, Delivery.id)
    ).all()


def person_at(registration_id: uuid.UUID) -> str:
    return f"{HERE}/registrations/{registration_id}"


def names_on(text: str) -> list[str]:
    """Return the people of a list in their order."""
    return re.findall(r'<th scope="row"><a[^>]*>([^<]+)</a>', text)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_has_one_heading_labels_and_nothing_inline(
    app: Flask, event: Event, language: str
) -> None:
    asked = request_place(event)
    came = factories.register(event)
    browser = signed_in(app)
    browser.language = language
    paths = [HERE + page for page in PAGES]
    paths += [
        person_at(came.id),
        person_at(asked.id),
        person_at(asked.id) + "/decline",
        person_at(asked.id) + "/cancel",
    ]
    for path in paths:
        page = browser.get(path)
        assert (page.status_code, faults_of(page), path) == (200, [], path)
        assert f'<html lang="{language}">' in page.text
        assert 'name="viewport"' in page.text
    for path in (f"{HERE}/registrations", f"{HERE}/registrations?q=nobody"):
        assert faults_of(browser.get(path)) == []
    assert faults_of(Browser(app).get("/organise/sign-in")) == []


def test_the_navigation_marks_the_page_that_is_open(organiser: Browser) -> None:
    for page in PAGES:
        marked = re.findall(r'aria-current="page"', organiser.get(HERE + page).text)
        assert (len(marked), page) == (1, page)


def test_an_unknown_event_is_not_found(organiser: Browser) -> None:
    for page in PAGES:
        assert organiser.get(f"/organise/nowhere{page}").status_code == 404


def test_the_overview_counts_and_says_what_waits(event: Event, organiser: Browser) -> None:
    empty = text_of(organiser.get(f"{HERE}/"))
    assert "Enrol the first scanner" in empty
    request_place(event)
    request_place(event)
    factories.register(event)
    factories.set_places(event, 3)
    with transaction():
        failed = db.session.scalars(select(Delivery)).all()[0]
        failed.state, failed.last_error = DeliveryState.FAILED, "550 <no such user>"
        devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    page = text_of(organiser.get(f"{HERE}/"))
    assert "Decide 2 requests" in page
    assert "1 mail could not be delivered" in page
    assert "550 <no such user>" in page
    assert "All places are taken" in page
    assert "Enrol the first scanner" not in page
    assert "Confirmed 1" in page
    assert "Requested 2" in page


def test_the_list_finds_umlauts_without_their_dots_and_any_part(
    event: Event, organiser: Browser
) -> None:
    factories.register(event, given_name="Änne", family_name="Groß")
    factories.register(
        event,
        given_name="Bo",
        family_name="Lund",
        email="bo@lund.example",
        organisation="Ärztekammer",
    )
    for query, expected in (
        ("anne", ["Groß, Änne"]),
        ("GROSS", ["Groß, Änne"]),
        ("ärzte", ["Lund, Bo"]),
        ("e", ["Groß, Änne", "Lund, Bo"]),
        ("gross anne", ["Groß, Änne"]),
        ("gross lund", []),
        ("%", []),
        ("_", []),
    ):
        page = organiser.get(f"{HERE}/registrations", query_string={"q": query})
        assert (names_on(page.text), query) == (expected, query)


def test_filters_combine_and_are_said_with_a_way_to_remove_each(
    event: Event, organiser: Browser
) -> None:
    factories.register(event, alliance="MR4B", family_name="Adam")
    factories.register(event, alliance="BIOZ", family_name="Berg")
    factories.register(event, alliance="BIOZ", role="presenter", family_name="Claus")
    request_place(event, family_name="Dorn")
    page = organiser.get(
        f"{HERE}/registrations?alliance=BIOZ&role=delegate&state=confirmed&q=berg&sort=-role"
    )
    assert names_on(page.text) == ["Berg, Änne"]
    for removed, kept in (("role", "alliance"), ("alliance", "role"), ("state", "q")):
        links = re.findall(r'<a href="([^"]*)"><span aria-hidden="true">×', page.text)
        assert len(links) == 4
        assert any(f"{removed}=" not in link and f"{kept}=" in link for link in links)
    assert names_on(organiser.get(f"{HERE}/registrations?state=requested").text) == ["Dorn, Änne"]
    assert "1 person" in text_of(page)


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-3", "page=x", "page=99999999999999999999", "sort=password", "state=x"],
)
def test_what_a_list_cannot_do_counts_as_not_asked(
    event: Event, organiser: Browser, query: str
) -> None:
    factories.register(event)
    page = organiser.get(f"{HERE}/registrations?{query}")
    assert page.status_code == 200
    assert names_on(page.text) == ["Groß, Änne"]


def test_the_list_sorts_by_each_column_both_ways(event: Event, organiser: Browser) -> None:
    factories.register(event, alliance="MR4B", role="presenter", family_name="Bär")
    factories.register(event, alliance="BIOZ", role="delegate", family_name="Zoll")
    factories.register(event, alliance="VOGTLAND", role="delegate", family_name="Adam")
    orders = {
        "name": ["Adam", "Bär", "Zoll"],
        "-name": ["Zoll", "Bär", "Adam"],
        "alliance": ["Zoll", "Bär", "Adam"],
        "-alliance": ["Adam", "Bär", "Zoll"],
        "role": ["Adam", "Zoll", "Bär"],
        "-role": ["Bär", "Adam", "Zoll"],
        "created": ["Bär", "Zoll", "Adam"],
        "-created": ["Adam", "Zoll", "Bär"],
    }
    for sort, expected in orders.items():
        page = organiser.get(f"{HERE}/registrations?sort={sort}")
        found = [name.partition(",")[0] for name in names_on(page.text)]
        assert (found, sort) == (expected, sort)
        assert page.text.count("aria-sort=") == 1


def test_ten_thousand_people_are_paged_without_losing_or_repeating_one(
    app: Flask, event: Event, organiser: Browser
) -> None:
    with transaction():
        generation.generate(events.get_prospectus(event.slug), 10_000)
    first = organiser.get(f"{HERE}/registrations?density=compact")
    assert "1 to 100 of 10000 people" in text_of(first)
    assert "Page 1 of 100" in text_of(first)
    seen = re.findall(r"registrations/([0-9a-f-]{36})", first.text)
    for page in (2, 50, 100):
        seen += re.findall(
            r"registrations/([0-9a-f-]{36})",
            organiser.get(f"{HERE}/registrations?density=compact&page={page}").text,
        )
    assert len(seen) == len(set(seen)) == 400
    assert "Page 100 of 100" in text_of(organiser.get(f"{HERE}/registrations?page=5000"))


def test_density_is_kept_for_the_next_visit(event: Event, organiser: Browser) -> None:
    factories.register(event)
    assert "is-comfortable" in organiser.get(f"{HERE}/registrations").text
    organiser.get(f"{HERE}/registrations?density=compact")
    assert "is-compact" in organiser.get(f"{HERE}/registrations").text


def test_a_person_shows_everything_that_is_known(event: Event, organiser: Browser) -> None:
    person = factories.register(
        event, support_needs="Rollstuhl <b>", title="Dr.", photo_consent=False
    )
    page = organiser.get(person_at(person.id))
    text = text_of(page)
    for told in (
        "Dr. Änne Groß",
        "aenne.gross@buendnis.example",
        "Institut für Beispiele",
        "MR4B",
        "Delegate",
        "Rollstuhl <b>",
        "No photos, please",
        "Confirmation with badge",
        "In the outbox",
        "Registered",
        person.short_code,
    ):
        assert told in text
    assert "<b>" not in page.text
    assert 'class="qr"' in page.text


def test_people_of_another_event_are_not_shown(event: Event, organiser: Browser) -> None:
    other = factories.make_event("andere")
    person = factories.register(other)
    for path in ("", "/decline", "/cancel", "/badge.pdf"):
        assert organiser.get(person_at(person.id) + path).status_code == 404
    organiser.get(f"{HERE}/")
    for verb in ("approve", "decline", "cancel", "resend"):
        assert organiser.post(f"{person_at(person.id)}/{verb}").status_code == 404
    assert state_of(person.id) == RegistrationState.CONFIRMED


def test_an_approved_request_has_a_badge_a_mail_and_a_history(
    app: Flask, event: Event, organiser: Browser
) -> None:
    asked = request_place(event)
    organiser.get(person_at(asked.id))
    done = organiser.post(f"{person_at(asked.id)}/approve")
    assert done.status_code == 303
    assert state_of(asked.id) == RegistrationState.CONFIRMED
    assert registrations.get(asked.id).badge is not None
    assert deliveries_of(asked.id) == ["received", "approved"]
    page = text_of(organiser.get(done.location))
    assert "Approved. The confirmation with the badge is on its way." in page
    assert "Confirmed" in page
    assert "Clara Vogt" in page
    entry = db.session.scalars(select(AuditEntry).filter_by(action="registration.confirmed")).one()
    assert entry.actor.startswith("account:")


def test_a_declined_request_frees_its_place_and_mails_the_reason(
    event: Event, organiser: Browser
) -> None:
    factories.set_places(event, 1, role="guest")
    asked = request_place(event)
    organiser.get(f"{person_at(asked.id)}/decline")
    done = organiser.post(f"{person_at(asked.id)}/decline", reason=" Zu wenige\r\nPlätze. ")
    assert done.status_code == 303
    assert state_of(asked.id) == RegistrationState.DECLINED
    assert registrations.get(asked.id).decision_reason == "Zu wenige\nPlätze."
    assert deliveries_of(asked.id) == ["received", "declined"]
    assert [quota.taken for quota in quotas.list_quotas(event.id)] == [0]


@pytest.mark.parametrize("reason", ["x" * 1001, "a\x07b", "left \u202e right"])
def test_a_reason_that_no_mail_can_carry_is_refused_and_kept(
    event: Event, organiser: Browser, reason: str
) -> None:
    asked = request_place(event)
    organiser.get(f"{person_at(asked.id)}/decline")
    page = organiser.post(f"{person_at(asked.id)}/decline", reason=reason)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert state_of(asked.id) == RegistrationState.REQUESTED


def test_cancelling_asks_first_and_then_stops_the_badge(event: Event, organiser: Browser) -> None:
    factories.set_places(event, 1)
    person = factories.register(event)
    question = organiser.get(f"{person_at(person.id)}/cancel")
    assert "Cancel the registration of Änne Groß?" in text_of(question)
    assert state_of(person.id) == RegistrationState.CONFIRMED
    done = organiser.post(f"{person_at(person.id)}/cancel")
    assert state_of(person.id) == RegistrationState.CANCELLED
    badge = registrations.get(person.id).badge
    assert badge is not None
    assert badge.revoked_at is not None
    assert deliveries_of(person.id) == ["confirmed", "cancelled"]
    assert [quota.taken for quota in quotas.list_quotas(event.id)] == [0]
    assert "No gate lets this badge in." in text_of(organiser.get(done.location))


def test_organisers_may_cancel_when_the_time_for_changes_is_over(
    app: Flask, event: Event, organiser: Browser
) -> None:
    person = factories.register(event)
    with transaction():
        found = events.get_event(event.slug)
        found.changes_close_at = found.registration_opens_at
    organiser.get(f"{person_at(person.id)}/cancel")
    assert organiser.post(f"{person_at(person.id)}/cancel").status_code == 303
    assert state_of(person.id) == RegistrationState.CANCELLED


def test_a_mail_can_be_sent_again_as_often_as_asked(event: Event, organiser: Browser) -> None:
    person = factories.register(event)
    organiser.get(person_at(person.id))
    for _ in range(2):
        assert organiser.post(f"{person_at(person.id)}/resend").status_code == 303
    assert deliveries_of(person.id) == ["confirmed"] * 3


@pytest.mark.parametrize(
    ("first", "second"),
    [("approve", "decline"), ("approve", "approve"), ("decline", "approve"), ("cancel", "cancel")],
)
def test_the_second_of_two_decisions_changes_nothing_and_says_so(
    app: Flask, event: Event, organiser: Browser, first: str, second: str
) -> None:
    asked = request_place(event)
    organiser.get(person_at(asked.id))
    assert organiser.post(f"{person_at(asked.id)}/{first}").status_code == 303
    before, mails = state_of(asked.id), deliveries_of(asked.id)
    late = organiser.post(f"{person_at(asked.id)}/{second}")
    assert late.status_code == 409
    assert "Somebody was faster" in text_of(late)
    assert (state_of(asked.id), deliveries_of(asked.id)) == (before, mails)


def test_several_requests_are_decided_at_once_after_one_question(
    event: Event, organiser: Browser
) -> None:
    asked = [request_place(event, family_name=name).id for name in ("Adam", "Berg", "Claus")]
    organiser.get(f"{HERE}/registrations?state=requested")
    marked = [str(each) for each in asked[:2]]
    question = organiser.post(f"{HERE}/registrations/decide", decision="approve", id=marked)
    assert "Approve 2 requests?" in text_of(question)
    assert "Änne Adam" in text_of(question)
    assert "Änne Claus" not in text_of(question)
    assert faults_of(question) == []
    assert state_of(asked[0]) == RegistrationState.REQUESTED
    done = organiser.post(f"{HERE}/registrations/decide", decision="approve", id=marked, sure="1")
    assert "2 requests approved." in text_of(organiser.get(done.location))
    assert [state_of(each) for each in asked] == ["confirmed", "confirmed", "requested"]
    assert deliveries_of(asked[1]) == ["received", "approved"]


def test_who_was_decided_meanwhile_is_left_as_they_are(event: Event, organiser: Browser) -> None:
    first, second = request_place(event).id, request_place(event).id
    organiser.get(f"{HERE}/registrations?state=requested")
    with transaction():
        registrations.approve(registrations.get(first), actor="command")
    told = {"decision": "decline", "id": [str(first), str(second)]}
    question = organiser.post(f"{HERE}/registrations/decide", **told)
    assert "Decline 1 request?" in text_of(question)
    assert "1 of those you marked cannot be decided so and is left out" in text_of(question)
    done = organiser.post(f"{HERE}/registrations/decide", **told, sure="1", reason="Zu voll.")
    page = text_of(organiser.get(done.location))
    assert "1 request declined." in page
    assert "1 had been decided in the meantime" in page
    assert [state_of(first), state_of(second)] == ["confirmed", "declined"]
    assert registrations.get(second).decision_reason == "Zu voll."


@pytest.mark.parametrize("ids", [[], ["no id"], [str(uuid.uuid4())]])
def test_deciding_on_nobody_decides_nothing(
    event: Event, organiser: Browser, ids: list[str]
) -> None:
    organiser.get(f"{HERE}/registrations")
    page = organiser.post(f"{HERE}/registrations/decide", decision="approve", id=ids)
    assert page.status_code == 200
    assert "No request is marked" in text_of(page)
    unknown = organiser.post(f"{HERE}/registrations/decide", decision="delete", id=ids)
    assert unknown.status_code == 422


def let_in(event: Event, *people: Registration) -> None:
    with transaction():
        _, token = devices.create_enrolled(
            event=events.get_event(event.slug), gate_code="main", actor="command"
        )
    rows = [
        {
            "id": str(uuid7()),
            "seq": seq,
            "badge": person.short_code,
            "gate": "main",
            "kind": "entry",
            "wall_at": "2026-01-01T10:00:00+01:00",
        }
        for seq, person in enumerate(people, 1)
    ]
    from flask import current_app  # noqa: PLC0415  # the test's own application

    answer = current_app.test_client().post(
        f"/api/v1/events/{event.slug}/scans",
        json={"scans": rows},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text


def test_arrivals_count_by_alliance_and_role_and_show_the_latest_scans(
    app: Flask, event: Event, organiser: Browser
) -> None:
    first = factories.register(event, family_name="Adam")
    second = factories.register(event, alliance="BIOZ", family_name="Berg")
    factories.register(event, alliance="BIOZ", role="presenter", family_name="Claus")
    let_in(event, first, second, first)
    page = text_of(organiser.get(f"{HERE}/arrivals"))
    assert "Expected 3 Arrived 2 Inside 2 Missing 1" in page
    assert "MR4B 1 1 1 all here" in page
    assert "Mitteldeutschland 2 1 1 1" in page
    assert "Delegate 2 2 2 all here" in page
    assert "Presenter 1 0 0 1" in page
    assert page.count("Let in") == 2
    assert page.count("Inside already") == 1
    assert "Änne Berg" in page


def test_who_cancelled_after_coming_is_inside_but_not_expected(
    event: Event, organiser: Browser
) -> None:
    stays, goes = factories.register(event), factories.register(event, alliance="BIOZ")
    let_in(event, stays, goes)
    with transaction():
        registrations.cancel(registrations.get(goes.id), actor="command")
    page = text_of(organiser.get(f"{HERE}/arrivals"))
    assert "Expected 1 Arrived 2 Inside 2 Missing 0" in page


def test_the_fragment_of_arrivals_holds_only_what_changes(event: Event, app: Flask) -> None:
    staff = signed_in(app, AccountRole.STAFF)
    fragment = staff.get(f"{HERE}/arrivals?fragment=1").text
    assert "<html" not in fragment
    assert fragment.count("data-live-part") == 6
    assert fragment.count("aria-live") == 1
    stranger = Browser(app).get(f"{HERE}/arrivals?fragment=1")
    assert stranger.status_code == 401


def test_a_code_enrols_one_device_which_can_be_revoked(
    app: Flask, event: Event, organiser: Browser
) -> None:
    organiser.get(f"{HERE}/devices")
    page = organiser.post(f"{HERE}/devices", gate="main", name="Phone 3")
    code = re.search(r'class="one-time">([^<]+)<', page.text)
    assert code
    assert 'class="qr"' in page.text
    assert faults_of(page) == []
    with transaction():
        device, token = devices.enrol(code[1])
    listed = text_of(organiser.get(f"{HERE}/devices"))
    assert "Phone 3" in listed
    assert "Enrolled" in listed
    assert code[1] not in listed
    organiser.post(f"{HERE}/devices/{device.id}/revoke")
    assert "Revoked" in text_of(organiser.get(f"{HERE}/devices"))
    assert token not in listed


def test_a_device_of_another_event_cannot_be_revoked(event: Event, organiser: Browser) -> None:
    other = factories.make_event("andere")
    with transaction():
        device, _ = devices.prepare(
            event=events.get_event(other.slug), gate_code="main", actor="command"
        )
        device_id = device.id
    organiser.get(f"{HERE}/devices")
    assert organiser.post(f"{HERE}/devices/{device_id}/revoke").status_code == 404
    db.session.rollback()
    assert db.session.get_one(Device, device_id).revoked_at is None


@pytest.mark.parametrize(
    "fields",
    [
        {"gate": ""},
        {"gate": "elsewhere"},
        {"gate": "main", "name": "x" * 121},
        {"gate": "main", "name": "a\x00b"},
        {},
    ],
)
def test_a_device_that_cannot_be_is_refused_at_its_field(
    event: Event, organiser: Browser, fields: dict[str, str]
) -> None:
    organiser.get(f"{HERE}/devices")
    page = organiser.post(f"{HERE}/devices", **fields)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    db.session.rollback()
    assert db.session.scalars(select(Device)).all() == []
