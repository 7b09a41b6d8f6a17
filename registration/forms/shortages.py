"""What is said in a party's form where there are too few places for all of them."""

from collections.abc import Sequence

from flask_babel import gettext as _

from registration import languages
from registration.forms.members import MemberForm
from registration.forms.parties import PartyForm
from registration.models.quotas import Quota


def say(form: PartyForm, quotas: Sequence[Quota]) -> str:
    """Say at each field that could change it which places are too few.

    Returns:
        What is to be said of the event as a whole, or "".
    """
    of_all = ""
    for quota in quotas:
        wanting = [each for each in form.named if _counts(form, each, quota)]
        if len(wanting) <= quota.free:
            continue
        said = _sentence(form, quota, needed=len(wanting))
        if quota.role_id is not None:
            for member in wanting:
                member.role.errors = [said]
        elif quota.alliance_id is not None:
            form.alliance.errors = [said]
        else:
            of_all = said
    return of_all


def _counts(form: PartyForm, member: MemberForm, quota: Quota) -> bool:
    role = form.role_of(member)
    return quota.alliance_id in {None, form.alliance_id} and quota.role_id in {
        None,
        role.id if role else None,
    }


def _sentence(form: PartyForm, quota: Quota, *, needed: int) -> str:
    prospectus = form.prospectus
    role = next((each for each in prospectus.roles if each.id == quota.role_id), None)
    alliance = next((each for each in prospectus.alliances if each.id == quota.alliance_id), None)
    told = {
        "free": quota.free,
        "needed": needed,
        "role": languages.in_language(role.title) if role else "",
        "alliance": alliance.name if alliance else "",
    }
    if role and alliance:
        return str(
            _("Free places of %(alliance)s for “%(role)s”: %(free)s. You need %(needed)s.", **told)
        )
    if role:
        return str(_("Free places for “%(role)s”: %(free)s. You need %(needed)s.", **told))
    if alliance:
        return str(_("Free places of %(alliance)s: %(free)s. You need %(needed)s.", **told))
    return str(_("Free places in all: %(free)s. You need %(needed)s.", **told))
