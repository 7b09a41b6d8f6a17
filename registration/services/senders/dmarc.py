"""DMARC: what receivers are to do with mails that are not proven to be a domain's (RFC 7489)."""

from dataclasses import dataclass, field

from registration.services.senders.lookups import Lookups

MOST_STEPS = 8


@dataclass
class Dmarc:
    """The policy that holds for a domain."""

    domain: str = ""
    """Where it was found: the domain, or one above it; "" if nowhere."""
    records: list[str] = field(default_factory=list)
    policy: str = ""
    is_strict_spf: bool = False
    reports_to: str = ""


def tags(record: str) -> dict[str, str]:
    """Return the tags of a record: ``a=b; c=d``."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


def above(domain: str) -> list[str]:
    """Return a domain and those above it, but for the top one; at most eight."""
    labels = domain.rstrip(".").lower().split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)][-MOST_STEPS:]


def evaluate(domain: str, lookups: Lookups) -> Dmarc:
    """Find the policy of a domain, or of the nearest one above it that has one.

    Walks up the names, as the next version of DMARC does, and needs no list of public suffixes.

    Raises:
        Unclear: the DNS does not answer.
    """
    for name in above(domain):
        records = list(lookups.texts(f"_dmarc.{name}", "v=dmarc1"))
        if records:
            found = tags(records[0])
            policy = found.get("p", "")
            return Dmarc(
                domain=name,
                records=records,
                policy=(found.get("sp") or policy if name != domain else policy).lower(),
                is_strict_spf=found.get("aspf", "r").lower() == "s",
                reports_to=found.get("rua", ""),
            )
    return Dmarc()


def is_aligned(envelope: str, sender: str, dmarc: Dmarc) -> bool:
    """Return whether an envelope's domain stands for the sender's (§3.1).

    Strict: the same; else one organisation's, which is the domain that has the policy.
    """
    envelope, sender = envelope.lower(), sender.lower()
    if envelope == sender:
        return True
    if dmarc.is_strict_spf:
        return False
    shared = dmarc.domain or sender
    is_above = envelope.endswith(f".{sender}") or sender.endswith(f".{envelope}")
    return is_above or envelope == shared or envelope.endswith(f".{shared}")
