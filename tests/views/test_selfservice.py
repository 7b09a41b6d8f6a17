"""Behind the link: waiting, offers, handing over, consents, and everything that is stored."""

import csv
import io
import json
import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from registration.database import Model, db, transaction
from registration.models.deliveries import Delivery
from registration.models.events import AddressPolicy, Event, Promotion
from registration.models.registrations import Registration, Source
from registration.services import events, registrations
from tests import factories
from tests.documents import Page
from tests.visitors import Visitor, check_structure, page_of

Make = Callable[..., str]


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def link(event: Event) -> Make:
    """Register a person and return the path of their link."""

    def make(**told: str) -> str:
        return path_of(factories.register(event, **{"locale": "en", **told}))

    return make


@pytest.fixture
def wait(event: Event) -> Callable[..., list[str]]:
    """Let people join the queue together, and return their links."""

    def make(*names: str, role: str = "delegate") -> list[str]:
        prospectus = events.get_prospectus(event.slug)
        alliance, found = prospectus.find_alliance("MR4B"), prospectus.find_role(role)
        assert alliance is not None
        assert found is not None
        wishes = [
            registrations.Wish(
                person=factories.person(given_name=name, locale="en"),
                role=found,
                alliance_id=alliance.id,
                idempotency_key=uuid.uuid4().hex,
            )
            for name in names
        ]
        with transaction():
            receipts = registrations.register_or_wait(prospectus, wishes)
        return [path_of(registrations.get(each.registration_id)) for each in receipts]

    return make


def path_of(registration: Registration) -> str:
    return f"/r/{registrations.link_token(registration)}"


def named(given_name: str) -> Registration:
    db.session.rollback()
    return db.session.scalars(select(Registration).filter_by(given_name=given_name)).one()


def mails(given_name: str = "Änne") -> list[str]:
    about = Delivery.registration_id == named(given_name).id
    return list(db.session.scalars(select(Delivery.kind).where(about).order_by(Delivery.id)))


def change_event(event: Event, **columns: object) -> None:
    with transaction():
        found = events.get_event(event.slug)
        for name, value in columns.items():
            setattr(found, name, value)
        events.revise(event.id)


def move(event: Event, days: int) -> None:
    with transaction():
        events.move(
            events.get_event(event.slug), factories.facts(), held_on=factories.in_days(days)
        )


def approve(given_name: str) -> None:
    with transaction():
        registrations.approve(registrations.get(named(given_name).id), actor="command")


def state(page: Page) -> str:
    return next(each.text for each in page.elements if each["class"] == "notice-title")


def press(visitor: Visitor, path: str, action: str) -> int:
    """Press the button of the page at ``path`` that goes to ``action``."""
    return visitor.post(f"{path}/{action}", visitor.read(path).values).status_code


# Waiting and offers


def test_who_waits_reads_their_turn(
    visitor: Visitor, event: Event, wait: Callable[..., list[str]]
) -> None:
    factories.set_places(event, 0)
    first, second = *wait("Anna"), *wait("Bert")
    assert state(visitor.read(first)) == "On the waiting list: you are number 1 in the queue"
    page = visitor.read(second)
    assert state(page) == "On the waiting list: you are number 2 in the queue"
    assert "get the place at once" in page.text
    check_structure(page)


def test_a_party_reads_that_it_waits_together_and_not_with_whom(
    visitor: Visitor, event: Event, wait: Callable[..., list[str]]
) -> None:
    factories.set_places(event, 0)
    paths = wait("Anna", "Bert", "Clara")
    page = visitor.read(paths[0])
    assert "You wait together with 2 other people" in page.text
    assert "Bert" not in page.text


def test_who_waits_can_leave(
    visitor: Visitor, event: Event, wait: Callable[..., list[str]]
) -> None:
    factories.set_places(event, 0)
    (path,) = wait("Anna")
    ask = visitor.read(f"{path}/cancel")
    assert ask.all("h1")[0].text == "Leave the waiting list"
    check_structure(ask)
    assert visitor.post(f"{path}/cancel", ask.values).status_code == 303
    assert named("Anna").state == "cancelled"


@pytest.fixture
def offered(event: Event, wait: Callable[..., list[str]]) -> list[str]:
    """Two people who waited together, and have an offer."""
    change_event(event, promotion=Promotion.OFFER)
    factories.set_places(event, 0)
    paths = wait("Anna", "Bert")
    factories.set_places(event, 2)
    assert named("Anna").state == "offered"
    return paths


def test_an_offer_says_until_when_and_is_accepted_for_all(
    visitor: Visitor, offered: list[str]
) -> None:
    page = visitor.read(offered[0])
    assert state(page).startswith("A place is free for you until")
    assert "accepts for both" in page.text
    check_structure(page)
    assert press(visitor, offered[0], "accept") == 303
    assert {named(each).state for each in ("Anna", "Bert")} == {"confirmed"}
    assert state(visitor.read(offered[1])) == "Confirmed: you have a place"
    assert press(visitor, offered[0], "accept") == 303
    assert mails("Anna").count("confirmed") == 1


def test_an_offer_can_be_given_up(visitor: Visitor, offered: list[str]) -> None:
    assert press(visitor, offered[0], "cancel") == 303
    assert (named("Anna").state, named("Bert").state) == ("cancelled", "offered")


def test_following_a_link_accepts_nothing(visitor: Visitor, offered: list[str]) -> None:
    answer = visitor.get(f"{offered[0]}/accept")
    assert (answer.status_code, answer.headers["Location"]) == (303, offered[0])
    assert named("Anna").state == "offered"


def test_accepting_needs_the_pages_own_token(visitor: Visitor, offered: list[str]) -> None:
    assert visitor.post(f"{offered[0]}/accept").status_code == 400
    assert named("Anna").state == "offered"


def test_an_offer_that_is_over_says_so(visitor: Visitor, offered: list[str]) -> None:
    told = visitor.read(offered[0]).values
    with transaction() as session:
        for each in session.scalars(select(Registration)):
            each.offer_expires_at = each.created_at
    page = page_of(visitor.post(f"{offered[0]}/accept", told), 409)
    assert state(page) == "The offer is over: the place has gone to the next person"
    assert not page.all("button", type="submit")
    check_structure(page)
    assert named("Anna").state == "offered"
    with transaction():
        registrations.expire_offers()
    assert named("Anna").state == "expired"
    assert state(visitor.read(offered[0])) == state(page)


# A name that needs approval again


def test_a_new_name_in_an_approved_role_is_asked_about_first(visitor: Visitor, link: Make) -> None:
    path = link(role="guest", alliance="")
    approve("Änne")
    form = visitor.read(f"{path}/edit")
    page = page_of(visitor.post(f"{path}/edit", form.values | {"given_name": "Berta"}), 200)
    assert "needs approval again" in page.text
    assert page.values["given_name"] == "Berta"
    assert {each["value"] for each in page.all("button", name="again")} == {"yes"}
    check_structure(page)
    assert named("Änne").state == "confirmed"
    assert visitor.get(f"{path}/badge.pdf").status_code == 200
    answer = visitor.post(f"{path}/edit", page.values | {"again": "yes"})
    assert answer.status_code == 303
    assert named("Berta").state == "requested"
    assert "as soon as they are approved" in visitor.read(path).text
    assert visitor.get(f"{path}/badge.pdf").status_code == 409


def test_other_changes_need_no_approval(visitor: Visitor, link: Make) -> None:
    path = link(role="guest", alliance="")
    approve("Änne")
    form = visitor.read(f"{path}/edit")
    visitor.post(f"{path}/edit", form.values | {"diet": "vegan", "theme": "health"})
    changed = named("Änne")
    assert (changed.state, changed.diet) == ("confirmed", "vegan")
    assert changed.theme is not None


def test_switching_the_language_of_a_correction_keeps_it(visitor: Visitor, link: Make) -> None:
    path = link()
    told = visitor.read(f"{path}/edit").values | {"family_name": "Klein", "leaving": "en"}
    page = page_of(visitor.post(f"{path}/edit?lang=de", told), 200)
    assert page.all("html")[0]["lang"] == "de"
    assert (page.values["family_name"], page.values["locale"]) == ("Klein", "en")
    assert named("Änne").family_name == "Groß"


def test_an_address_of_somebody_else_is_said_beside_it(
    visitor: Visitor, event: Event, link: Make
) -> None:
    change_event(event, address_policy=AddressPolicy.ONE)
    link(given_name="Bert", email="bert@x.example")
    path = link()
    for page in ("edit", "transfer"):
        told = visitor.read(f"{path}/{page}").values | COLLEAGUE | {"email": "bert@x.example"}
        assert page_of(visitor.post(f"{path}/{page}", told), 422).errors == {"email"}
    assert named("Änne").state == "confirmed"


# Handing over


COLLEAGUE = {"given_name": "Clara", "family_name": "Conrad", "email": "clara@x.example"}


def test_a_place_is_handed_to_a_colleague(visitor: Visitor, event: Event, link: Make) -> None:
    factories.set_places(event, 1)
    path = link()
    assert visitor.read(path).all("a", href=f"{path}/transfer")
    form = visitor.read(f"{path}/transfer")
    assert "stops working at once" in form.text
    check_structure(form)
    told = form.values | COLLEAGUE
    for _ in range(2):
        answer = visitor.post(f"{path}/transfer", told)
        assert (answer.status_code, answer.headers["Location"]) == (303, path)
    new = named("Clara")
    assert new.alliance is not None
    assert (new.state, new.source, new.alliance.code) == ("confirmed", Source.TRANSFER, "MR4B")
    assert new.privacy_consent_at is None
    assert (mails("Clara"), mails()) == (["confirmed"], ["confirmed", "replaced"])
    page = visitor.read(path)
    assert state(page) == "Handed over: somebody else comes in your place"
    assert "Clara" not in page.text
    assert visitor.get(f"{path}/badge.pdf").status_code == 409
    assert "no place to hand over" in visitor.read(f"{path}/transfer", 409).text


def test_a_colleague_in_a_role_with_approval_is_a_request(
    visitor: Visitor, app: Flask, link: Make
) -> None:
    path = link(role="guest", alliance="MR4B")
    approve("Änne")
    form = visitor.read(f"{path}/transfer")
    assert "Your colleague needs approval" in form.text
    assert visitor.post(f"{path}/transfer", form.values | COLLEAGUE).status_code == 303
    assert named("Clara").state == "requested"


def test_whoever_was_named_by_others_is_asked_for_their_consent(
    visitor: Visitor, link: Make
) -> None:
    path = link()
    assert "Do you agree" not in visitor.read(path).text
    visitor.post(f"{path}/transfer", visitor.read(f"{path}/transfer").values | COLLEAGUE)
    own = path_of(named("Clara"))
    page = visitor.read(own)
    assert "Do you agree to the use of your data?" in page.text
    check_structure(page)
    before = named("Clara").updated_at
    assert press(visitor, own, "consent") == 303
    assert named("Clara").privacy_consent_at is not None
    assert named("Clara").privacy_version == "1"
    assert named("Clara").updated_at == before
    assert "Do you agree" not in visitor.read(own).text


def test_what_is_wrong_with_a_colleague_is_said_beside_it(visitor: Visitor, link: Make) -> None:
    path = link()
    told = visitor.read(f"{path}/transfer").values | COLLEAGUE | {"given_name": "🎉", "email": "x"}
    page = page_of(visitor.post(f"{path}/transfer", told), 422)
    assert page.errors == {"given_name", "email"}
    assert page.values["family_name"] == "Conrad"
    assert page_of(visitor.post(f"{path}/transfer", told | {"csrf_token": "no"}), 400)
    german = page_of(visitor.post(f"{path}/transfer?lang=de", told | {"leaving": "en"}), 200)
    assert german.values["family_name"] == "Conrad"
    assert named("Änne").state == "confirmed"


@pytest.mark.parametrize(("role", "alliance"), [("guest", ""), ("political", "MR4B")])
def test_a_place_that_is_for_one_person_cannot_be_handed_over(
    visitor: Visitor, link: Make, role: str, alliance: str
) -> None:
    path = link(role=role, alliance=alliance)
    assert not visitor.read(path).all("a", href=f"{path}/transfer")
    assert "for you personally" in visitor.read(f"{path}/transfer", 409).text
    told = visitor.read(f"{path}/edit").values | COLLEAGUE
    assert visitor.post(f"{path}/transfer", told).status_code == 409
    assert named("Änne").state in {"confirmed", "requested"}


def test_after_the_deadline_no_place_is_handed_over(
    visitor: Visitor, event: Event, link: Make
) -> None:
    path = link()
    told = visitor.read(f"{path}/transfer").values | COLLEAGUE
    move(event, 3)
    assert "possible until" in visitor.read(f"{path}/transfer", 409).text
    assert visitor.post(f"{path}/transfer", told).status_code == 409
    assert named("Änne").state == "confirmed"


# Consents


def test_photo_consent_can_be_withdrawn_at_any_time(
    visitor: Visitor, event: Event, link: Make
) -> None:
    path = link(photo_consent=True)
    move(event, 3)
    assert "No photos of me any more" in visitor.read(path).text
    assert press(visitor, path, "photos") == 303
    assert named("Änne").photo_consent is False
    page = visitor.read(path)
    assert "Your consent to photos is withdrawn." in page.text
    assert "No photos of me any more" not in page.text
    assert mails() == ["confirmed"]


def test_privacy_consent_can_be_withdrawn_and_ends_the_registration(
    visitor: Visitor, event: Event, link: Make
) -> None:
    path = link()
    move(event, 3)
    ask = visitor.read(f"{path}/withdraw")
    assert "your registration is then cancelled" in ask.text
    check_structure(ask)
    assert named("Änne").state == "confirmed"
    for _ in range(2):
        assert visitor.post(f"{path}/withdraw", ask.values).status_code == 303
    assert named("Änne").state == "cancelled"
    assert named("Änne").privacy_withdrawn_at is not None
    assert mails() == ["confirmed", "cancelled"]
    assert "You withdrew your consent" in visitor.read(path).text
    assert not visitor.read(f"{path}/withdraw").all("form")


@pytest.mark.parametrize("action", ["consent", "photos", "withdraw", "cancel"])
def test_nothing_changes_without_the_pages_own_token(
    visitor: Visitor, link: Make, action: str
) -> None:
    path = link(photo_consent=True)
    assert visitor.post(f"{path}/{action}").status_code == 400
    assert (named("Änne").state, named("Änne").photo_consent) == ("confirmed", True)


# Everything that is stored


def test_everything_stored_is_given_as_json(visitor: Visitor, link: Make) -> None:
    path = link(support_needs="step-free", photo_consent=True)
    answer = visitor.get(f"{path}/data.json")
    assert answer.mimetype == "application/json"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    data = json.loads(answer.data)
    assert data["person"]["support_needs"] == "step-free"
    assert data["registration"]["state"] == "confirmed"
    assert data["registration"]["roles"] == ["Delegate"]
    assert data["consents"]["photos"]["answer"] is True
    assert data["consents"]["privacy"]["version"] == "1"
    assert data["consents"]["privacy"]["given_at"].endswith("Z")
    assert [mail["kind"] for mail in data["mails"]] == ["confirmed"]
    assert data["badge"]["generation"] == 0
    assert data["scans"] == []


def test_no_column_of_a_registration_is_forgotten(visitor: Visitor, link: Make) -> None:
    """Whoever adds a column must say here whether it is the person's data."""
    told_elsewhere = {
        *("id", "event_id", "alliance_id", "role_id", "sector_id", "theme_id", "party_id"),
        *("invitation_id", "replaces_id", "photo_consent", "photo_consent_at"),
        *("privacy_consent_at", "privacy_version", "privacy_withdrawn_at"),
    }
    derived_or_ours = {"idempotency_key", "sort_name", "search_text", "sequence", "address_key"}
    somebody_elses = {"host_email"}
    data = json.loads(visitor.get(f"{link()}/data.json").data)
    told = set(data["person"]) | set(data["registration"])
    columns = {column.key for column in Registration.__table__.columns}
    assert columns == (columns & told) | told_elsewhere | derived_or_ours | somebody_elses


def test_no_table_about_a_person_is_forgotten(visitor: Visitor, link: Make) -> None:
    """Whoever adds a table must say here where its rows are told."""
    told_in = {
        "answer": "answers",
        "answer_file": "answers",
        "further_role": "registration",
        "badge": "badge",
        "printed": "badge",
        "certificate": "certificates",
        "delivery": "mails",
        "bounce": "address",
        "presence": "presence",
        "registration": "registration",
    }
    about = {"registration", "badge", "delivery"}
    tables = {
        table.name
        for table in Model.metadata.tables.values()
        if about & {key.column.table.name for key in table.foreign_keys}
    }
    assert tables == set(told_in)
    assert set(told_in.values()) <= set(json.loads(visitor.get(f"{link()}/data.json").data))


def test_everything_stored_is_given_as_a_table(visitor: Visitor, link: Make) -> None:
    path = link(position="=1+1", support_needs="a\nb;c")
    answer = visitor.get(f"{path}/data.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    text = answer.data.decode("utf-8-sig")
    rows = dict(csv.reader(io.StringIO(text, newline="")))
    assert rows["person.position"] == "'=1+1"
    assert rows["person.support_needs"] == "a\nb;c"
    assert rows["registration.roles.1"] == "Delegate"
    assert rows["mails.1.kind"] == "confirmed"
    german = visitor.get(f"{path}/data.csv?lang=de").data.decode("utf-8-sig")
    assert "person.given_name;Änne\r\n" in german


def test_nobody_elses_data_is_in_it(visitor: Visitor, event: Event, link: Make) -> None:
    path = link()
    visitor.post(f"{path}/transfer", visitor.read(f"{path}/transfer").values | COLLEAGUE)
    for own, other in ((path, "Clara"), (path_of(named("Clara")), "Änne")):
        data = visitor.get(f"{own}/data.json").data.decode()
        assert other not in data
    assert json.loads(visitor.get(f"{path}/data.json").data)["registration"]["handed_over"]
