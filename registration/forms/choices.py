"""Choices: one of several codes, or yes and no."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from wtforms import Field, ValidationError

from registration.forms.text import tidy

YES = frozenset({"y", "yes", "on", "1", "true"})


class Choice(NamedTuple):
    """One line of a list: what is sent, what is read, and what is said about it."""

    code: str
    title: str
    more: str = ""


class ChoiceField(Field):
    """One code of those offered; ``choices`` is set for each request.

    The data is always a text. An empty text means that nothing was chosen, whether or not the
    list has a line for that.
    """

    choices: Sequence[Choice] = ()

    def __init__(self, *args: Any, unknown: Any, **kwargs: Any) -> None:
        """``unknown`` is said when the code is none of those offered."""
        super().__init__(*args, **kwargs)
        self.unknown = unknown

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        """Take the first text."""
        texts = [value for value in valuelist if isinstance(value, str)]
        if texts:
            self.data = tidy(texts[0])

    def pre_validate(self, _form: object) -> None:
        """Refuse what was not offered.

        Raises:
            ValidationError: no choice has this code.
        """
        if self.data and all(choice.code != self.data for choice in self.choices):
            raise ValidationError(str(self.unknown))

    def _value(self) -> str:
        return self.data or ""


class ConsentField(Field):
    """A box to tick; only a clear yes is one."""

    def process_formdata(self, valuelist: Sequence[object]) -> None:
        """Take the first text; whatever is not a yes is a no."""
        self.data = any(
            isinstance(value, str) and value.strip().lower() in YES for value in valuelist[:1]
        )

    def _value(self) -> str:
        return "y"
