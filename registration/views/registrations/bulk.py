"""Several requests decided at once, by whoever decides on them: asked first, then done."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from registration.database import transaction
from registration.errors import Invalid, TransitionRefused
from registration.forms.decisions import DeclineForm
from registration.models.registrations import Registration
from registration.queue import nudge
from registration.services import registrations
from registration.views.accounts import actor

MOST_AT_ONCE = 200
IN_ONE_TRANSACTION = 20
"""So many decisions share a transaction: registrations and scans get their turn in between."""
DECISIONS = frozenset({"approve", "decline"})


@dataclass(frozen=True, kw_only=True)
class Decider:
    """Somebody who decides on requests: which are theirs, and where to go afterwards."""

    page: Callable[..., str]
    """Draws a template with more of its values."""
    find: Callable[[Sequence[uuid.UUID], str], Sequence[Registration]]
    """Those of these registrations on which this decision can be made now."""
    load: Callable[[uuid.UUID], Registration]
    may: Callable[[Registration], bool]
    """Whether one may be decided on, asked once more just before it is."""
    done: str
    """The address of what is seen next."""

    def answer(self) -> ResponseReturnValue:
        """Ask for the decision that the request names, or carry it out if they are sure.

        Raises:
            Invalid: it names no decision.
        """
        decision = request.form.get("decision", "")
        if decision not in DECISIONS:
            raise Invalid(fields={"decision": "unknown"})
        ids = _marked()
        form = DeclineForm()
        is_sure = bool(request.form.get("sure"))
        if is_sure and ids and form.validate():
            self._decide_all(ids, decision, form.reason.data or "")
            return redirect(self.done, 303)
        shown = self.page(
            "console/decide.html",
            form=form,
            decision=decision,
            requests=self.find(ids, decision),
            marked=len(ids),
        )
        return shown, 422 if is_sure and form.errors else 200

    def _decide_all(self, ids: Sequence[uuid.UUID], decision: str, reason: str) -> None:
        who = actor()
        decided = 0
        for start in range(0, len(ids), IN_ONE_TRANSACTION):
            with transaction():
                for registration_id in ids[start : start + IN_ONE_TRANSACTION]:
                    row = self.load(registration_id)
                    decided += self.may(row) and _decide_one(row, decision, reason, who)
        nudge("deliveries.send_due")
        _tell(decision, decided, late=len(ids) - decided)


def _marked() -> list[uuid.UUID]:
    """Return the ids of the rows that were marked, each once; what is no id is left out."""
    found: dict[uuid.UUID, None] = {}
    for text in request.form.getlist("id")[:MOST_AT_ONCE]:
        try:
            found[uuid.UUID(text)] = None
        except ValueError:
            continue
    return list(found)


def _decide_one(registration: Registration, decision: str, reason: str, who: str) -> bool:
    """Decide one request; return False if somebody was faster, with nothing written."""
    try:
        if decision == "approve":
            registrations.approve(registration, actor=who)
        else:
            registrations.decline(registration, reason=reason, actor=who)
    except TransitionRefused:
        return False
    return True


def _tell(decision: str, decided: int, *, late: int) -> None:
    if decision == "approve":
        flash(ngettext("%(num)s request approved.", "%(num)s requests approved.", decided))
    else:
        flash(ngettext("%(num)s request declined.", "%(num)s requests declined.", decided))
    if late:
        flash(
            ngettext(
                "%(num)s had been decided in the meantime and was left as it is.",
                "%(num)s had been decided in the meantime and were left as they are.",
                late,
            ),
            "attention",
        )
