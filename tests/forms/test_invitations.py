"""A pasted list of people is understood as mail programs and spreadsheets write it."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from registration.forms.invitations import Line, read_lines
from registration.forms.invitations.lines import _parts_of, _split_name

MILA = ("", "Mila", "Hahn", "mila@landtag.example")
DOCTOR = ("Dr.", "Mila", "Hahn", "mila@landtag.example")


def parts(line: Line) -> tuple[str, str, str, str]:
    return (line.title, line.given_name, line.family_name, line.email)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mila Hahn <mila@landtag.example>", MILA),
        ('"Hahn, Mila" <mila@landtag.example>', MILA),
        ("Hahn, Dr. Mila <mila@landtag.example>;", DOCTOR),
        ("Frau Dr. Mila Hahn <mila@landtag.example>", DOCTOR),
        ("Mila Hahn mila@landtag.example", MILA),
        ("Mila;Hahn;mila@landtag.example", MILA),
        ("mila@landtag.example;Mila;Hahn", MILA),
        ("Mila, Hahn, mila@landtag.example", MILA),
        ("Mila\tHahn\tmila@landtag.example", MILA),
        ("Dr. Mila Hahn; mila@landtag.example", DOCTOR),
        ("mila@landtag.example", ("", "", "", "mila@landtag.example")),
        ("<mila@landtag.example>", ("", "", "", "mila@landtag.example")),
        (
            "Prof. Dr. rer. nat. J. S. von der Heide <h@x.example>",
            ("Prof. Dr. rer. nat.", "J. S.", "von der Heide", "h@x.example"),
        ),
        ("Dr.-Ing. Änne Groß <a@x.example>", ("Dr.-Ing.", "Änne", "Groß", "a@x.example")),
        ("Prinz <p@x.example>", ("", "", "Prinz", "p@x.example")),
        ("Hahn, Dr. Mila, mila@landtag.example", DOCTOR),
        ("Dr. Mila; Hahn; mila@landtag.example", DOCTOR),
        ("Mila, Hahn MdB, m@x.example", ("MdB", "Mila", "Hahn", "m@x.example")),
        ("PD Dr. Eva Au, M.A. <e@x.example>", ("PD Dr. M.A.", "Eva", "Au", "e@x.example")),
        ("Eva Au, MdB <e@x.example>", ("MdB", "Eva", "Au", "e@x.example")),
        ("Au, Frau Dr. h.c. Eva <e@x.example>", ("Dr. h.c.", "Eva", "Au", "e@x.example")),
    ],
)
def test_a_line_is_read_in_whatever_form_it_comes(
    app: Flask, text: str, expected: tuple[str, ...]
) -> None:
    (line,) = read_lines(text)
    assert parts(line) == expected
    assert line.problem == ""


def test_a_salutation_is_read_and_not_taken_for_a_name(app: Flask) -> None:
    herr, frau = read_lines("Herr Otto Brandt <o@x.example>\nMs. Ida Kern <i@x.example>")
    assert (herr.salutation, herr.given_name) == ("mr", "Otto")
    assert (frau.salutation, frau.given_name) == ("ms", "Ida")


def test_several_people_in_one_line_are_several(app: Flask) -> None:
    text = "Hahn, Mila <m@x.example>; Otto Brandt <o@x.example>, Ida <i@x.example>;"
    assert [line.email for line in read_lines(text)] == [
        "m@x.example",
        "o@x.example",
        "i@x.example",
    ]
    assert [line.email for line in read_lines("a@x.example; b@x.example,c@x.example")] == [
        "a@x.example",
        "b@x.example",
        "c@x.example",
    ]


def test_a_table_is_read_by_the_names_of_its_columns(app: Flask) -> None:
    text = (
        "Nr;Anrede;Titel;Nachname;Vorname;E-Mail\n"
        "1;Frau;Dr.;Hahn;Mila;mila@landtag.example\n"
        "\n"
        '2;;;"von der Heide";Otto;otto@x.example\n'
        "3;Herr;;Muster;Max;\n"
    )
    with app.test_request_context(headers={"Accept-Language": "en"}):
        mila, otto, nobody = read_lines(text)
    assert (mila.number, mila.salutation, parts(mila)) == (2, "ms", DOCTOR)
    assert parts(otto) == ("", "Otto", "von der Heide", "otto@x.example")
    assert (nobody.number, nobody.problem) == (5, "There is no mail address in this line.")


def test_below_column_names_a_line_may_come_from_a_mail_program(app: Flask) -> None:
    text = 'Vorname\tNachname\tE-Mail\n"Hahn, Dr. Mila" <mila@landtag.example>\nbare@x.example'
    mila, bare = read_lines(text)
    assert parts(mila) == DOCTOR
    assert parts(bare) == ("", "", "", "bare@x.example")


def test_a_table_with_whole_names_in_one_column_is_read(app: Flask) -> None:
    (line,) = read_lines('name,email\n"Hahn, Dr. Mila",mila@landtag.example')
    assert parts(line) == DOCTOR


@pytest.mark.parametrize(
    "text",
    [
        "Name, Vorname;Mail-Adresse\nHahn Dr. Mila;mila@landtag.example",
        "Akad. Grad\tRufname\tNachname\tMail-Adresse\nDr.\tMila\tHahn\tmila@landtag.example",
        "Anrede;Vorname;Name;Mail\nFrau Dr.;Mila;Hahn;mila@landtag.example",
    ],
)
def test_columns_are_known_by_the_same_names_as_in_an_import(app: Flask, text: str) -> None:
    (line,) = read_lines(text)
    assert parts(line) == DOCTOR


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nobody", "like name@example.org"),
        ("Mila Hahn <mila@>", "like name@example.org"),
        ("Mila Hahn <>", "There is no mail address"),
        ("M" * 90 + " Hahn <m@x.example>", "to 80 characters"),
        ("Mi\u200bla Hahn <m@x.example>", "nobody sees"),
        ("Mila 🎉 <m@x.example>", "cannot be printed"),
    ],
)
def test_what_is_wrong_is_told_in_the_line(app: Flask, text: str, said: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        first, second = read_lines(f"{text}\nIda Kern <ida@x.example>")
    assert said in first.problem
    assert second.problem == ""


def test_the_same_person_twice_is_told_and_an_office_for_two_is_not(app: Flask) -> None:
    text = "Mila Hahn <x@x.example>\nmila HAHN <X@x.example>\nOtto Hahn <x@x.example>"
    first, again, other = read_lines(text)
    assert (first.problem, other.problem) == ("", "")
    assert "line 1" in again.problem or "Zeile 1" in again.problem


words = st.lists(st.text("abcÄöß", min_size=2, max_size=9), min_size=1, max_size=6)


@given(words)
def test_no_word_of_a_name_is_lost(names: list[str]) -> None:
    split = _split_name(" ".join(names))
    kept = f"{split['given_name']} {split['family_name']}".split()
    assert kept == names


@given(st.text(max_size=60))
def test_whatever_is_pasted_is_read_without_an_error(text: str) -> None:
    for _number, line, told in _parts_of(f"{text}\n{text} <a@x.example>"):
        assert line
        assert told
