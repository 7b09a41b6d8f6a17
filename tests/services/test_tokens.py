"""A token says one thing in one way, and only we can say it."""

import random
import uuid
from collections.abc import Iterator

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from registration.errors import TokenRefused
from registration.models.events import Event
from registration.services import badges, keys
from registration.services.badges import tokens
from registration.services.badges.tokens import ALPHABET, BASE, PREFIX, Payload
from tests import factories

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
EVENT_ID = uuid.UUID("0191e8d4-0000-7000-8000-000000000001")
OTHER_EVENT_ID = uuid.UUID("0191e8d4-0000-7000-8000-000000000002")
PAYLOAD = Payload(1, 3, 4711, "00ff10a0b0c0d0e0", 7, 2)

payloads = st.builds(
    Payload,
    version=st.just(tokens.VERSION),
    key_slot=st.integers(0, 15),
    event_tag=st.integers(0, 0xFFFF),
    badge_id=st.binary(min_size=8, max_size=8).map(bytes.hex),
    generation=st.integers(0, 255),
    badge_class=st.integers(0, 255),
)


def is_accepted(text: str) -> bool:
    try:
        signed = tokens.decode(text)
    except TokenRefused:
        return False
    return tokens.verify(signed, KEY.public_key(), EVENT_ID)


@given(payloads, st.integers(0, tokens.LENGTH - 1), st.sampled_from(ALPHABET))
def test_whoever_signs_again_recognises_exactly_what_verifies(
    payload: Payload, at: int, letter: str
) -> None:
    token = tokens.encode(payload, KEY, EVENT_ID)
    changed = token[:at] + letter + token[at + 1 :]
    assert tokens.recognise(token, EVENT_ID, lambda _: KEY) == tokens.peek(token) == payload
    assert (tokens.recognise(changed, EVENT_ID, lambda _: KEY) is not None) == is_accepted(changed)
    for other in (token[:-1], token + "0", token.lower(), "é" * tokens.LENGTH):
        assert tokens.recognise(other, EVENT_ID, lambda _: KEY) is None
    assert tokens.recognise(token, OTHER_EVENT_ID, lambda _: KEY) is None
    assert tokens.recognise(token, EVENT_ID, lambda _: OTHER_KEY) is None
    assert tokens.recognise(token, EVENT_ID, lambda _: None) is None


def test_the_token_of_a_badge_is_verified_by_its_events_key(event: Event) -> None:
    badge = factories.register(event).badge
    assert badge is not None
    signed = tokens.decode(badges.token_of(badge))
    public_key = keys.find_public_key(event.id, signed.payload.key_slot)
    assert public_key is not None
    assert tokens.verify(signed, public_key, event.id)
    assert not tokens.verify(signed, public_key, uuid.uuid4())
    assert signed.payload.badge_id == badge.id
    assert signed.payload.event_tag == event.tag


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ],
)
def test_base45_is_that_of_rfc_9285(data: bytes, text: str) -> None:
    assert tokens.base45(data) == text
    assert tokens.from_base45(text) == data


@given(st.binary(max_size=120))
def test_base45_gives_back_what_it_was_given(data: bytes) -> None:
    assert tokens.from_base45(tokens.base45(data)) == data


def test_signatures_are_those_of_rfc_8032() -> None:
    """Test 3 of §7.1: the library signs as the RFC says."""
    secret = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
    signature = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )
    private_key = Ed25519PrivateKey.from_private_bytes(secret)
    assert private_key.sign(bytes.fromhex("af82")) == signature
    private_key.public_key().verify(signature, bytes.fromhex("af82"))


@given(payloads)
def test_a_token_says_what_it_was_made_to_say(payload: Payload) -> None:
    token = tokens.encode(payload, KEY, EVENT_ID)
    assert len(token) == tokens.LENGTH == 119
    assert tokens.decode(token).payload == payload
    assert is_accepted(token)
    assert token.strip() == token


def test_a_token_of_another_version_is_refused_though_it_is_signed() -> None:
    for version in set(range(16)) - {tokens.VERSION}:
        with pytest.raises(TokenRefused):
            tokens.decode(tokens.encode(PAYLOAD._replace(version=version), KEY, EVENT_ID))


def test_a_signature_counts_for_one_event_and_one_purpose() -> None:
    signed = tokens.decode(tokens.encode(PAYLOAD, KEY, EVENT_ID))
    bare = signed._replace(signature=KEY.sign(EVENT_ID.bytes + signed.raw))
    assert tokens.verify(signed, KEY.public_key(), EVENT_ID)
    assert not tokens.verify(signed, KEY.public_key(), OTHER_EVENT_ID)
    assert not tokens.verify(bare, KEY.public_key(), EVENT_ID)


def mutations(count: int, seed: int = 1) -> Iterator[tuple[str, str]]:
    """Return ``count`` texts that are no tokens of ours, each with a token that it was made of."""
    chance = random.Random(seed)
    genuine = [
        tokens.encode(
            PAYLOAD._replace(badge_id=chance.randbytes(8).hex(), generation=number), KEY, EVENT_ID
        )
        for number in range(200)
    ]
    known = set(genuine)
    while count:
        token = chance.choice(genuine)
        mutant = chance.choice(MUTATIONS)(token, chance)
        if mutant not in known:
            count -= 1
            yield mutant, token


def substituted(token: str, chance: random.Random) -> str:
    at = chance.randrange(len(token))
    return token[:at] + chance.choice(ALPHABET) + token[at + 1 :]


def inserted(token: str, chance: random.Random) -> str:
    at = chance.randrange(len(token) + 1)
    return token[:at] + chance.choice(ALPHABET + "\n\t\u00a0\u200b") + token[at:]


def deleted(token: str, chance: random.Random) -> str:
    at = chance.randrange(len(token))
    return token[:at] + token[at + 1 :]


def swapped(token: str, chance: random.Random) -> str:
    at = chance.randrange(len(token) - 1)
    return token[:at] + token[at + 1] + token[at] + token[at + 2 :]


def in_another_case(token: str, chance: random.Random) -> str:
    at = chance.randrange(len(token))
    return chance.choice([token.lower(), token[:at] + token[at:].swapcase(), token.casefold()])


def in_other_letters(token: str, chance: random.Random) -> str:
    """With digits and letters that look the same, or count as the same, to a careless reader."""
    at = chance.randrange(len(token))
    other = chr(ord(token[at]) + 0xFEE0) if token[at] > " " else "\u3000"
    return token[:at] + other + token[at + 1 :]


def padded(token: str, chance: random.Random) -> str:
    space = chance.choice([" ", "\n", "\r\n", "\t", "\x00", "\ufeff", "\u200f"])
    return chance.choice([space + token, token + space, space + token + space])


def truncated_or_extended(token: str, chance: random.Random) -> str:
    more = "".join(chance.choices(ALPHABET, k=chance.randrange(1, 6)))
    return chance.choice([token[: chance.randrange(len(token))], token + more, token * 2])


def not_canonical(token: str, chance: random.Random) -> str:
    """With another text for the same bytes: a value that its bytes cannot hold, modulo."""
    digits = token[len(PREFIX) :]
    at = chance.choice([*range(0, len(digits), 3)])
    part = digits[at : at + 3]
    most, over = (BASE**3, 0x10000) if len(part) == 3 else (BASE**2, 0x100)
    value = sum(ALPHABET.index(letter) * BASE**power for power, letter in enumerate(part)) + over
    if value >= most:
        return substituted(token, chance)
    letters = [ALPHABET[value // BASE**power % BASE] for power in range(len(part))]
    return PREFIX + digits[:at] + "".join(letters) + digits[at + 3 :]


def with_flipped_bits(token: str, chance: random.Random) -> str:
    raw = bytearray(tokens.from_base45(token[len(PREFIX) :]))
    for _ in range(chance.choice([1, 1, 1, 2, 8])):
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return PREFIX + tokens.base45(bytes(raw))


def with_a_sum_beyond_the_order(token: str, _chance: random.Random) -> str:
    """With a signature that satisfies the equation, but is not reduced (RFC 8032 §5.1.7)."""
    order = 2**252 + 27742317777372353535851937790883648493
    raw = tokens.from_base45(token[len(PREFIX) :])
    beyond = int.from_bytes(raw[-32:], "little") + order
    return PREFIX + tokens.base45(raw[:-32] + beyond.to_bytes(32, "little"))


def signed_by_another(token: str, chance: random.Random) -> str:
    payload = tokens.decode(token).payload
    if chance.random() < 0.5:
        return tokens.encode(payload, OTHER_KEY, EVENT_ID)
    return tokens.encode(payload, KEY, OTHER_EVENT_ID)


def with_another_prefix(token: str, chance: random.Random) -> str:
    return chance.choice(["E2:", "e1:", "E1;", "E1", "", "HC1:", "E1::"]) + token[len(PREFIX) :]


MUTATIONS = (
    substituted,
    inserted,
    deleted,
    swapped,
    in_another_case,
    in_other_letters,
    padded,
    truncated_or_extended,
    not_canonical,
    with_flipped_bits,
    with_a_sum_beyond_the_order,
    signed_by_another,
    with_another_prefix,
)


def test_of_100000_mutated_tokens_none_is_accepted() -> None:
    accepted = [mutant for mutant, _ in mutations(100_000) if is_accepted(mutant)]
    assert accepted == []


def decoded_leniently(text: str) -> tokens.Signed:
    """Decode as libraries do that mean well: trimmed, in any case, without a canonical check."""
    digits = text.strip().upper().removeprefix(PREFIX)
    raw = tokens.from_base45(digits)
    payload = PAYLOAD
    return tokens.Signed(payload, raw[: tokens.FORM.size], raw[tokens.FORM.size :])


def is_accepted_leniently(text: str) -> bool:
    try:
        signed = decoded_leniently(text)
        KEY.public_key().verify(signed.signature, tokens.DOMAIN + EVENT_ID.bytes + signed.raw)
    except (KeyError, InvalidSignature):
        return False
    return True


@pytest.mark.parametrize("mutation", [padded, in_another_case, not_canonical, with_another_prefix])
def test_a_lenient_decoder_accepts_what_ours_refuses(mutation: object) -> None:
    """The twin: without the strict checks, mutated tokens of these kinds come in."""
    chance = random.Random(2)
    token = tokens.encode(PAYLOAD, KEY, EVENT_ID)
    mutants = [mutation(token, chance) for _ in range(300)]  # type: ignore[operator]  # one of the above
    assert any(is_accepted_leniently(mutant) for mutant in mutants)
    assert not any(is_accepted(mutant) for mutant in mutants if mutant != token)


def test_a_key_that_verifies_everything_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other twin: with the signature unchecked, the mutations that keep the form come in."""
    monkeypatch.setattr(tokens, "verify", lambda *_: True)
    assert any(is_accepted(mutant) for mutant, _ in mutations(1000))
