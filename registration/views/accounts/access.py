"""Who may see which page of the console, or of a delegation."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, cast

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from registration.errors import Forbidden, NotFound, SignInRequired
from registration.models.accounts import Account, AccountRole
from registration.models.alliances import Alliance
from registration.services import accounts, events
from registration.views.accounts.sessions import signed_in
from registration.views.accounts.surface import furnish

Params = ParamSpec("Params")

DELEGATION = "einlass.delegation"
"""Where a request keeps whose page it asks for."""


def _admit(roles: tuple[AccountRole, ...]) -> ResponseReturnValue | None:
    """Send strangers to the sign-in page; refuse accounts without one of the roles."""
    account = signed_in()
    if account is None:
        if request.args.get("fragment"):
            raise SignInRequired
        read = request.method in {"GET", "HEAD"}
        wanted = request.full_path.rstrip("?") if read else url_for("accounts.home")
        return redirect(url_for("accounts.sign_in", next=wanted), 303)
    if account.role not in roles:
        raise Forbidden
    return None


def sign_in_required(
    *roles: AccountRole,
) -> Callable[[Callable[Params, ResponseReturnValue]], Callable[Params, ResponseReturnValue]]:
    """Let only accounts with one of these roles into a view."""

    def decorate(
        view: Callable[Params, ResponseReturnValue],
    ) -> Callable[Params, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: Params.args, **kwargs: Params.kwargs) -> ResponseReturnValue:
            refusal = _admit(roles)
            return view(*args, **kwargs) if refusal is None else refusal

        return guarded

    return decorate


def guard(guarded: Blueprint, *roles: AccountRole) -> None:
    """Make a blueprint a part of the console that only these roles may see.

    The ``slug`` of an address names an event; to an account that does not answer for it, it is not
    there.
    """

    @guarded.before_request
    def admit() -> ResponseReturnValue | None:
        refusal = _admit(roles)
        slug = (request.view_args or {}).get("slug")
        if refusal is None and slug is not None:
            _check_event(slug)
        return refusal

    furnish(guarded)


def _check_event(slug: str) -> None:
    event = events.get_prospectus(slug).event
    if not accounts.may_see_event(signed_in() or Account(), event.id):
        raise NotFound(noun="event", name=slug)


@dataclass(frozen=True)
class Delegation:
    """An alliance at an event, and who has signed in to see to it."""

    prospectus: events.Prospectus
    alliance: Alliance
    account: Account


def guard_delegation(guarded: Blueprint) -> None:
    """Make a blueprint the pages of one alliance, under ``/coordinate/<slug>/<code>/``.

    They are for its coordinators and for the event's organisers; to any other account, they are
    not there. Inside, `delegation` says whose page it is.
    """

    @guarded.before_request
    def admit() -> ResponseReturnValue | None:
        refusal = _admit(tuple(AccountRole))
        if refusal is None:
            request.environ[DELEGATION] = _find_delegation(**(request.view_args or {}))
        return refusal

    furnish(guarded)


def _find_delegation(*, slug: str, code: str, **_rest: object) -> Delegation:
    account = signed_in() or Account()
    prospectus = events.get_prospectus(slug)
    alliance = prospectus.find_alliance(code)
    own = {each.id for each in accounts.alliances_of(account, prospectus.event.id)}
    if alliance is None or alliance.id not in own:
        raise NotFound(noun="alliance", name=code)
    return Delegation(prospectus, alliance, account)


def delegation() -> Delegation:
    """Return the delegation whose page this is; only behind `guard_delegation`."""
    return cast(Delegation, request.environ[DELEGATION])
