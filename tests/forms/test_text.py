"""Texts are tidied, and what cannot be printed is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.forms.text import find_hidden, find_picture, tidy


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Änne \t", "Änne"),
        ("A\u0308nne", "Änne"),
        ("Prof.\u00a0Dr.", "Prof. Dr."),
        ("one\r\ntwo", "one\ntwo"),
        ("\u2003", ""),
    ],
)
def test_texts_are_composed_and_trimmed(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


@pytest.mark.parametrize(
    "name",
    [
        "Müller-Lüdenscheidt",
        "O’Neill",
        "Łukasz",
        "Αθηνά",
        "Дмитрий",
        "שרה לוי",
        "محمد",
        "李小龍",
        "Ng",
        "علی\u200cرضا",
        "ශ්\u200dරී",
        "রেজওয়ান র\u200d্যাব",
        "രാജന്\u200d",
        "क्\u200dष",
    ],
)
def test_names_of_every_script_can_be_printed(name: str) -> None:
    assert find_hidden(name) == ""
    assert find_picture(name) == ""


@pytest.mark.parametrize(
    "sign",
    [
        *"\0\x07\x1b\x7f\x85",
        *"\u200e\u200f\u202a\u202e\u2066\u2069",
        *"\u200b\u00ad\ufeff\u2028",
        "\ud800",
    ],
    ids=lambda sign: f"U+{ord(sign):04X}",
)
def test_what_nobody_sees_is_found(sign: str) -> None:
    assert find_hidden(f"An{sign}na") == sign
    assert find_hidden(f"An{sign}na", lines=True) == sign


@pytest.mark.parametrize("joiner", ["\u200c", "\u200d"])
@pytest.mark.parametrize(
    "around", ["An{}na", "{}علی", "علی{}", "علی{0}{0}رضا", "علی {}رضا", "A{}علی", "{}", "12{}34"]
)
def test_joiners_are_spelling_only_where_they_join(joiner: str, around: str) -> None:
    assert find_hidden(around.format(joiner)) == joiner


def test_line_breaks_are_hidden_where_there_is_one_line() -> None:
    assert find_hidden("one\ntwo") == "\n"
    assert find_hidden("one\ntwo", lines=True) == ""


@pytest.mark.parametrize(
    "sign", ["🎉", "☺", "👍🏽", "🇩🇪", "1\ufe0f\u20e3", "\ue000", "\ufffd", "\u0378"]
)
def test_pictures_are_found(sign: str) -> None:
    assert find_picture(f"An{sign}na") != ""


@pytest.mark.parametrize("name", ["Kraft® GmbH", "Werk N° 5", "Plant³", "A & B", "50 % + x = ^"])
def test_names_of_firms_can_be_printed(name: str) -> None:
    assert find_picture(name) == ""


@given(st.text())
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@given(st.text(alphabet=st.characters(categories=["L", "Nd", "Zs", "P"]), max_size=50))
def test_letters_digits_and_punctuation_always_pass(text: str) -> None:
    assert find_hidden(tidy(text)) == ""
    assert find_picture(tidy(text)) == ""
