"""What organisers write into mails: a small language from which nothing leads out."""

import email
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest
import time_machine
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select, update

from registration.database import db, transaction
from registration.errors import Invalid
from registration.languages import LANGUAGES
from registration.models.campaigns import Wording
from registration.models.deliveries import Delivery
from registration.models.events import Event
from registration.services import wordings
from registration.services.deliveries import Fate, Outcome, addresses, previewing, sending
from registration.services.deliveries.message import Letter
from registration.services.deliveries.telling import Told, tell
from registration.services.wordings import FAMILIES, Family, Text, Unreadable, language, writing
from registration.services.wordings.markdown import Part, read
from tests import factories
from tests.letters import letter_of, mail, page, plain, promised, shown

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NAMES = frozenset({"name", "reason", "link"})
ESCAPES = (
    "{{ ''.__class__ }}",
    "{{ name.__class__.__mro__[1].__subclasses__() }}",
    "{{ name['__class__'] }}",
    "{{ name|attr('__class__') }}",
    "{{ '%s'|format(name) }}",
    "{{ '{0.__class__}'.format(name) }}",
    "{{ self.__init__.__globals__ }}",
    "{{ config.SECRET_KEY }}",
    "{{ request.environ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ joiner() }}",
    "{{ namespace(a=1) }}",
    "{{ range(10**9) }}",
    "{% for i in range(10**9) %}x{% endfor %}",
    "{{ 9**9**9 }}",
    "{{ 'x' * 10**9 }}",
    "{{ [name] * 10**9 }}",
    "{{ name ~ name }}",
    "{% set x = 1 %}",
    "{% macro m() %}{{ m() }}{% endmacro %}",
    "{% call name() %}{% endcall %}",
    "{% include 'console/overview.html' %}",
    "{% import 'mail/parts.html' as p %}",
    "{% extends 'mail/layout.html' %}",
    "{% filter upper %}x{% endfilter %}",
    "{% autoescape false %}{{ name }}{% endautoescape %}",
    "{% with a=1 %}{% endwith %}",
    "{{ name is callable }}",
    "{{ name in reason }}",
    "{{ _('x') }}",
    "{{ {}.items() }}",
    "{{ (name,)|map('upper') }}",
    "{{ name|safe }}",
    "{{ name|replace('a', 'b') }}",
    "{{ name|center(999999999) }}",
    "{{ 'shown' }}{{ shown }}",
    "{{" + "(" * 4000 + "name" + ")" * 4000 + "}}",
    "{% if name %}" * 400 + "{% endif %}" * 400,
    "{{ " + "not " * 2000 + "name }}",
    "{{ " + "9" * 5000 + " }}",
)


@pytest.fixture
def event(app: Flask) -> Iterator[Event]:
    """The small event, at noon of one day."""
    with time_machine.travel(NOON, tick=False):
        yield factories.make_event()


@pytest.mark.parametrize("source", ESCAPES)
def test_nothing_leads_out_of_the_language(source: str) -> None:
    assert wordings.find_faults(source, NAMES)
    with pytest.raises(Unreadable):
        language.fill(source, dict.fromkeys(NAMES, "x"), str)


def test_twin_without_the_look_at_the_tree_an_attribute_is_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(language, "_refused", lambda *_: [])
    source = "{{ name.upper() }}"
    assert language.fill(source, {"name": "twin"}, str) == "TWIN"


@pytest.mark.parametrize("line", [1, 3])
def test_a_fault_names_its_line(line: int) -> None:
    (fault,) = wordings.find_faults("\n" * (line - 1) + "Dear {{ nmae }}", NAMES)
    assert (fault.line, fault.reason, fault.detail) == (line, "unknown", "nmae")


def test_variables_conditions_and_filters_work() -> None:
    source = "{% if reason %}{{ reason|upper }}{% else %}{{ name|default('?') }}{% endif %}"
    assert language.fill(source, {"reason": "ab", "name": "", "link": ""}, str) == "AB"
    assert language.fill(source, {"reason": "", "name": "N", "link": ""}, str) == "N"


def words(source: str, **values: object) -> str:
    """Return all kinds and texts of a wording's parts, in order."""

    def told(parts: tuple[Part, ...]) -> str:
        return "".join(
            f"<{' '.join(filter(None, (each.kind, each.address)))}>{each.text}{told(each.parts)}"
            for each in parts
        )

    return told(read(source, {**dict.fromkeys(NAMES, ""), **values}))


def test_markdown_becomes_the_parts_of_our_mails_and_nothing_else() -> None:
    assert words("# A\n\n**b** *c*\nd") == (
        "<heading><text>A<paragraph><strong><text>b<text> <emphasis><text>c<break><text>d"
    )
    assert words("- a\n- b\n\n1. c") == (
        "<list><item><paragraph><text>a<item><paragraph><text>b<numbers><item><paragraph><text>c"
    )
    assert words("> q") == "<quote><paragraph><text>q"
    assert words("[Go]({{ link }})", link="https://a.example/x_y") == (
        "<button https://a.example/x_y><text>Go"
    )
    assert words("see [it](mailto:a@b.example)!") == (
        "<paragraph><text>see <link mailto:a@b.example><text>it<text>!"
    )


@pytest.mark.parametrize(
    "source", ["[x](javascript:alert(1))", "[x](data:text/html,x)", "[x](//evil.example)", "[x]()"]
)
def test_a_link_leads_to_the_web_or_to_an_address(source: str) -> None:
    assert "<link" not in words(source)
    assert "<button" not in words(source)


def test_html_stays_the_text_that_it_is_and_of_a_picture_its_words_stay() -> None:
    source = "<b>x</b> ![p](https://a.example/p.png) <i>y</i>"
    assert words(source) == "<paragraph><text><b>x</b> <text>p<text> <i>y</i>"


HOSTILE = "*x* _y_ [l](https://evil.example) <b>z</b> {{ link }} {% if %} # h\n- i\n> q `c` ~~"


def test_a_value_is_never_markdown_html_or_a_template() -> None:
    told = words("Hello {{ name }}!\n\n- {{ name }}", name=HOSTILE, link="https://secret.example")
    assert "secret" not in told
    assert not {"<strong>", "<emphasis>", "<link", "<heading>", "<quote>"} & set(told.split())
    assert told.count("<list>") == 1
    assert "<b>z</b> {{ link }} {% if %} # h<break><text>- i" in told


def test_a_text_that_would_become_too_long_is_refused() -> None:
    with pytest.raises(Unreadable):
        read("{{ name }}" * 900, {"name": "x" * 4000, "reason": "", "link": ""})


def made_up(seed: int) -> str:
    """Return a hostile text: pieces that mean something to a mail, a page, or a template."""
    pieces = (
        *("\r\n", "\n", "\0", "\u202e", "\u2028", "=?utf-8?q?=0D=0ABcc:_x@y.example?=", "\ufeff"),
        *("Bcc: x@evil.example", "\r\n.\r\n", "--=_", '"', "<", ">", "\\", ";", ",", "@", "🎟", "ä"),
        *(
            "{{ ''.__class__ }}",
            "{% for %}",
            "{{ name }}",
            "%(name)s",
            "%s",
            "{0.__class__}",
            "${x}",
        ),
        *("<script>alert(1)</script>", "<!--", "]]>", "&lt;", "**", "__", "[x](javascript:1)", "`"),
    )
    chosen = random.Random(seed)  # the same texts in every run
    return "".join(chosen.choice(pieces) for _ in range(chosen.randrange(1, 9)))


def test_five_hundred_hostile_texts_make_five_hundred_mails_of_one_recipient(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In names, addresses, subjects and texts; what cannot be used is refused, and not sent."""
    own = Wording(id=1, kind="received", subject="", body="")
    monkeypatch.setattr(writing, "_own", lambda *_: own)
    promised(event, "received")
    delivery = db.session.scalars(select(Delivery)).one()
    assert delivery.registration is not None
    tells: list[Told] = []

    def keep(each: Delivery) -> Told:
        tells.append(tell(each))
        return tells[-1]

    monkeypatch.setattr(sending, "tell", keep)
    usual, refused, odd = delivery.recipient, 0, 0
    for seed in range(500):
        text = made_up(seed)
        body = f"{text}\n\n{{{{ name }}}}"
        problems, _where = wordings.problems_of(Text(text, body), Family.REGISTRATION)
        refused += bool(problems)
        own.subject, own.body = ("{{ name }} x", "{{ name }}") if problems else (text, body)
        address = f"{text}@buendnis.example"
        with db.session.no_autoflush:
            delivery.registration.family_name = text[:80]
            delivery.recipient = address if may_be_mailed(address) else usual
            letter = sending.write(delivery)
        told = tells[-1]
        assert isinstance(letter, Letter), letter
        is_one_mail_to(addresses.named("", delivery.recipient).addr_spec, letter)
        odd += delivery.recipient != usual
        subject, name = read_headers(letter)
        with force_locale(told.locale):
            meant = wordings.filled(Text(own.subject, "x"), wordings.values_of(delivery, told))
        assert subject == addresses.one_line(meant.subject)
        assert name == addresses.one_line(told.name)[: addresses.MOST_NAME].strip()
    delivery.recipient = "a@b.example\r\nBcc: x@evil.example"
    outcome = sending.write(delivery)
    assert isinstance(outcome, Outcome)
    assert outcome.fate == Fate.REFUSED
    db.session.rollback()
    assert 100 < refused < 450
    assert 20 < odd < 200


def may_be_mailed(address: str) -> bool:
    """Return whether this counts as an address; what does not, gets no mail."""
    try:
        addresses.named("", address)
    except ValueError:
        return False
    return True


def read_headers(letter: Letter) -> tuple[str, str]:
    """Return subject and recipient's name as a mail program reads them; there is one of each."""
    message = email.message_from_string(letter.content.decode())  # addresses may be UTF-8
    ((name, address),) = getaddresses([message["To"]])
    assert address == letter.recipient
    return decoded(message["Subject"]), decoded(name)


def decoded(header: str) -> str:
    """Return a header's words; lines may be folded at spaces (RFC 5322 §2.2.3, RFC 2047)."""
    return str(make_header(decode_header(header.replace("\r\n", ""))))


def is_one_mail_to(recipient: str, letter: Letter) -> None:
    head, _end, _rest = letter.content.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if line[:1].strip()]
    assert names.count(b"to") == names.count(b"subject") == names.count(b"from") == 1
    assert not {b"bcc", b"cc"} & set(names)
    assert (letter.recipient, letter.flawed_id) == (recipient, None)
    assert b"secret key of the tests" not in letter.content
    html = letter.content.partition(b"text/html")[2].replace(b"=\r\n", b"")
    assert b"<script>" not in html


def use(event: Event, kind: str, subject: str, body: str, locale: str = "de") -> Wording:
    with transaction():
        return wordings.save(
            event.id, kind, locale, Text(subject, body), actor="test", account_id=None
        )


def test_the_organisers_text_is_in_the_mail_and_the_facts_stay(event: Event) -> None:
    use(
        event,
        "confirmed",
        "Dabei: {{ given_name }}",
        "Liebe **{{ given_name }}**!\n\n[Los](https://a.example)",
    )
    promised(event, "confirmed", given_name="Änne<b>")
    message = mail("confirmed")
    assert str(make_header(decode_header(str(message["Subject"])))) == "Dabei: Änne<b>"
    assert "<strong>Änne&lt;b&gt;</strong>" in page(message)
    assert "Los:\nhttps://a.example" in plain(message)
    for fact in ("Ihr Platz ist bestätigt.", "WANN UND WO", "/r/", "Kurzcode"):
        assert fact in plain(message)
    assert "cid:code." in page(message)


def test_a_text_that_cannot_be_filled_in_loses_no_mail_and_is_flagged(event: Event) -> None:
    wording_id = use(event, "confirmed", "Dabei", "Hallo").id
    with transaction():  # as an older version of the program may have kept it
        db.session.execute(update(Wording).values(body="{{ gone }}"))
    promised(event, "confirmed")
    letter = letter_of("confirmed")
    assert letter.flawed_id == wording_id
    assert "Vielen Dank für Ihre Anmeldung" in plain(mail("confirmed"))
    with transaction():
        wordings.flag(wording_id)
    assert wordings.list_current(event.id)["confirmed", "de"].flawed_at is not None


def test_versions_are_kept_and_brought_back(event: Event) -> None:
    use(event, "thanks", "Eins", "eins")
    use(event, "thanks", "Zwei", "zwei")
    use(event, "thanks", "Zwei", "zwei")
    assert [each.version for each in wordings.list_versions(event.id, "thanks", "de")] == [2, 1]
    first = wordings.list_versions(event.id, "thanks", "de")[1].id
    with transaction():
        wordings.use(wordings.get_version(event.id, "thanks", "de", first), actor="test")
    assert wordings.current_text(event.id, "thanks", "de") == Text("Eins", "eins")
    with transaction():
        wordings.use_original(event.id, "thanks", "de", actor="test")
    assert wordings.current_text(event.id, "thanks", "de") == wordings.original("thanks", "de")
    assert len(wordings.list_versions(event.id, "thanks", "de")) == 2


def test_a_text_with_faults_is_not_kept(event: Event) -> None:
    with pytest.raises(Invalid) as refused:
        use(event, "confirmed", "{{ nmae }}", "x")
    assert refused.value.details["fields"] == {"subject": "faults"}
    assert wordings.list_versions(event.id, "confirmed", "de") == []


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("kind", FAMILIES)
def test_every_original_is_a_wording_that_may_be_used(
    sqlite_app: Flask, kind: str, locale: str
) -> None:
    with sqlite_app.app_context():
        assert wordings.problems_of(wordings.original(kind, locale), FAMILIES[kind]) == ({}, {})
        assert kind in wordings.titles()


def test_a_preview_holds_no_link_that_acts_for_the_person(event: Event) -> None:
    registration = promised(event, "confirmed")
    told = previewing.preview(
        event, "confirmed", "en", Text("S {{ name }}", "{{ link }}"), sample=str(registration.id)
    )
    assert "/r/" not in told.plain + told.page
    assert "http://127.0.0.1:8000/werkstatt/" in told.plain
    assert "Änne Groß" in told.subject


@pytest.mark.parametrize("kind", ["offer", "expired"])
def test_a_preview_of_an_offer_says_until_when_whoevers_data_it_shows(
    event: Event, kind: str
) -> None:
    registration = promised(event, "confirmed")
    text = Text("S", "until {{ deadline }}.")
    told = previewing.preview(event, kind, "en", text, sample=str(registration.id))
    assert "until ." not in told.plain


def test_a_test_mail_says_that_it_is_one_and_carries_nothing(event: Event) -> None:
    registration = promised(event, "confirmed")
    kept = use(event, "declined", "Leider", "Hallo {{ given_name }}")
    with transaction():
        previewing.try_out(
            kept.id, event, "declined", sample=str(registration.id), recipient="ich@orga.example"
        )
    message = mail("declined")
    assert message["To"].addresses[0].addr_spec == "ich@orga.example"
    assert str(message["Subject"]) == "Test: Leider"
    assert "Hallo Änne" in shown(message)
    assert "/r/" not in plain(message)


def test_a_test_mail_is_in_the_language_of_its_text_whatever_the_persons_is(event: Event) -> None:
    registration = promised(event, "confirmed")
    kept = use(event, "confirmed", "Yes", "Come in", locale="en")
    with transaction():
        previewing.try_out(
            kept.id, event, "confirmed", sample=str(registration.id), recipient="ich@orga.example"
        )
    told = plain(mail("confirmed", to="ich@orga.example"))
    assert "Come in" in told
    assert "WHEN AND WHERE" in told
