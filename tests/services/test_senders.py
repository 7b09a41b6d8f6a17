"""The check of a sender reads what the DNS says as receivers do, and says what is missing."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pytest
from flask import Flask

from registration.services.deliveries.signing import Signer, make_key
from registration.services.senders import checking, dmarc, lookups, spf, words
from registration.services.senders.checking import Sender
from registration.services.senders.findings import Finding, State, Topic
from registration.services.senders.lookups import Lookups, Unclear

Zone = Mapping[tuple[str, str], Sequence[str]]

DOMAIN = "zukunft.de"
PEM = make_key()
SIGNER = Signer.read(PEM, domain=DOMAIN, selector="einlass")
SENDER = Sender(DOMAIN, DOMAIN, ("smtp.provider.net",), SIGNER)
GOOD: Zone = {
    (DOMAIN, "MX"): ["10 mx.provider.net."],
    (DOMAIN, "TXT"): ["google-site-verification=1", "v=spf1 include:_spf.provider.net -all"],
    ("_spf.provider.net", "TXT"): ["v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all"],
    ("smtp.provider.net", "A"): ["192.0.2.7"],
    (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:a@zukunft.de"],
    (f"einlass._domainkey.{DOMAIN}", "TXT"): [SIGNER.record],
}


def asking(zone: Zone) -> lookups.Ask:
    """Return a DNS that knows only this; UNCLEAR among the records is one that does not answer."""

    def ask(name: str, kind: str, _seconds: float) -> Sequence[str]:
        found = zone.get((name, kind), [])
        if "UNCLEAR" in found:
            raise Unclear(name)
        return found

    return ask


def check(zone: Zone, sender: Sender = SENDER) -> dict[str, Finding]:
    return {each.code: each for each in checking.check([sender], ask=asking(zone))}


def changed(**records: Sequence[str]) -> Zone:
    """Return the good zone with other records: spf, dmarc, dkim or mx."""
    names = {
        "spf": (DOMAIN, "TXT"),
        "dmarc": (f"_dmarc.{DOMAIN}", "TXT"),
        "dkim": (f"einlass._domainkey.{DOMAIN}", "TXT"),
        "mx": (DOMAIN, "MX"),
    }
    return {**GOOD, **{names[name]: found for name, found in records.items()}}


def test_a_sender_that_is_set_up_well_needs_nothing() -> None:
    found = check(GOOD)
    assert set(found) == {
        "mx_there",
        "spf_there",
        "sends_allowed",
        "dkim_there",
        "dmarc_quarantine",
        "aligned",
    }
    assert {each.state for each in found.values()} == {State.OK}


OTHER = Signer.read(make_key(), domain=DOMAIN, selector="einlass").record


@pytest.mark.parametrize(
    ("zone", "code"),
    [
        (changed(spf=[]), "spf_missing"),
        (changed(spf=["v=spf1 -all", "v=spf1 mx ~all"]), "spf_twice"),
        (changed(spf=["v=spf1 ipv4:192.0.2.1 -all"]), "spf_wrong"),
        (changed(spf=["v=spf1 ip4:300.0.2.1 -all"]), "spf_wrong"),
        (changed(spf=["v=spf1 include:nothing.example -all"]), "spf_wrong"),
        (changed(spf=["v=spf1 mx"]), "spf_open"),
        (changed(spf=["v=spf1 +all"]), "spf_everybody"),
        (changed(spf=["v=spf1 redirect=zukunft.de"]), "spf_too_many"),
        (changed(spf=["UNCLEAR"]), "no_answer"),
        (changed(mx=[]), "mx_missing"),
        (changed(mx=["0 ."]), "mx_refuses"),
        ({**changed(mx=[]), (DOMAIN, "A"): ["192.0.2.9"]}, "mx_by_address"),
        (changed(dkim=[]), "dkim_missing"),
        (changed(dkim=["v=DKIM1; p="]), "dkim_revoked"),
        (changed(dkim=[OTHER]), "dkim_other"),
        (changed(dkim=[SIGNER.record, OTHER]), "dkim_twice"),
        (changed(dkim=[f"{SIGNER.record}; t=y"]), "dkim_testing"),
        (changed(dkim=["UNCLEAR"]), "no_answer"),
        (changed(dmarc=[]), "dmarc_missing"),
        (changed(dmarc=["v=DMARC1; rua=mailto:a@b.example"]), "dmarc_wrong"),
        (changed(dmarc=["v=DMARC1; p=none", "v=DMARC1; p=reject"]), "dmarc_twice"),
        (changed(dmarc=["v=DMARC1; p=none"]), "dmarc_none"),
    ],
)
def test_what_is_missing_or_wrong_is_said(app_texts: None, zone: Zone, code: str) -> None:
    found = check(zone)
    assert code in found
    if code.endswith("_missing") and code != "mx_missing":
        entry = found[code].entry
        assert entry is not None
        assert entry.name.endswith(DOMAIN)
    for each in found.values():
        assert "%(" not in words.say(each)


@pytest.fixture
def app_texts(sqlite_app: Flask) -> Iterator[None]:
    """The application's texts; its database is not used."""
    with sqlite_app.app_context():
        yield


def test_a_subdomain_uses_the_policy_above_it_and_stands_for_its_domain() -> None:
    sender = Sender("mail.zukunft.de", "bounces.zukunft.de", (), None)
    zone = {**GOOD, ("_dmarc.zukunft.de", "TXT"): ["v=DMARC1; p=reject; sp=none"]}
    found = check(zone, sender)
    assert {"dmarc_none", "aligned", "dkim_not_ours"} <= set(found)
    strict = {**GOOD, ("_dmarc.zukunft.de", "TXT"): ["v=DMARC1; p=reject; aspf=s"]}
    assert "not_aligned" in check(strict, sender)


def test_an_envelope_of_another_house_needs_our_signature() -> None:
    envelope = "bounces.provider.net"
    assert "not_aligned" in check(GOOD, Sender(DOMAIN, envelope, (), None))
    assert "aligned_by_dkim" in check(GOOD, Sender(DOMAIN, envelope, (), SIGNER))


def test_what_cannot_be_known_of_the_sending_server_is_said_so() -> None:
    unknown = changed(spf=["v=spf1 ip4:198.51.100.1 -all"])
    assert check(unknown)["sends_unknown"].state == State.UNKNOWN
    elsewhere = {**GOOD, ("smtp.provider.net", "A"): ["203.0.113.5"]}
    assert check(elsewhere)["sends_included"].state == State.OK
    here = Sender(DOMAIN, DOMAIN, ("localhost",), SIGNER)
    assert check(GOOD, here)["sends_from_here"].state == State.UNKNOWN


def test_a_sender_that_nobody_can_look_up_is_not_looked_up() -> None:
    def ask(*_question: object) -> Sequence[str]:
        raise AssertionError("asked")

    sender = Sender("localhost", "localhost", (), None)
    (found,) = checking.check([sender], ask=ask)
    assert (found.topic, found.code) == (Topic.DOMAIN, "not_public")


def test_a_dns_that_never_answers_costs_the_deadline_and_no_more() -> None:
    asked: list[float] = []
    side_by_side = threading.Barrier(4, timeout=60)

    def hang(name: str, _kind: str, seconds: float) -> Sequence[str]:
        asked.append(seconds)
        side_by_side.wait()
        raise Unclear(name)  # as the resolver does when its time is up

    found = checking.check([SENDER], ask=hang, seconds=30)
    assert {each.code for each in found} == {"no_answer"}
    assert max(asked) <= 30


def test_no_record_makes_the_check_ask_without_end() -> None:
    asked = 0

    def ask(_name: str, kind: str, _seconds: float) -> Sequence[str]:
        nonlocal asked
        asked += 1
        many = " ".join(f"include:{number}.loop.de mx a:{number}.x.de" for number in range(300))
        return [f"v=spf1 {many} -all"] if kind == "TXT" else ["10 a.loop.de"] * 300

    found = spf.evaluate("loop.de", Lookups(ask, seconds=5))
    assert found.lookups > spf.MOST_LOOKUPS
    assert asked < 60


def test_networks_of_mechanisms_are_as_wide_as_they_say() -> None:
    zone = {
        ("w.de", "TXT"): ["v=spf1 a/24//64 mx:m.de/31 -ip4:203.0.113.9 ip4:198.51.100.7 -all"],
        ("w.de", "A"): ["192.0.2.1"],
        ("w.de", "AAAA"): ["2001:db8::1"],
        ("m.de", "MX"): ["5 h.m.de."],
        ("h.m.de.", "A"): [],
        ("h.m.de", "A"): ["192.0.3.4"],
    }
    found = spf.evaluate("w.de", Lookups(asking(zone), seconds=5))
    covered = ["192.0.2.200", "2001:db8::ffff", "192.0.3.5", "198.51.100.7"]
    not_covered = ["192.0.3.6", "198.51.100.8", "203.0.113.9", "2001:db8:1::1"]
    assert [found.covers(each) for each in covered] == [True] * 4
    assert [found.covers(each) for each in not_covered] == [False] * 4


def test_names_are_walked_up_to_the_one_below_the_top() -> None:
    assert dmarc.above("a.b.zukunft.de") == ["a.b.zukunft.de", "b.zukunft.de", "zukunft.de"]
    assert len(dmarc.above(".".join("x" * 40) + ".de")) == 8


class Answer:
    """What dnspython returns of a TXT record."""

    def __init__(self, *strings: bytes) -> None:
        self.strings = strings


@pytest.mark.parametrize(
    ("raised", "is_clear"),
    [("NXDOMAIN", True), ("NoAnswer", True), ("NoNameservers", False), ("LifetimeTimeout", False)],
)
def test_the_resolver_tells_nothing_there_from_no_answer(
    monkeypatch: pytest.MonkeyPatch, raised: str, is_clear: bool
) -> None:
    import dns.resolver  # noqa: PLC0415  # as the program does

    error = getattr(dns.resolver, raised)

    def fail(*_asked: object, **_options: object) -> None:
        raise error.__new__(error)

    monkeypatch.setattr(dns.resolver, "resolve", fail)
    ask: Callable[[], Sequence[str]] = partial(lookups.ask_dns, "zukunft.de", "TXT", 1.0)
    if is_clear:
        assert ask() == []
    else:
        with pytest.raises(Unclear):
            ask()


def test_a_record_of_several_strings_is_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    import dns.resolver  # noqa: PLC0415  # as the program does

    split = [SIGNER.record[:200].encode(), SIGNER.record[200:].encode()]
    monkeypatch.setattr(dns.resolver, "resolve", lambda *_a, **_o: [Answer(*split)])
    assert lookups.ask_dns("zukunft.de", "TXT", 1.0) == [SIGNER.record]
