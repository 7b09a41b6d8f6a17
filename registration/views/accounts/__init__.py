"""Accounts: signing in and out, and who may see which page."""

from registration.views.accounts.access import (
    Delegation,
    delegation,
    guard,
    guard_delegation,
    sign_in_required,
)
from registration.views.accounts.sessions import COOKIE, actor, signed_in
from registration.views.accounts.signing_in import blueprint
from registration.views.accounts.surface import density, furnish, short_moment, url_with

__all__ = [
    "COOKIE",
    "Delegation",
    "actor",
    "blueprint",
    "delegation",
    "density",
    "furnish",
    "guard",
    "guard_delegation",
    "short_moment",
    "sign_in_required",
    "signed_in",
    "url_with",
]
