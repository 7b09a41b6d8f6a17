"""A coordinator at work: an event with two delegations, and a browser signed in for one."""

import copy
from typing import Any

from flask import Flask

from registration.database import db, transaction
from registration.models.accounts import AccountRole
from registration.models.audit import AuditEntry
from registration.models.events import Event
from registration.models.registrations import Registration
from registration.services import accounts, events, registrations
from registration.views.accounts import COOKIE
from tests import factories
from tests.console import PASSWORD, Browser, make_account

HERE = "/coordinate/werkstatt/MR4B"
THERE = "/coordinate/werkstatt/BIOZ"
OFFICE = "office@mr4b.example"


def make_event(slug: str = "werkstatt", **changes: Any) -> Event:
    """Create the small event with a role that coordinators approve, beside those they nominate."""
    facts = factories.facts(slug)
    shipped = copy.deepcopy(dict(events.facts_of("zukunftswerkstatt")))
    facts["roles"] += [row for row in shipped["roles"] if row["code"] == "moderator"]
    facts["event"] |= changes
    with transaction():
        event = events.create(facts, held_on=factories.in_days(42))
        for alliance in events.get_prospectus(slug).alliances:
            found = db.session.merge(alliance)
            found.office_email = f"office@{alliance.code.lower()}.example"
        events.revise(event.id)
    return event


def appoint(event: Event, code: str, email: str) -> int:
    """Let an account coordinate an alliance; return the account's id."""
    account = accounts.find(email)
    account_id = account.id if account else make_account(email, role=AccountRole.COORDINATOR)
    alliance = events.get_prospectus(event.slug).find_alliance(code)
    with transaction():
        found = accounts.get(email)
        accounts.grant(found, event_id=event.id, alliance=alliance, actor="command")
    return account_id


def signed_in(app: Flask, event: Event, code: str = "MR4B", *, language: str = "en") -> Browser:
    """Return a browser in which this alliance's coordinator has signed in."""
    email = f"{code.lower()}@buendnis.example"
    appoint(event, code, email)
    browser = Browser(app, language=language)
    with transaction():
        token = accounts.sign_in(email, PASSWORD)
    browser.client.set_cookie(COOKIE, token)
    browser.get(f"/coordinate/{event.slug}/{code}/")
    return browser


def again(registration: Registration) -> Registration:
    """Return the registration as it is stored now."""
    db.session.rollback()
    db.session.expire_all()
    return registrations.get(registration.id)


def actions() -> list[tuple[str, str]]:
    """Return what the audit log says of coordinators: action and actor, in order."""
    db.session.rollback()
    entries = db.session.query(AuditEntry).order_by(AuditEntry.id)
    return [(entry.action, entry.actor) for entry in entries if entry.actor.startswith("account:")]
