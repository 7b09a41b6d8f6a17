"""SPF: which servers may send for a domain (RFC 7208)."""

import ipaddress
import re
from dataclasses import dataclass, field

from registration.services.senders.lookups import Lookups

MOST_LOOKUPS = 10
"""Beyond, receivers take the record for broken (§4.6.4)."""
MOST_EXCHANGES = 10
TERM = re.compile(r"([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)((?:[:/].*)?)", re.IGNORECASE)
MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE)
ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass
class Spf:
    """What a domain's record comes to, with all that it includes."""

    records: list[str] = field(default_factory=list)
    """Of the domain itself; there must be one."""
    lookups: int = 0
    ending: str = ""
    """``-``, ``~``, ``?`` or ``+``: what becomes of all others; "" if the record leaves it open."""
    networks: list[Network] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    """What is included, directly or not."""
    wrong: str = ""
    """The first term that nobody can read."""

    def covers(self, address: str) -> bool:
        """Return whether an address of the network may send."""
        found = ipaddress.ip_address(address)
        return any(found in each for each in self.networks if each.version == found.version)


def evaluate(domain: str, lookups: Lookups) -> Spf:
    """Read a domain's SPF record and what it includes.

    Raises:
        Unclear: the DNS does not answer.
    """
    spf = Spf(records=list(lookups.texts(domain, "v=spf1")))
    if len(spf.records) == 1:
        spf.ending = _read(spf.records[0], domain, spf, lookups)
    return spf


def _read(record: str, domain: str, spf: Spf, lookups: Lookups) -> str:
    """Add what a record allows; return how it ends."""
    redirect = ""
    for term in record.split()[1:]:
        mechanism = TERM.fullmatch(term)
        modifier = MODIFIER.fullmatch(term)
        if mechanism:
            sign, name, rest = mechanism[1] or "+", mechanism[2].lower(), mechanism[3]
            if name == "all":
                return sign
            _add(name, rest, domain, spf, lookups, counts=sign == "+")
        elif modifier and modifier[1].lower() == "redirect":
            redirect = modifier[2]
        elif not modifier:
            spf.wrong = spf.wrong or term
    return _follow(redirect, spf, lookups) if redirect else ""


def _follow(domain: str, spf: Spf, lookups: Lookups) -> str:
    """Read another domain's record; return how it ends."""
    spf.lookups += 1
    if spf.lookups > MOST_LOOKUPS or "%" in domain:
        return ""
    spf.domains.append(domain.lower().rstrip("."))
    found = lookups.texts(domain, "v=spf1")
    if len(found) != 1:
        spf.wrong = spf.wrong or domain
        return ""
    return _read(found[0], domain, spf, lookups)


def _add(name: str, rest: str, domain: str, spf: Spf, lookups: Lookups, *, counts: bool) -> None:
    """Add what one mechanism allows."""
    value, _slash, _mask = rest.removeprefix(":").partition("/")
    target = value or domain
    if name == "include":
        _follow(target, spf, lookups)
        return
    if name in ASKING:
        spf.lookups += 1
    if not counts or spf.lookups > MOST_LOOKUPS or "%" in target:
        return
    if name in {"ip4", "ip6"}:
        _add_networks([rest.removeprefix(":")], "", spf)
    elif name in {"a", "mx"}:
        _add_networks(_addresses(name, target, lookups), rest, spf)


def _addresses(name: str, domain: str, lookups: Lookups) -> list[str]:
    hosts = [domain]
    if name == "mx":
        hosts = [record.split()[-1] for record in lookups(domain, "MX")][:MOST_EXCHANGES]
    return addresses_of(hosts, lookups)


def addresses_of(hosts: list[str], lookups: Lookups) -> list[str]:
    """Return the addresses of hosts.

    Raises:
        Unclear: the DNS does not answer.
    """
    return [address for host in hosts for kind in ("A", "AAAA") for address in lookups(host, kind)]


def _add_networks(addresses: list[str], rest: str, spf: Spf) -> None:
    """Add addresses; ``rest`` may end with the widths of networks, as in ``/24//64`` (§5.6)."""
    four, _slashes, six = rest.partition("/")[2].partition("//")
    for address in addresses:
        width = six if ":" in address else four.partition("/")[0]
        try:
            text = f"{address}/{width}" if width and "/" not in address else address
            spf.networks.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            spf.wrong = spf.wrong or address
