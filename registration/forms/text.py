"""Text as people type it: tidied, then checked that a list, a mail and a badge can carry it."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from wtforms import Field, ValidationError
from wtforms.validators import StopValidation

PRINTABLE_SYMBOLS = frozenset("©®™°№℗")
"""Symbols that names of firms contain and fonts have; all others are pictures."""

PICTURES = frozenset({"So", "Sk", "Me", "Co", "Cn"})
"""Unicode categories of emoji, their skin tones and keycaps, private and unassigned signs."""

PLAIN_ACCENTS = frozenset("^`´¨¯¸˙˚˛˜˝")
"""Signs of category Sk that are accents on keyboards, not skin tones."""

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of control and direction characters and halves of characters."""

VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def tidy(text: str) -> str:
    """Return the text composed (NFC), with plain spaces and line breaks, without those around it.

    Nothing that a reader could miss is taken out silently; `find_hidden` finds it.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        text = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in text)
    return text.replace("\r\n", "\n").strip(" \t\r\n")


def find_hidden(text: str, *, lines: bool = False) -> str:
    """Return the first character that nobody sees, or "".

    Args:
        text: a tidied text.
        lines: whether it may have several lines.
    """
    allowed = "\n\t" if lines else ""
    hidden = (sign for sign in text if unicodedata.category(sign) in HIDDEN and sign not in allowed)
    return "" if text.isprintable() else next(hidden, "")


def find_picture(text: str) -> str:
    """Return the first sign that a badge cannot print, or ""."""
    if text.isascii():
        return ""
    return next((sign for sign in text if _is_picture(sign)), "")


def _is_picture(sign: str) -> bool:
    if ord(sign) in VARIATION_SELECTORS:
        return True
    if sign in PRINTABLE_SYMBOLS or sign in PLAIN_ACCENTS:
        return False
    return unicodedata.category(sign) in PICTURES


class TextField(Field):
    """One text; whatever else is sent under its name is left out, since only texts are read."""

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        """Take the first text, tidied."""
        texts = [value for value in valuelist if isinstance(value, str)]
        if texts:
            self.data = tidy(texts[0])

    def _value(self) -> str:
        return self.data or ""


class Required:
    """Something must be there; says what in words made for the field."""

    field_flags = {"required": True}  # noqa: RUF012  # WTForms' way

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, _form: object, field: Field) -> None:
        """Stop at an empty field.

        Raises:
            StopValidation: nothing is there.
        """
        if not field.data:
            raise StopValidation(str(self.message))


class Plain:
    """The text can be printed, and has at most ``limit`` characters."""

    def __init__(self, limit: int, *, lines: bool = False) -> None:
        self.limit = limit
        self.lines = lines
        self.field_flags = {"maxlength": limit}

    def __call__(self, _form: object, field: Field) -> None:
        """Check a tidied text.

        Raises:
            StopValidation: it is too long, or has a sign that cannot be printed.
        """
        text: str = field.data or ""
        if len(text) > self.limit:
            raise StopValidation(
                _(
                    "Please shorten this to %(limit)s characters; it has %(length)s.",
                    limit=self.limit,
                    length=len(text),
                )
            )
        hidden = find_hidden(text, lines=self.lines)
        if hidden:
            raise StopValidation(
                _(
                    "This contains a character that nobody sees (%(code)s). "
                    "Please type the text anew instead of pasting it.",
                    code=f"U+{ord(hidden):04X}",
                )
            )
        picture = find_picture(text)
        if picture:
            raise StopValidation(
                _(
                    "“%(sign)s” cannot be printed on badges and lists. "
                    "Please use letters, digits and punctuation.",
                    sign=picture,
                )
            )


class Name(Plain):
    """A plain text with a letter in it, of whatever script."""

    def __call__(self, form: object, field: Field) -> None:
        """Check a tidied name.

        Raises:
            StopValidation: it has no letter, or is not `Plain`.
        """
        super().__call__(form, field)
        if field.data and not any(sign.isalpha() for sign in field.data):
            raise ValidationError(_("Please enter a name with at least one letter."))


class Address(Plain):
    """A mail address as RFC 5321 has it; what is kept has its domain in lower case."""

    def __call__(self, form: object, field: Field) -> None:
        """Check an address and keep its usual form.

        Raises:
            StopValidation: it cannot be one.
        """
        super().__call__(form, field)
        try:  # reserved names like "test" pass: mail to them bounces, and trials need them
            found = validate_email(field.data, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise StopValidation(
                _("Please enter an address like name@example.org; mail goes there.")
            ) from error
        field.data = found.normalized
