"""``einlass quota``: show and set how many places there are for whom."""

import click

from registration.cli.context import answer, answer_rows, application, as_json, event_option, pick
from registration.database import transaction
from registration.models.quotas import Quota
from registration.services import quotas
from registration.services.events import Prospectus, get_prospectus


@click.group("quota")
def group() -> None:
    """Show and set how many places there are for whom."""


@group.command("list")
@event_option
@as_json
def list_all(slug: str, as_json: bool) -> None:
    """List the event's quotas; a quota without alliance or role counts everybody's."""
    with application():
        prospectus = get_prospectus(slug)
        rows = [_row(prospectus, quota) for quota in quotas.list_quotas(prospectus.event.id)]
        if not as_json:
            rows = [
                {key: "any" if value is None else value for key, value in row.items()}
                for row in rows
            ]
        answer_rows(rows, as_json=as_json, empty="There is no quota: places are not limited.")


def _row(prospectus: Prospectus, quota: Quota) -> dict[str, object]:
    alliances = {alliance.id: alliance.code for alliance in prospectus.alliances}
    roles = {role.id: role.code for role in prospectus.roles}
    return {
        "alliance": alliances.get(quota.alliance_id or 0),
        "role": roles.get(quota.role_id or 0),
        "places": quota.places,
        "taken": quota.taken,
        "free": quota.free,
    }


class Places(click.ParamType[int | None]):
    """A number of places, or ``none`` for no limit."""

    name = "N|none"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        """Return the number, or None for no limit."""
        text = str(value)
        if text.isascii() and text.isdigit() and int(text) <= MOST_PLACES:
            return int(text)
        if text != "none":
            self.fail(f"{text!r} is neither a number of places nor 'none'.", param, ctx)
        return None


MOST_PLACES = 1_000_000


@group.command("set")
@event_option
@click.option("--alliance", help="The alliance's code; without it, any.")
@click.option("--role", help="The role's code; without it, any.")
@click.option("--places", required=True, type=Places(), help="A number, or none for no limit.")
@as_json
def set_places(
    slug: str, alliance: str | None, role: str | None, places: int | None, as_json: bool
) -> None:
    """Give an alliance, a role, both together or the whole event a number of places.

    Lowering a number below what is taken evicts nobody and admits nobody more.
    """
    with application():
        prospectus = get_prospectus(slug)
        found_alliance = pick(prospectus.alliances, alliance, noun="alliance")
        found_role = pick(prospectus.roles, role, noun="role")
        with transaction():
            quota = quotas.set_quota(
                event_id=prospectus.event.id,
                places=places,
                alliance_id=found_alliance.id if found_alliance else None,
                role_id=found_role.id if found_role else None,
                actor="command",
            )
            taken = quota.taken if quota else None
        limit = "no limit" if places is None else f"{places} places, {taken} taken"
        scope = f"alliance {alliance or 'any'} × role {role or 'any'}"
        row = {"event": slug, "alliance": alliance, "role": role, "places": places, "taken": taken}
        answer(row, as_json=as_json, sentence=f"{slug}, {scope}: {limit}.")
