"""Who may ask for what: every route of the program, by everybody.

A new route belongs into `ACCESS`; one that is missing there fails the first test.
"""

from collections.abc import Mapping
from enum import StrEnum

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from registration.database import transaction
from registration.services import accounts, registrations
from registration.services.gates import devices
from registration.views import coordinate
from tests.personas import BRAVO, ELSEWHERE, HERE, Persona, World, names_something


class Access(StrEnum):
    """Whom a route is for."""

    PUBLIC = "public"
    LINK = "link"
    """Whoever has the link, and only what it is about."""
    SIGNED_IN = "signed-in"
    DELEGATION = "delegation"
    """The alliance's coordinators, and the event's organisers."""
    START = "start"
    """The console's start: organisers and staff of whatever event."""
    STAFF = "staff"
    ORGANISER = "organiser"
    DEVICE = "device"
    """An enrolled device, by its own token."""


ACCESS: Mapping[str, Access] = {
    endpoint: access
    for access, endpoints in {
        Access.PUBLIC: """
            static fonts.face health.livez health.readyz health.metrics
            gates.scanner gates.worker gates.web_manifest enrolment.enrol events.index events.show
            registrations.form.ask registrations.form.register registrations.form.registered
            registrations.together.ask registrations.together.register
            accounts.sign_in accounts.sign_out welcome.forgotten
            verification.ask verification.find
        """,
        Access.LINK: """
            registrations.attendee.show registrations.attendee.code registrations.attendee.badge_pdf
            registrations.attendee.calendar_file
            registrations.attendee.ask_accept registrations.attendee.accept
            registrations.answers.file
            registrations.cancellations.ask registrations.cancellations.cancel
            registrations.corrections.edit registrations.corrections.correct
            registrations.privacy.agree registrations.privacy.data_csv
            registrations.privacy.data_json registrations.privacy.withdraw_photos
            leaving.show leaving.leave
            registrations.privacy.ask_withdraw registrations.privacy.withdraw
            registrations.transfers.ask registrations.transfers.transfer
            invitations.show invitations.accept invitations.ask_decline invitations.decline
            welcome.choose
            verification.show certificate.download
            dispatched.show dispatched.ask_code dispatched.open_list dispatched.download
            dispatched.ask_file
        """,
        Access.SIGNED_IN: "coordinate.home.show",
        Access.DELEGATION: """
            coordinate.delegation.show
            coordinate.completion.ask coordinate.completion.sign_off coordinate.completion.withdraw
            coordinate.invitations.show coordinate.invitations.remind
            coordinate.invitations.ask_revoke coordinate.invitations.revoke
            coordinate.invitations.make_link coordinate.invitations.invite
            coordinate.downloads.ask coordinate.downloads.download
            coordinate.imports.start coordinate.imports.bring coordinate.imports.template
            coordinate.imports.show coordinate.imports.check
            coordinate.imports.choose coordinate.imports.apply
            coordinate.imports.discard coordinate.imports.reasons
            coordinate.imports.result coordinate.imports.taken
            coordinate.nominations.ask coordinate.nominations.nominate
            coordinate.together.ask coordinate.together.nominate
            coordinate.people.show coordinate.people.approve coordinate.people.cancel
            coordinate.people.decline coordinate.people.edit coordinate.people.correct
            coordinate.people.resend coordinate.decisions.decide
            coordinate.succession.ask coordinate.succession.replace
        """,
        Access.START: "accounts.home",
        Access.STAFF: """
            arrivals.show arrivals.show_alliance
            devices.list_devices devices.prepare devices.show devices.revoke devices.promote
            evacuation.show evacuation.ask_start evacuation.start evacuation.ask_stop
            evacuation.stop evacuation.tick
            findings.list_findings findings.resolve logs.ask logs.bring
        """,
        Access.ORGANISER: """
            overview.show bounces.list_bounces bounces.try_again senders.show senders.check
            badges.show badges.ask badges.choose badges.show_run badges.cancel badges.download
            designs.list_designs designs.edit_design designs.preview designs.copy designs.restore
            designs.add_logo designs.show_logo designs.remove_logo
            badges.print_one badges.show_one rosters.show rosters.ask rosters.download
            rosters.cancel rosters.choose rosters.csv rosters.page rosters.compose rosters.revise
            rosters.remove
            coordinators.list_alliances coordinators.show coordinators.invite
            coordinators.invite_again coordinators.dismiss coordinators.set_office
            imports.start imports.bring imports.template imports.show imports.choose
            imports.check imports.apply imports.discard imports.reasons imports.result
            imports.taken invitations_console.list_invitations invitations_console.show
            invitations_console.remind
            invitations_console.ask_revoke invitations_console.revoke
            invitations_console.ask_remind_all invitations_console.remind_all
            invitations_making.make_link invitations_making.invite invitations_making.invite_several
            campaigns.list_campaigns campaigns.draft campaigns.show campaigns.recipients
            campaigns.preview campaigns.try_out campaigns.schedule campaigns.start campaigns.stop
            campaigns.delete
            wordings.show wordings.edit wordings.preview wordings.try_out wordings.use_original
            wordings.see_version wordings.use_version
            quotas.show quotas.edit matrix.export matrix.apply matrix.copy matrix.read
            questions.show questions.add questions.edit questions.move questions.remove
            questions.restore questions.file
            registrations_console.list_registrations registrations_console.show
            registrations_console.approve registrations_console.cancel registrations_console.decline
            registrations_console.resend decisions.decide roles.change hosting.edit
            labelling.edit
            rules.edit
            dispatches.list_dispatches dispatches.add dispatches.show dispatches.cancel
            dispatches.send_now dispatches.send_again dispatches.renew_password
            certificates.list_people certificates.issue_all certificates.issue
            certificates.revoke certificates.download
            outbox.show outbox.act outbox.try_again outbox.show_one outbox.act_on outbox.page
        """,
        Access.DEVICE: """
            enrolment.find_people enrolment.count enrolment.note_wiped manifest.show
            scans.post_scans
        """,
    }.items()
    for endpoint in endpoints.split()
}


class Outcome(StrEnum):
    """What became of a request."""

    LET_IN = "let in"
    SIGN_IN = "sent to sign in"
    UNKNOWN = "not known"
    FORBIDDEN = "forbidden"
    NOT_THERE = "not there"
    BROKEN = "broken"


ANYBODY = dict.fromkeys(Persona, Outcome.LET_IN)
STRANGERS = {Persona.ANONYMOUS: Outcome.SIGN_IN, Persona.ATTENDEE: Outcome.SIGN_IN}
COORDINATORS = {Persona.OF_ALFA: Outcome.FORBIDDEN, Persona.OF_BRAVO: Outcome.FORBIDDEN}

EXPECTED: Mapping[Access, Mapping[Persona, Outcome]] = {
    Access.PUBLIC: ANYBODY,
    Access.LINK: ANYBODY,
    Access.SIGNED_IN: ANYBODY | STRANGERS,
    Access.DELEGATION: {
        **STRANGERS,
        Persona.OF_ALFA: Outcome.LET_IN,
        Persona.OF_BRAVO: Outcome.NOT_THERE,
        Persona.STAFF: Outcome.NOT_THERE,
        Persona.ORGANISER_ELSEWHERE: Outcome.NOT_THERE,
        Persona.ORGANISER: Outcome.LET_IN,
    },
    Access.START: ANYBODY | STRANGERS | COORDINATORS,
    Access.STAFF: {
        **STRANGERS,
        **COORDINATORS,
        Persona.STAFF: Outcome.LET_IN,
        Persona.ORGANISER_ELSEWHERE: Outcome.NOT_THERE,
        Persona.ORGANISER: Outcome.LET_IN,
    },
    Access.ORGANISER: {
        **STRANGERS,
        **COORDINATORS,
        Persona.STAFF: Outcome.FORBIDDEN,
        Persona.ORGANISER_ELSEWHERE: Outcome.NOT_THERE,
        Persona.ORGANISER: Outcome.LET_IN,
    },
    Access.DEVICE: dict.fromkeys(Persona, Outcome.UNKNOWN),
}

MAY_READ_ALFA = {Persona.OF_ALFA, Persona.ORGANISER}
AT_THE_DOOR = f"/organise/{HERE}/arrivals/"
"""Where staff see whom the door waits for."""


def outcome_of(response: TestResponse) -> Outcome:
    """Return what a request came to; a form that was refused was let in."""
    status = response.status_code
    if status >= 500 or status in {405, 429}:
        return Outcome.BROKEN
    if status in {302, 303} and str(response.location).startswith("/organise/sign-in?"):
        return Outcome.SIGN_IN
    return {401: Outcome.UNKNOWN, 403: Outcome.FORBIDDEN, 404: Outcome.NOT_THERE}.get(
        status, Outcome.LET_IN
    )


def requests_of(app: Flask) -> list[tuple[Rule, str]]:
    """Return every rule of the table with each of its methods."""
    return [
        (rule, method)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        if rule.endpoint in ACCESS
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
    ]


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two events and everybody; nobody has to wait between two tries."""
    monkeypatch.setitem(app.config, "SIGN_IN_RATE", 0)
    return World(app)


def faults(world: World, persona: Persona) -> list[str]:
    """Return which routes do not treat the persona as the tables say."""
    found = []
    for rule, method in requests_of(world.app):
        access = ACCESS[rule.endpoint]
        expected = EXPECTED[access][persona]
        changes = method if expected == Outcome.LET_IN else "GET"
        response = world.ask(persona, method, world.address(rule, method=changes))
        came = outcome_of(response)
        if came != expected:
            found.append(f"{method} {rule.rule}: {came} ({response.status_code}), not {expected}")
        if _says_too_much(response, persona, by_link=access == Access.LINK):
            found.append(f"{method} {rule.rule} names somebody")
        if rule.endpoint == "accounts.sign_out":
            world.forget(persona)
    return found


def _says_too_much(response: TestResponse, persona: Persona, *, by_link: bool) -> bool:
    said = response.get_data(as_text=True).lower() if "text" in str(response.mimetype) else ""
    at_the_door = persona == Persona.STAFF and response.request.path.startswith(AT_THE_DOOR)
    may_alfa = by_link or persona in MAY_READ_ALFA or at_the_door
    may_bravo = persona in {Persona.OF_BRAVO, Persona.ORGANISER} and not by_link
    return ("alfa" in said and not may_alfa) or ("bravo" in said and not may_bravo)


def unlisted(app: Flask) -> set[str]:
    """Return the routes that only one of program and table has."""
    return {rule.endpoint for rule in app.url_map.iter_rules()} ^ set(ACCESS)


def test_every_route_says_whom_it_is_for(sqlite_app: Flask) -> None:
    assert not unlisted(sqlite_app)
    fresh = Flask("fresh", static_folder=None)
    fresh.add_url_rule("/forgotten", "forgotten.route", lambda: "")
    assert "forgotten.route" in unlisted(fresh)


@pytest.mark.parametrize("persona", Persona)
def test_every_route_lets_in_whom_it_is_for_and_nobody_else(world: World, persona: Persona) -> None:
    assert not faults(world, persona)
    if persona not in MAY_READ_ALFA:
        assert world.is_untouched()


DECIDES = {"decisions.decide", "coordinate.decisions.decide"}
"""Take people whom a form marks; one who is not there may let the whole form be refused."""

THROUGH_OWN_PAGES = {
    Persona.OF_BRAVO: (Access.DELEGATION, HERE, BRAVO),
    Persona.ORGANISER_ELSEWHERE: (Access.ORGANISER, ELSEWHERE, "MR4B"),
}


def faults_through_own_pages(world: World, persona: Persona) -> list[str]:
    """Return which of the persona's own pages open what belongs to others."""
    found = []
    own_access, slug, code = THROUGH_OWN_PAGES[persona]
    for rule, method in requests_of(world.app):
        if ACCESS[rule.endpoint] not in {own_access, Access.STAFF} or "slug" not in rule.rule:
            continue
        if ACCESS[rule.endpoint] == Access.STAFF and persona == Persona.OF_BRAVO:
            continue
        address = world.address(rule, method="GET", slug=slug, alliance=code)
        response = world.ask(persona, method, address)
        came = outcome_of(response)
        marked = rule.endpoint in DECIDES and came == Outcome.NOT_THERE
        expected = Outcome.NOT_THERE if names_something(rule) else Outcome.LET_IN
        if came != expected and not marked:
            found.append(f"{method} {rule.rule}: {came} ({response.status_code}), not {expected}")
        if _says_too_much(response, persona, by_link=False):
            found.append(f"{method} {rule.rule} names somebody")
    return found


@pytest.mark.parametrize("persona", THROUGH_OWN_PAGES)
def test_through_their_own_pages_nobody_reaches_what_is_anothers(
    world: World, persona: Persona
) -> None:
    assert not faults_through_own_pages(world, persona)
    assert world.is_untouched()


def test_a_link_opens_only_what_it_was_made_for(world: World) -> None:
    rules = [each for each in requests_of(world.app) if ACCESS[each[0].endpoint] == Access.LINK]
    assert len(rules) > 20
    tokens = {rule.rule.split("<")[0]: world.link(rule) for rule, _ in rules}
    for rule, method in rules:
        start = rule.rule.split("<")[0]
        others = [token for kind, token in tokens.items() if kind != start]
        for token in (*others, tokens[start] + "x", tokens[start][:-2], "x"):
            address = world.address(rule, method="GET").split("/")
            address[start.count("/")] = token
            response = world.ask(Persona.ANONYMOUS, method, "/".join(address))
            if token in str(response.location):
                response = world.ask(Persona.ANONYMOUS, "GET", str(response.location))
            came = outcome_of(response)
            assert (came, rule.rule, method) == (Outcome.NOT_THERE, rule.rule, method)


def test_a_device_reaches_its_own_event_only(world: World) -> None:
    rules = [each for each in requests_of(world.app) if ACCESS[each[0].endpoint] == Access.DEVICE]
    assert len(rules) > 3
    for rule, method in rules:
        with transaction():  # one of them ends the device
            _, token = devices.create_enrolled(event=world.event, gate_code="main", actor="command")
        elsewhere = {Outcome.UNKNOWN, Outcome.FORBIDDEN, Outcome.NOT_THERE}
        for slug, given, expected in (
            (HERE, token[:-1], {Outcome.UNKNOWN}),
            (ELSEWHERE, token, elsewhere if "slug" in rule.arguments else {Outcome.LET_IN}),
            (HERE, token, {Outcome.LET_IN}),
        ):
            with world.app.app_context():
                response = world.app.test_client().open(
                    world.address(rule, slug=slug),
                    method=method,
                    json={} if method == "POST" else None,
                    headers={"Authorization": f"Bearer {given}"},
                )
            assert outcome_of(response) in expected, (rule.rule, slug, response.status_code)


def test_the_numbers_for_operators_are_for_this_machine(world: World) -> None:
    browser = world.browser(Persona.ORGANISER)
    assert browser.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403


def test_without_the_guard_of_events_an_organiser_of_another_would_get_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "may_see_event", lambda *_: True)
    assert len(faults(world, Persona.ORGANISER_ELSEWHERE)) > 30


def test_without_the_guard_of_alliances_a_coordinator_of_another_would_get_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybodys = [world.alliance(world.event)]
    monkeypatch.setattr(accounts, "alliances_of", lambda *_: everybodys)
    assert len(faults(world, Persona.OF_BRAVO)) > 20


def test_without_the_guard_of_people_a_coordinator_would_reach_anothers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (coordinate.people, coordinate.succession):
        monkeypatch.setattr(module, "load", registrations.get)
    assert len(faults_through_own_pages(world, Persona.OF_BRAVO)) > 5
