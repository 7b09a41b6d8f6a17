"""The texts that the program ships, as wordings, in the present language.

They hold the words only; who is meant, when and where, the badge, the links and the way out stand
in the mail's layout, so that no edited text can lose them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import force_locale

from registration.services.wordings.originals import campaigns, delegations, registrations

ORIGINALS: Mapping[str, Callable[[], tuple[str, ...]]] = {
    **registrations.ORIGINALS,
    **delegations.ORIGINALS,
    **campaigns.ORIGINALS,
}


@dataclass(frozen=True)
class Text:
    """A subject and what a mail says below its first line."""

    subject: str
    body: str


def original(kind: str, locale: str) -> Text:
    """Return the text that is sent where the organisers have written none of their own.

    Raises:
        KeyError: this kind of mail has no wording.
    """
    with force_locale(locale):
        subject, *paragraphs = ORIGINALS[kind]()
        return Text(subject, "\n\n".join(each for each in paragraphs if each) + "\n")
