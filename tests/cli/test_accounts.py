"""The command ``einlass account``."""

import io

import pytest

from registration.models.events import Event
from registration.services import accounts
from tests.cli.conftest import Command, Outcome
from tests.console import PASSWORD

EMAIL = "clara@orga.example"


def give(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def create(einlass: Command) -> Outcome:
    return einlass("account", "create", "--email", EMAIL, "--role", "organiser", "--password-stdin")


def test_an_account_that_was_created_can_sign_in(
    einlass: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, f"{PASSWORD}\nnot this line\n")
    made = einlass(
        *("account", "create", "--email", "Clara@Orga.example", "--name", "Clara Vogt"),
        *("--role", "staff", "--password-stdin", "--json"),
    )
    assert made.code == 0, made.err
    assert made.json["email"] == EMAIL
    assert made.json["role"] == "staff"
    assert accounts.verify(EMAIL, PASSWORD).account_id == made.json["id"]


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        (EMAIL, "elevenchars", "The password is too short. Use at least 12 characters."),
        ("nobody", PASSWORD, "This is not an e-mail address. Check it."),
    ],
)
def test_what_cannot_be_taken_is_said_in_one_sentence(
    einlass: Command, monkeypatch: pytest.MonkeyPatch, email: str, password: str, sentence: str
) -> None:
    give(monkeypatch, password + "\n")
    refused = einlass(
        "account", "create", "--email", email, "--role", "organiser", "--password-stdin"
    )
    assert refused.code == 1
    assert sentence in refused.err
    assert password not in refused.err
    assert not accounts.list_accounts()


def test_one_address_has_one_account(einlass: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for expected in (0, 1):
        give(monkeypatch, PASSWORD + "\n")
        outcome = create(einlass)
        assert outcome.code == expected
    assert EMAIL in outcome.err


def test_a_disabled_account_shows_in_the_list_and_signs_in_no_more(
    einlass: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, PASSWORD + "\n")
    create(einlass)
    assert einlass("account", "disable", "--email", EMAIL).code == 0
    rows = einlass("account", "list", "--json").json
    assert [(row["email"], row["disabled"]) for row in rows] == [(EMAIL, True)]
    assert "password" not in str(rows)


def test_a_password_can_be_set_anew(einlass: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, PASSWORD + "\n")
    create(einlass)
    give(monkeypatch, "another horse battery\r\n")
    assert einlass("account", "set-password", "--email", EMAIL, "--password-stdin").code == 0
    assert accounts.verify(EMAIL, "another horse battery")


@pytest.mark.parametrize("verb", ["disable", "set-password"])
def test_an_unknown_account_is_named(
    einlass: Command, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    give(monkeypatch, PASSWORD + "\n")
    more = ("--password-stdin",) if verb == "set-password" else ()
    refused = einlass("account", verb, "--email", "nobody@orga.example", *more)
    assert refused.code == 1
    assert "nobody@orga.example" in refused.err


def create_as(einlass: Command, role: str, *options: str) -> Outcome:
    return einlass(
        *("account", "create", "--email", EMAIL, "--role", role, "--password-stdin", "--json"),
        *options,
    )


@pytest.mark.parametrize(
    ("role", "options", "answers_for"),
    [
        (
            "coordinator",
            ("--event", "werkstatt", "--alliance", "MR4B", "--alliance", "BIOZ"),
            {"werkstatt/MR4B", "werkstatt/BIOZ"},
        ),
        ("staff", ("--event", "werkstatt"), {"werkstatt"}),
        ("organiser", (), set()),
    ],
)
def test_an_account_answers_for_what_it_is_made_for(
    einlass: Command,
    monkeypatch: pytest.MonkeyPatch,
    event: Event,
    role: str,
    options: tuple[str, ...],
    answers_for: set[str],
) -> None:
    give(monkeypatch, PASSWORD + "\n")
    made = create_as(einlass, role, *options)
    assert made.code == 0, made.err
    assert set(made.json["answers_for"]) == answers_for
    [listed] = einlass("account", "list", "--json").json
    assert set(listed["answers_for"]) == answers_for
    assert all(each in einlass("account", "list").out for each in answers_for)


@pytest.mark.parametrize(
    ("role", "options", "code", "sentence"),
    [
        ("coordinator", ("--event", "werkstatt"), 2, "A coordinator needs --alliance"),
        ("coordinator", ("--alliance", "MR4B"), 2, "Name the --event"),
        ("staff", ("--event", "werkstatt", "--alliance", "MR4B"), 2, "nobody else takes one"),
        ("staff", ("--event", "nowhere"), 1, "There is no event 'nowhere'."),
        (
            "coordinator",
            ("--event", "werkstatt", "--alliance", "NOBODY"),
            1,
            "There is no alliance 'NOBODY'.",
        ),
    ],
)
def test_what_an_account_shall_answer_for_must_be_there_and_fit_its_role(
    einlass: Command,
    monkeypatch: pytest.MonkeyPatch,
    event: Event,
    role: str,
    options: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    give(monkeypatch, PASSWORD + "\n")
    refused = create_as(einlass, role, *options)
    assert refused.code == code
    assert sentence in refused.err
    assert not accounts.list_accounts()
