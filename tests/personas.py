"""Everybody who may ask for a page, and something of each kind that they must or must not see.

What belongs to the alliance *Alfa* (MR4B) of one event has "alfa" in its names; there is one person
of *Bravo* (BIOZ) beside it, and a second event with alliances of the same codes.
"""

import uuid
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from registration import clock
from registration.database import Localised, db, transaction
from registration.models.accounts import AccountRole, Mandate
from registration.models.alliances import Alliance
from registration.models.certificates import Certificate
from registration.models.deliveries import Bounce, BounceKind, Delivery
from registration.models.events import Event
from registration.models.gates import Finding, FindingKind, Presence
from registration.models.invitations import Invitation
from registration.models.jobs import JobKind
from registration.models.questions import Answer, AnswerFile, Question, QuestionKind
from registration.models.registrations import Registration
from registration.models.roles import Coordination, Role, RoleAccess
from registration.models.rosters import Dispatch, DispatchState
from registration.services import (
    accounts,
    campaigns,
    certificates,
    dispatches,
    events,
    imports,
    invitations,
    jobs,
    leaving,
    registrations,
    tables,
    wordings,
)
from registration.services.accounts import Verified
from registration.services.badges.designs import logos, storing
from registration.services.badges.runs import asking
from registration.services.certificates import issuing
from registration.services.gates import devices
from registration.services.rosters import presets
from registration.views.accounts import COOKIE
from tests import factories
from tests.console import Browser

ALFA, BRAVO = "MR4B", "BIOZ"
HERE, ELSEWHERE = "werkstatt", "anderswo"
QUESTION = "cv"
HANDED = frozenset({"slug", "code", "kind", "locale", "weight", "filename"})
"""What an address names that is not made for it."""
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10">'
    b'<path d="M0 0H20V10H0z" fill="#5b2a6e"/></svg>'
)
ANEW = HANDED | {"upload_id"}
"""What is made anew for each address: a list that was taken back is gone."""
QUERIES = {"matrix.copy": {"alliance": ALFA}}
"""What an address needs behind it so that there is a page."""


class Persona(StrEnum):
    """Somebody with a browser."""

    ANONYMOUS = "anonymous"
    ATTENDEE = "attendee"
    """Holds the link to a registration of Alfa."""
    OF_ALFA = "coordinator of Alfa"
    OF_BRAVO = "coordinator of Bravo"
    STAFF = "staff"
    ORGANISER_ELSEWHERE = "organiser of another event"
    ORGANISER = "organiser"


ROLES = {
    Persona.OF_ALFA: AccountRole.COORDINATOR,
    Persona.OF_BRAVO: AccountRole.COORDINATOR,
    Persona.STAFF: AccountRole.STAFF,
    Persona.ORGANISER_ELSEWHERE: AccountRole.ORGANISER,
    Persona.ORGANISER: AccountRole.ORGANISER,
}


class World:
    """Two events, and on request one of whatever an address can name, always Alfa's."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.event = factories.make_event(HERE)
        self.elsewhere = factories.make_event(ELSEWHERE)
        self._browsers: dict[Persona, Browser] = {}
        self._kept: dict[tuple[str, str], object] = {}
        with transaction():
            presenter = db.session.scalars(
                select(Role).filter_by(event_id=self.event.id, code="presenter")
            ).one()
            presenter.access, presenter.coordination = RoleAccess.APPROVAL, Coordination.APPROVE
            events.revise(self.event.id)
        factories.register(self.event, alliance=BRAVO, given_name="Bruno", family_name="Bravo")

    @cached_property
    def treasure(self) -> uuid.UUID:
        """A request of Alfa that nobody may touch who does not answer for it."""
        return self._register(role="presenter").id

    def is_untouched(self) -> bool:
        """Return whether the treasure is as it was made."""
        db.session.rollback()
        registration = registrations.get(self.treasure)
        return registration.state == "requested" and (
            registration.created_at == registration.updated_at
        )

    def _register(self, role: str = "delegate") -> Registration:
        return factories.register(
            self.event,
            alliance=ALFA,
            role=role,
            given_name="Alma",
            family_name="Alfa",
            email=f"alfa-{uuid.uuid4().hex[:8]}@alfa.example",
            organisation="Alfa e. V.",
        )

    def alliance(self, event: Event, code: str = ALFA) -> Alliance:
        """Return an alliance by its code."""
        found = events.get_prospectus(event.slug).find_alliance(code)
        assert found is not None
        return found

    def browser(self, persona: Persona) -> Browser:
        """Return the persona's browser, signed in where they can."""
        if persona not in self._browsers:
            browser = self._browsers[persona] = Browser(self.app)
            browser.get("/organise/sign-in")  # for the form's security token
            if persona in ROLES:
                browser.client.set_cookie(COOKIE, self._session(persona))
            if persona == Persona.ATTENDEE:
                browser.get(f"/r/{self.registration_link()}")
        return self._browsers[persona]

    def forget(self, persona: Persona) -> None:
        """Let the persona's next request come from a fresh browser."""
        self._browsers.pop(persona, None)

    def _session(self, persona: Persona) -> str:
        email = f"konto-{list(Persona).index(persona)}@konto.example"
        with transaction():
            account = accounts.find(email)
            if account is None:
                role = ROLES[persona]
                account = accounts.create(
                    email=email, name="Konto", role=role, password="correct horse battery"
                )
                self._give_mandates(persona, account.id)
            return accounts.open_session(Verified(account.id, account.role, None))

    def _give_mandates(self, persona: Persona, account_id: int) -> None:
        scope: dict[Persona, tuple[Event, Alliance | None]] = {
            Persona.OF_ALFA: (self.event, self.alliance(self.event)),
            Persona.OF_BRAVO: (self.event, self.alliance(self.event, BRAVO)),
            Persona.ORGANISER_ELSEWHERE: (self.elsewhere, None),
        }
        if persona in scope:
            event, alliance = scope[persona]
            db.session.add(
                Mandate(
                    account_id=account_id,
                    event_id=event.id,
                    alliance_id=alliance.id if alliance else None,
                    alliance_key=alliance.id if alliance else 0,
                )
            )

    def address(
        self, rule: Rule, *, method: str = "POST", slug: str = HERE, alliance: str = ALFA
    ) -> str:
        """Return an address that fits the rule; each thing that it names is Alfa's.

        It is new for everything but reading. The event and the alliance may be others.
        """
        makers: Mapping[str, Callable[[], object]] = {
            "slug": lambda: slug,
            "code": lambda: (
                self.link(rule)
                if rule.rule.startswith("/certificates/")
                else self.question()
                if asks(rule)
                else alliance
            ),
            "token": lambda: self.link(rule),
            "delivery_id": self.delivery,
            "registration_id": lambda: self.registration().id,
            "invitation_id": lambda: self.invitation().id,
            "mandate_id": lambda: self.mandate().id,
            "device_id": self.device,
            "finding_id": self.finding,
            "bounce_id": self.bounce,
            "dispatch_id": lambda: self.dispatch().id,
            "certificate_id": lambda: self.certificate().id,
            "run_id": self.print_run,
            "design": self.design,
            "logo_id": self.logo,
            "job_id": self.import_job if "/import/" in rule.rule else self.job,
            "upload_id": lambda: self.upload(is_coordinators=rule.rule.startswith("/coordinate/")),
            "preset_id": self.preset,
            "roster": lambda: f"own-{self.preset()}",
            "campaign_id": self.campaign,
            "kind": lambda: "confirmed",
            "locale": lambda: "de",
            "wording_id": self.wording,
            "weight": lambda: 400,
            "filename": lambda: "icon.svg",
        }
        if method != "GET":
            self._kept.clear()
        given = {
            name: self._once(rule, name, makers[name]) for name in sorted(rule.arguments - ANEW)
        } | {name: makers[name]() for name in rule.arguments & ANEW}
        with self.app.test_request_context():
            more = QUERIES.get(rule.endpoint, {})
            built = self.app.url_map.bind("localhost").build(rule.endpoint, given | more)
        return str(built)

    def _once(self, rule: Rule, name: str, make: Callable[[], object]) -> object:
        """Return what was made before for such a rule, else make it."""
        key = (rule.rule.split("<")[0], name)
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def link(self, rule: Rule) -> str:
        """Return the token of a new link to what the rule shows."""
        if rule.rule.startswith("/d/"):
            return dispatches.link_of(self.dispatch()).rpartition("/")[2]
        if rule.rule.startswith("/certificates/"):
            return certificates.shown(self.certificate().code)
        if rule.rule.startswith("/u/"):
            return leaving.token_of(self._register().email)
        if rule.rule.startswith("/i/"):
            return invitations.link_token(self.invitation())
        if rule.rule.startswith("/coordinate/"):
            return accounts.welcome_token(self.mandate().account)
        return self.registration_link()

    def registration_link(self) -> str:
        """Return the token of a new link to a registration of somebody who came."""
        return registrations.link_token(self.certificate().registration)

    def registration(self) -> Registration:
        """Return a new registration with a badge and an answered file."""
        registration = self._register()
        question = self.question_row()
        now = registration.created_at
        with transaction() as session:
            keys: dict[str, Any] = {"registration_id": registration.id, "question_id": question}
            session.add(Answer(**keys, value="alfa.pdf", updated_at=now))
            session.add(AnswerFile(**keys, media_type="application/pdf", content=b"%PDF-"))
        return registrations.get(registration.id)

    def dispatch(self) -> Dispatch:
        """Return a new list for the house that was sent as a link."""
        with transaction() as session:
            dispatch, _ = dispatches.plan(
                self.event,
                dispatches.Plan(
                    roster={"kind": "security", "format": "pdf", "locale": "de"},
                    recipient="haus@haus.example",
                    recipient_name="Pforte",
                    purpose="Einlass",
                    is_attached=False,
                    expires_at=self.event.ends_at,
                    tells_changes=True,
                ),
                account_id=None,
            )
            dispatch.state, dispatch.sent_at = DispatchState.SENT, clock.now()
            session.flush()
            dispatch_id = dispatch.id
        return dispatches.get(dispatch_id, event_id=self.event.id)

    def certificate(self) -> Certificate:
        """Return a new certificate of somebody who came."""
        registration = self.registration()
        assert registration.badge is not None
        with transaction() as session:
            session.add(
                Presence(
                    badge_id=registration.badge.id,
                    event_id=self.event.id,
                    inside=False,
                    first_at=clock.now(),
                    first_gate="main",
                    last_at=clock.now(),
                )
            )
            certificate = Certificate(
                event_id=self.event.id,
                registration_id=registration.id,
                code=issuing.new_code(),
                name=registration.full_name,
                issued_at=clock.now(),
            )
            session.add(certificate)
            session.flush()
            certificate_id = certificate.id
        return certificates.get(certificate_id, event_id=self.event.id)

    def question(self) -> str:
        """Return the code of a question that is asked."""
        self.question_row()
        return QUESTION

    def question_row(self) -> int:
        """Return the id of the question for a file, asked again if it was removed."""
        with transaction() as session:
            row = session.scalars(
                select(Question).filter_by(event_id=self.event.id, code=QUESTION)
            ).one_or_none()
            if row is None:
                text = Localised({"de": "Lebenslauf", "en": "Curriculum"})
                row = Question(
                    event_id=self.event.id,
                    code=QUESTION,
                    kind=QuestionKind.FILE,
                    title=text,
                    help=Localised({}),
                    purpose=text,
                    position=0,
                )
                session.add(row)
            row.removed_at = None
            events.revise(self.event.id)
            session.flush()
            return row.id

    def invitation(self) -> Invitation:
        """Return a new invitation."""
        prospectus = events.get_prospectus(HERE)
        role = prospectus.find_role("delegate")
        assert role is not None
        with transaction():
            made = invitations.invite(
                prospectus,
                email=f"alfa-{uuid.uuid4().hex[:8]}@alfa.example",
                role=role,
                alliance=self.alliance(self.event),
                given_name="Alma",
                family_name="Alfa",
                actor="command",
            )
        return made

    def campaign(self) -> uuid.UUID:
        """Return the id of a new campaign."""
        with transaction():
            made = campaigns.draft(
                events.get_event(HERE), "logistics", account_id=None, actor="command"
            )
            made.title = "Alfa"
            return made.id

    def wording(self) -> int:
        """Return the id of a new version of a mail's text."""
        text = wordings.Text("Alfa", f"Alfa {uuid.uuid4()}")
        with transaction():
            kept = wordings.save(
                self.event.id, "confirmed", "de", text, actor="command", account_id=None
            )
            return kept.id

    def mandate(self) -> Mandate:
        """Return a new coordinator's mandate."""
        with transaction():
            return accounts.appoint(
                email=f"alfa-{uuid.uuid4().hex[:8]}@alfa.example",
                name="Alma Alfa",
                locale="de",
                alliance=self.alliance(self.event),
                actor="command",
            )

    def device(self) -> uuid.UUID:
        """Return the id of a new device."""
        with transaction():
            device, _ = devices.prepare(event=self.event, gate_code="main", actor="command")
            return device.id

    def finding(self) -> uuid.UUID:
        """Return the id of a new finding."""
        with transaction() as session:
            finding = Finding(
                event_id=self.event.id,
                kind=FindingKind.REFUSED,
                dedupe_key=uuid.uuid4().hex,
                detail={"seq": 1, "reason": "unreadable", "raw": "{}"},
                found_at=clock.now(),
            )
            session.add(finding)
            session.flush()
            return finding.id

    def delivery(self) -> uuid.UUID:
        """Return the id of the mail to a new attendee."""
        registration = self._register()
        return db.session.scalars(
            select(Delivery.id).where(Delivery.registration_id == registration.id)
        ).one()

    def bounce(self) -> uuid.UUID:
        """Return the id of a new notice about a mail to a new attendee."""
        delivery_id = self.delivery()
        with transaction() as session:
            bounce = Bounce(
                delivery_id=delivery_id,
                kind=BounceKind.HARD,
                status="5.1.1",
                digest=uuid.uuid4().hex,
                received_at=clock.now(),
            )
            session.add(bounce)
            session.flush()
            return bounce.id

    def print_run(self) -> uuid.UUID:
        """Return the id of a new print run: one badge at the door."""
        registration = self._register()
        with transaction():
            run = asking.print_one(
                registration.id,
                event_id=self.event.id,
                design="label",
                locale="de",
                reason="",
                account_id=None,
            )
            return run.id

    def job(self) -> uuid.UUID:
        """Return the id of a new job."""
        with transaction():
            job = jobs.ask(
                event_id=self.event.id,
                kind=JobKind.BADGES,
                parameters={"locale": "de"},
                account_id=None,
            )
            return job.id

    def design(self) -> str:
        """Return the code of a new design of the event's own."""
        with transaction():
            made = storing.copy(
                self.event.id,
                "a6",
                to=f"own-{uuid.uuid4().hex[:8]}",
                title="Alfa",
                actor="command",
            )
        return made.code

    def logo(self) -> int:
        """Return the number of a new logo."""
        with transaction():
            return logos.add(self.event.id, title="Alfa", content=LOGO, actor="command").id

    def preset(self) -> int:
        """Return the number of a new list that organisers have put together."""
        data = {"kind": "delegation", "title": f"Alfa {uuid.uuid4().hex}", "columns": ["name"]}
        with transaction():
            return presets.save(self.event.id, data, account_id=None).id

    def import_job(self) -> uuid.UUID:
        """Return the id of a new job that takes a list of Alfa's coordinator over."""
        parameters = {
            "apply": "good",
            "by": "coordinator",
            "locale": "de",
            "upload": str(uuid.uuid4()),
            "alliance": ALFA,
            "role": "",
            "columns": "",
        }
        with transaction():
            job = jobs.ask(
                event_id=self.event.id,
                kind=JobKind.IMPORT,
                parameters=parameters,
                account_id=None,
            )
            return job.id

    def upload(self, *, is_coordinators: bool) -> uuid.UUID:
        """Return the id of a new list of Alfa, brought by its coordinator or an organiser."""
        table = tables.read(b"Vorname;Nachname;E-Mail\nAlma;Alfa;alma@alfa.example\n", "alfa.csv")
        about = imports.uploads.keep(
            table,
            event_id=self.event.id,
            alliance=ALFA,
            is_coordinators=is_coordinators,
            file_name="alfa.csv",
        )
        return about.id

    def ask(self, persona: Persona, method: str, address: str) -> TestResponse:
        """Let the persona send a request; a form names the treasure wherever it may."""
        browser = self.browser(persona)
        if method == "GET":
            return browser.get(address)
        return browser.post(address, id=str(self.treasure), decision="approve", sure="1")


def asks(rule: Rule) -> bool:
    """Return whether the rule's code is a question's and not an alliance's."""
    return "/questions/" in rule.rule or "/answers/" in rule.rule


def names_something(rule: Rule) -> bool:
    """Return whether the rule names more than an event and an alliance."""
    more = set(rule.arguments) - {"slug", "code", "kind", "locale"}
    return bool(more) or (asks(rule) and "code" in rule.arguments)
