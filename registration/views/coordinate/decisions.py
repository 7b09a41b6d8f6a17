"""Several requests decided at once by the alliance's coordinator."""

import uuid
from collections.abc import Sequence
from functools import partial

from flask import url_for
from flask.typing import ResponseReturnValue

from registration.models.registrations import Registration
from registration.services import dossier
from registration.views.accounts import delegation
from registration.views.coordinate.surface import draw, load, may_decide, part
from registration.views.registrations.bulk import Decider

blueprint = part("decisions")


@blueprint.post("/people/decide")
def decide(**_place: str) -> ResponseReturnValue:
    """Approve or decline several requests: ask first, naming them, then do it."""
    people = partial(url_for, "coordinate.delegation.show")
    return Decider(
        page=partial(draw, layout="layouts/coordinate.html", back=people(_anchor="people")),
        find=_decidable,
        load=load,
        may=may_decide,
        done=people(),
    ).answer()


def _decidable(ids: Sequence[uuid.UUID], _decision: str) -> Sequence[Registration]:
    """Return the people of this delegation, of those marked, whom the coordinator decides on."""
    here = delegation()
    requests = dossier.list_requests(here.prospectus.event.id, ids)
    return [row for row in requests if row.alliance_id == here.alliance.id and may_decide(row)]
