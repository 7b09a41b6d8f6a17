"""Names are taken apart as whoever wrote the list meant them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.models.registrations import Salutation
from registration.services.imports import names


def parts(text: str, *, family_first: bool = False) -> tuple[str, str, str]:
    found = names.split(text, family_first=family_first)
    return found.title, found.given, found.family


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Änne Groß", ("", "Änne", "Groß")),
        ("Groß, Änne", ("", "Änne", "Groß")),
        ("Prof. Dr. Änne Groß", ("Prof. Dr.", "Änne", "Groß")),
        ("Groß, Prof. Dr. Änne", ("Prof. Dr.", "Änne", "Groß")),
        ("Prof. Dr. Groß, Änne", ("Prof. Dr.", "Änne", "Groß")),
        ("Groß, Änne, Dr.", ("Dr.", "Änne", "Groß")),
        ("Prof. Dr. Müller", ("Prof. Dr.", "", "Müller")),
        ("Dr.-Ing. habil. Max von der Au", ("Dr.-Ing. habil.", "Max", "von der Au")),
        ("von der Au, Max", ("", "Max", "von der Au")),
        ("PD Dr. rer. nat. Eva Au", ("PD Dr. rer. nat.", "Eva", "Au")),
        ("Prof. Dr. Dr. h. c. mult. Eva Au", ("Prof. Dr. Dr. h. c. mult.", "Eva", "Au")),
        ("Dr. h.c. Eva Au", ("Dr. h.c.", "Eva", "Au")),
        ("Prof.in Dr.in Eva Au", ("Prof.in Dr.in", "Eva", "Au")),
        ("Dipl.-Ing. (FH) Karl Otto", ("Dipl.-Ing. (FH)", "Karl", "Otto")),
        ("Jun.-Prof. Dr. Eva Au", ("Jun.-Prof. Dr.", "Eva", "Au")),
        ("Eva Au, M.A.", ("M.A.", "Eva", "Au")),
        ("Eva Au PhD", ("PhD", "Eva", "Au")),
        ("Karl-Heinz Müller-Lüdenscheidt, MdB", ("MdB", "Karl-Heinz", "Müller-Lüdenscheidt")),
        ("Dr. C. Müller", ("Dr.", "C.", "Müller")),
        ("Drew Barry", ("", "Drew", "Barry")),
        ("In Sung Kim", ("", "In Sung", "Kim")),
        ("Em Müller", ("", "Em", "Müller")),
        ("Dr. Emil Med", ("Dr.", "Emil", "Med")),
        ("Maria de la Cruz", ("", "Maria", "de la Cruz")),
        ("O'Neill, Shaquille", ("", "Shaquille", "O'Neill")),
        ("Müller", ("", "", "Müller")),
        ("von der Au", ("", "", "von der Au")),
        ("Prof. Dr.", ("Prof. Dr.", "", "")),
        ("", ("", "", "")),
        (",", ("", "", "")),
    ],
)
def test_a_full_name_is_taken_apart(text: str, expected: tuple[str, str, str]) -> None:
    assert parts(text) == expected


def test_where_the_header_says_so_names_begin_with_the_family_name() -> None:
    assert parts("von der Au Eva Maria", family_first=True) == ("", "Eva Maria", "von der Au")
    assert parts("Groß, Änne", family_first=True) == ("", "Änne", "Groß")


def test_a_salutation_before_the_name_is_one() -> None:
    assert names.split("Frau Dr. Eva Au").salutation == Salutation.MS
    assert names.split("Au, Herr Max").salutation == Salutation.MR
    assert names.split("Herr").salutation is None


def test_titles_are_told_once() -> None:
    assert names.joined("Dr.", "Prof. Dr.", "") == "Prof. Dr."
    assert names.joined("Prof. Dr.", "Dr.") == "Prof. Dr."
    assert names.joined("Prof.", "Dr.") == "Prof. Dr."


LETTERS = st.text(st.sampled_from("abcxyzäöüßéñł"), min_size=1, max_size=12).map(str.capitalize)


@given(LETTERS, LETTERS)
def test_family_and_given_name_never_change_places(given_name: str, family_name: str) -> None:
    assert parts(f"{family_name}, {given_name}")[1:] == (given_name, family_name)
    assert parts(f"{given_name} {family_name}")[1:] == (given_name, family_name)


@given(st.text(max_size=60))
def test_no_word_of_any_name_is_lost(text: str) -> None:
    found = names.split(text)
    told = f"{found.title} {found.given} {found.family}"
    words = [word for word in text.replace(",", " ").split() if names.salutation_of(word) is None]
    assert all(word in told for word in words)
