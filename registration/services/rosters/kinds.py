"""The ready-made list of each kind."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l

from registration.languages import force_locale
from registration.models.registrations import RegistrationState
from registration.services.rosters import RosterKind
from registration.services.rosters.columns import Column, is_for_security, of_questions
from registration.services.rosters.spec import Attendance, Filter, Layout, Sort, Spec

TITLES: Mapping[RosterKind, Any] = {
    RosterKind.ATTENDANCE: _l("Attendance list"),
    RosterKind.DOOR: _l("Door list"),
    RosterKind.SIGNATURE: _l("Signature sheet"),
    RosterKind.SECURITY: _l("Guest list for the house"),
    RosterKind.CATERING: _l("Numbers for the caterer"),
    RosterKind.DELEGATION: _l("Delegation"),
    RosterKind.PRESS: _l("Press list"),
    RosterKind.EVACUATION: _l("Evacuation list"),
    RosterKind.PROTOCOL: _l("Protocol order"),
    RosterKind.REPORT: _l("Attendance report"),
    RosterKind.THEMES: _l("Themes and workshops"),
}
PERSON = ("family_name", "given_name", "title", "organisation", "position")
SIGNED = ("family_name", "given_name", "title", "organisation", "signature")

READY: Mapping[RosterKind, Spec] = {
    spec.kind: spec
    for spec in (
        Spec(
            kind=RosterKind.ATTENDANCE,
            columns=(
                *("alliance", *PERSON, "sector", "role", "theme", "short_code", "state"),
                *("photo_consent", "arrived_at", "gate"),
            ),
            printed=("box", "name", "organisation", "role", "arrived_at"),
            group_by="alliance",
        ),
        Spec(
            kind=RosterKind.DOOR,
            columns=(
                *(*PERSON[:4], "alliance", "role", "short_code", "gate_note"),
                *("inside", "arrived_at", "gate"),
            ),
            printed=("in_box", "name", "organisation", "alliance", "role_note", "arrived_at"),
            group_by="letter",
            layout=Layout.DOOR,
        ),
        Spec(
            kind=RosterKind.SIGNATURE,
            columns=SIGNED,
            printed=("name", "organisation", "signature"),
            group_by="alliance",
            new_page=True,
            layout=Layout.SIGNATURE,
        ),
        Spec(kind=RosterKind.SECURITY, columns=("family_name", "given_name", "organisation")),
        Spec(kind=RosterKind.CATERING),
        Spec(
            kind=RosterKind.DELEGATION,
            columns=(*PERSON, "role", "theme", "short_code", "state", "arrived_at"),
            printed=("name", "organisation", "role", "theme", "short_code"),
            group_by="alliance",
            new_page=True,
        ),
        Spec(
            kind=RosterKind.PRESS,
            columns=(*PERSON, "alliance", "role", "photo_consent"),
            printed=("name", "position", "organisation", "role", "photo_consent"),
        ),
        Spec(
            kind=RosterKind.EVACUATION,
            columns=("alliance", "family_name", "given_name", "role", "arrived_at", "gate"),
            printed=("safe", "name", "organisation", "role", "arrived_at"),
            filter=Filter(attendance=Attendance.INSIDE),
            group_by="alliance",
        ),
        Spec(
            kind=RosterKind.PROTOCOL,
            columns=("role", "precedence", "salutation", *PERSON, "alliance", "room"),
            printed=("precedence", "name", "position", "organisation"),
            sort=Sort.PROTOCOL,
            group_by="role",
        ),
        Spec(
            kind=RosterKind.REPORT,
            filter=Filter(states=tuple(RegistrationState)),
        ),
        Spec(
            kind=RosterKind.THEMES,
            columns=("theme", *PERSON, "alliance", "role"),
            printed=("name", "organisation", "alliance", "role"),
            group_by="theme",
            new_page=True,
        ),
    )
}
"""By kind, for events without questions of their own."""


def ready(event_id: uuid.UUID, kind: RosterKind) -> Spec:
    """Return the event's list of a kind: the ready one, with the columns that its questions add.

    The attendance list has all answers, that for the house those that are asked for its security.
    """
    spec = READY[kind]
    if kind not in {RosterKind.ATTENDANCE, RosterKind.SECURITY}:
        return spec
    asked = of_questions(event_id)
    if kind == RosterKind.ATTENDANCE:
        return replace(spec, columns=(*spec.columns, *_codes(asked)))
    needed = [each for each in asked if each.question and is_for_security(each.question)]
    return replace(spec, columns=(*spec.columns[:2], *_codes(needed), *spec.columns[2:]))


def _codes(columns: Sequence[Column]) -> Sequence[str]:
    return [column.code for column in columns]


def title_of(spec: Spec, locale: str) -> str:
    """Return what a list is called: its own title, or that of its kind."""
    if spec.title:
        return spec.title
    with force_locale(locale):
        return str(TITLES[spec.kind])
