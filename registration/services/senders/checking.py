"""Checking senders: whether receivers can believe our mails, by what the DNS says."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parseaddr
from functools import partial

from flask import current_app

from registration.mailservers import parse_accounts
from registration.services.deliveries import signing
from registration.services.deliveries.signing import Signer
from registration.services.senders import dmarc, keys, spf
from registration.services.senders.findings import Entry, Finding, State, Topic
from registration.services.senders.lookups import Ask, Lookups, Unclear, ask_dns

SECONDS = 5.0
"""For everything together: somebody waits for the page."""
MOST_DOMAINS = 4
THREADS = 8
NOT_PUBLIC = frozenset({"localhost", "example", "test", "invalid", "local", "internal", "lan"})


@dataclass(frozen=True)
class Sender:
    """One way in which our mails name their sender."""

    domain: str
    """Of the address that readers see."""
    envelope: str
    """The domain of the address that notices come back to."""
    hosts: tuple[str, ...]
    """The mail servers that we hand mails to; none if they become files."""
    signer: Signer | None


def senders() -> list[Sender]:
    """Return the senders that the settings name."""
    usual = parseaddr(current_app.config["MAIL_FROM"])[1]
    accounts = parse_accounts(current_app.config["SMTP_URL"])
    hosts: dict[str, list[str]] = {}
    for account in accounts:
        address = parseaddr(account.mail_from)[1] or usual
        hosts.setdefault(domain_of(address), []).append(account.server.host)
    hosts = hosts or {domain_of(usual): []}
    bounce = current_app.config["BOUNCE_ADDRESS"]
    return [
        Sender(
            domain=domain,
            envelope=domain_of(bounce) if bounce else domain,
            hosts=tuple(dict.fromkeys(through)),
            signer=signing.find_signer(domain),
        )
        for domain, through in list(hosts.items())[:MOST_DOMAINS]
    ]


def domain_of(address: str) -> str:
    """Return the domain of an address in ASCII (RFC 5891), as the DNS has it."""
    domain = address.rpartition("@")[2].lower()
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def check(
    found: Sequence[Sender], *, ask: Ask = ask_dns, seconds: float = SECONDS
) -> list[Finding]:
    """Look at senders, all questions side by side; takes no longer than so many seconds.

    What the DNS did not answer in time is a finding too.
    """
    lookups = Lookups(ask, seconds=seconds)
    steps = [step for sender in found for step in _steps(sender, lookups)]
    with ThreadPoolExecutor(THREADS, thread_name_prefix="sender-check") as threads:
        return [finding for findings in threads.map(_done, steps) for finding in findings]


Step = tuple[Topic, str, Callable[[], list[Finding]]]


def _steps(sender: Sender, lookups: Lookups) -> list[Step]:
    if not _is_public(sender.domain):
        return [(Topic.DOMAIN, sender.domain, partial(_not_public, sender))]
    back = sorted({sender.domain, sender.envelope})
    return [
        *[(Topic.MX, domain, partial(check_mx, domain, lookups)) for domain in back],
        (Topic.SPF, sender.envelope, partial(check_spf, sender, lookups)),
        (Topic.DKIM, sender.domain, partial(keys.check, sender.domain, sender.signer, lookups)),
        (Topic.DMARC, sender.domain, partial(check_dmarc, sender, lookups)),
    ]


def _done(step: Step) -> list[Finding]:
    topic, domain, look = step
    try:
        return look()
    except Unclear as unclear:
        facts = {"name": str(unclear) or domain}
        return [
            Finding(topic=topic, state=State.UNKNOWN, code="no_answer", domain=domain, facts=facts)
        ]


def _is_public(domain: str) -> bool:
    return "." in domain and domain.rpartition(".")[2] not in NOT_PUBLIC


def _not_public(sender: Sender) -> list[Finding]:
    return [
        Finding(
            topic=Topic.DOMAIN,
            state=State.ATTENTION,
            code="not_public",
            domain=sender.domain,
        )
    ]


def check_mx(domain: str, lookups: Lookups) -> list[Finding]:
    """Say whether mails to a domain, such as replies and notices, arrive anywhere (RFC 5321 §5)."""
    found = tuple(sorted(lookups(domain, "MX")))
    make = partial(Finding, topic=Topic.MX, domain=domain, found=found)
    if found in {("0 .",)}:  # RFC 7505
        return [make(state=State.ATTENTION, code="mx_refuses")]
    if found:
        return [make(state=State.OK, code="mx_there")]
    if spf.addresses_of([domain], lookups):
        return [make(state=State.UNKNOWN, code="mx_by_address")]
    return [make(state=State.ATTENTION, code="mx_missing")]


def check_spf(sender: Sender, lookups: Lookups) -> list[Finding]:
    """Say whether a domain names the servers that may send for it, and whether ours is one."""
    domain = sender.envelope
    found = spf.evaluate(domain, lookups)
    make = partial(Finding, topic=Topic.SPF, domain=domain, found=tuple(found.records))
    attention = partial(make, state=State.ATTENTION)
    if not found.records:
        return [attention(code="spf_missing", entry=_proposed(sender))]
    if len(found.records) > 1:
        return [attention(code="spf_twice", facts={"count": len(found.records)})]
    if found.wrong:
        return [attention(code="spf_wrong", facts={"term": found.wrong})]
    if found.lookups > spf.MOST_LOOKUPS:
        return [attention(code="spf_too_many", facts={"count": found.lookups})]
    if found.ending == "+":
        return [attention(code="spf_everybody")]
    judged = (
        make(state=State.OK, code="spf_there", facts={"count": found.lookups})
        if found.ending in {"-", "~"}
        else attention(code="spf_open")
    )
    return [judged, *[_covered(host, sender, found, lookups) for host in sender.hosts]]


def _proposed(sender: Sender) -> Entry:
    hosts = [f"a:{host}" for host in sender.hosts if _is_public(host)]
    return Entry(sender.envelope, "TXT", " ".join(["v=spf1", "mx", *hosts, "~all"]))


def _covered(host: str, sender: Sender, found: spf.Spf, lookups: Lookups) -> Finding:
    """Say whether a mail server of ours is among those that may send, as far as can be told."""
    make = partial(Finding, topic=Topic.SENDING, domain=sender.envelope, facts={"host": host})
    if not _is_public(host):
        return make(state=State.UNKNOWN, code="sends_from_here")
    try:
        addresses = spf.addresses_of([host], lookups)
    except Unclear:
        addresses = []
    if any(found.covers(address) for address in addresses):
        return make(state=State.OK, code="sends_allowed")
    provider = ".".join(host.rsplit(".", 2)[-2:])
    if any(f".{name}".endswith(f".{provider}") for name in found.domains):
        return make(state=State.OK, code="sends_included")
    return make(state=State.UNKNOWN, code="sends_unknown")


def check_dmarc(sender: Sender, lookups: Lookups) -> list[Finding]:
    """Say what receivers do with mails that are not proven, and whether ours are."""
    domain = sender.domain
    found = dmarc.evaluate(domain, lookups)
    make = partial(Finding, topic=Topic.DMARC, domain=domain, found=tuple(found.records))
    if not found.records:
        entry = Entry(
            f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}"
        )
        return [make(state=State.ATTENTION, code="dmarc_missing", entry=entry)]
    facts = {"policy": found.policy, "where": found.domain}
    attention = partial(make, state=State.ATTENTION, facts=facts)
    if len(found.records) > 1:
        return [attention(code="dmarc_twice")]
    if found.policy not in {"none", "quarantine", "reject"}:
        return [attention(code="dmarc_wrong")]
    judged = make(state=State.OK, code=f"dmarc_{found.policy}", facts=facts)
    return [judged, _proven(sender, found)]


def _proven(sender: Sender, found: dmarc.Dmarc) -> Finding:
    """Say by what a mail of ours is proven to be the sender's."""
    make = partial(
        Finding,
        topic=Topic.DMARC,
        domain=sender.domain,
        facts={"envelope": sender.envelope, "domain": sender.domain},
    )
    if dmarc.is_aligned(sender.envelope, sender.domain, found):
        return make(state=State.OK, code="aligned")
    if sender.signer is not None:
        return make(state=State.OK, code="aligned_by_dkim")
    return make(state=State.ATTENTION, code="not_aligned")
