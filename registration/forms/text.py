"""Text as people type it: tidied, then checked that a list, a mail and a badge can carry it."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, ValidationError
from wtforms.validators import StopValidation

from registration.services.text import find_hidden, find_picture, tidy, usual_address

__all__ = [
    "Address",
    "Name",
    "Plain",
    "Required",
    "TextField",
    "find_hidden",
    "find_picture",
    "tidy",
]


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
        address = usual_address(field.data or "")
        if not address:
            raise StopValidation(
                _("Please enter an address like name@example.org; mail goes there.")
            )
        field.data = address
