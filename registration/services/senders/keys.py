"""Keys for DKIM: whether the DNS has the one with which we sign (RFC 6376 §3.6)."""

from base64 import b64decode
from binascii import Error as NotBase64
from functools import partial

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from registration.services.deliveries.signing import RSA_BITS, Signer
from registration.services.senders.dmarc import tags
from registration.services.senders.findings import Entry, Finding, State, Topic
from registration.services.senders.lookups import Lookups


def check(domain: str, signer: Signer | None, lookups: Lookups) -> list[Finding]:
    """Say whether receivers find the key that our signatures need.

    Raises:
        Unclear: the DNS does not answer.
    """
    make = partial(Finding, topic=Topic.DKIM, domain=domain)
    if signer is None:
        return [make(state=State.UNKNOWN, code="dkim_not_ours")]
    name = signer.record_name
    records = tuple(text for text in lookups(name, "TXT") if "p=" in text)
    entry = Entry(name, "TXT", signer.record)
    attention = partial(
        make, state=State.ATTENTION, found=records, entry=entry, facts={"name": name}
    )
    if not records:
        return [attention(code="dkim_missing")]
    if len(records) > 1:
        return [attention(code="dkim_twice")]
    published = tags(records[0])
    key = "".join(published.get("p", "").split())
    if key != signer.public_key:
        return [attention(code="dkim_other" if key else "dkim_revoked")]
    bits = _bits(key)
    is_short, is_trial = 0 < bits < RSA_BITS, "y" in published.get("t", "")
    return [
        make(
            state=State.ATTENTION if is_short or is_trial else State.OK,
            code="dkim_short" if is_short else "dkim_testing" if is_trial else "dkim_there",
            found=records,
            facts={"name": name, "bits": bits},
        )
    ]


def _bits(key: str) -> int:
    """Return the length of an RSA key; 0 for what is none."""
    try:
        public = load_der_public_key(b64decode(key))
    except (ValueError, NotBase64):
        return 0
    return public.key_size if isinstance(public, RSAPublicKey) else 0
