"""Addresses are read the same on the short way, which lists of thousands take, as on the long."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from registration.services.text import usual_address

DOMAIN = ".".join(["d" * 60] * 3)
TEXTS = (
    *("Aenne.Gross+liste@Buendnis.Example", "a_b-c@x.de", "POSTMASTER@X.de", "info@x.de", "a@b"),
    *(".a@x.de", "a.@x.de", "a..b@x.de", "a b@x.de", "@x.de", "a@", "a", "", "a@x@y.de", "a@x..de"),
    *("änne@x.de", "a@bücher.de", "a@xn--bcher-kva.de", "a@[127.0.0.1]", "a@-x.de", "a@x.de."),
    *(
        f"{'a' * 64}@x.de",
        f"{'a' * 65}@x.de",
        f"{'a' * 60}@{DOMAIN}.de",
        f"{'a' * 64}@{DOMAIN}.museum",
    ),
    *('"a b"@x.de', "a'b@x.de", "a@x.test", "a@localhost", "a\n@x.de", "a@x.de\n", "a@x_y.de"),
)


def told_at_length(text: str) -> str:
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        return ""
    return found.normalized


@pytest.mark.parametrize("text", TEXTS)
def test_the_short_way_to_an_address_says_what_the_long_one_does(text: str) -> None:
    assert usual_address(text) == told_at_length(text)


@given(st.text("aZ0.+-_@äxn\n ", max_size=14))
def test_whatever_is_typed_as_an_address(text: str) -> None:
    assert usual_address(f"{text}@a.de") == told_at_length(f"{text}@a.de")
    assert usual_address(f"a@{text}.de") == told_at_length(f"a@{text}.de")


def test_a_name_before_the_at_that_no_server_need_take_is_refused() -> None:
    """RFC 5321 §4.5.3.1.1 has 64 octets."""
    assert usual_address(f"{'a' * 64}@x.de")
    assert not usual_address(f"{'a' * 65}@x.de")
