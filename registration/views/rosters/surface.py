"""What all pages about lists share: whose they are, and which list an address means."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from registration.errors import NotFound
from registration.forms.rosters import ABOUT, OWN, RosterForm
from registration.models.accounts import AccountRole
from registration.models.rosters import RosterPreset
from registration.services.events import Prospectus
from registration.services.rosters import RosterKind, kinds, presets
from registration.views.accounts import guard

blueprint = Blueprint("rosters", __name__, url_prefix="/organise")
guard(blueprint, AccountRole.ORGANISER)

NUMBER = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The list that an address means: a ready-made one, or one of the organisers' own."""

    name: str
    """As addresses and forms name it: the kind, or ``own-<id>``."""
    kind: RosterKind
    preset: RosterPreset | None = None

    @property
    def title(self) -> Any:
        """What it is called."""
        return self.preset.title if self.preset else kinds.TITLES[self.kind]

    @property
    def about(self) -> Any:
        """Whom it is for, and what is on it."""
        return ABOUT[self.kind]

    def parameters(self) -> dict[str, str]:
        """Return how a job names it."""
        preset = {"preset": str(self.preset.id)} if self.preset else {}
        return {"kind": str(self.kind), **preset}


def find(prospectus: Prospectus, name: str) -> Chosen:
    """Return the list of this name.

    Raises:
        NotFound: there is none, or it is another event's.
    """
    if name in set(RosterKind):
        return Chosen(name=name, kind=RosterKind(name))
    number = name.removeprefix(OWN)
    if number == name or not NUMBER.fullmatch(number):
        raise NotFound(noun="roster", name=name)
    preset = presets.get_preset(prospectus.event.id, int(number))
    return Chosen(name=name, kind=RosterKind(preset.data["kind"]), preset=preset)


def form_of(prospectus: Prospectus, **options: Any) -> RosterForm:
    """Return the form that asks for a list of this event."""
    form = RosterForm(**options)
    form.offer(prospectus, presets.list_presets(prospectus.event.id))
    return form
