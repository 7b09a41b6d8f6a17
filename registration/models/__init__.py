"""What is stored. Importing this package maps every table."""

from registration.models import (
    accounts,
    alliances,
    audit,
    badges,
    campaigns,
    certificates,
    deliveries,
    events,
    gates,
    invitations,
    jobs,
    questions,
    quotas,
    registrations,
    roles,
    rosters,
)

__all__ = [
    "accounts",
    "alliances",
    "audit",
    "badges",
    "campaigns",
    "certificates",
    "deliveries",
    "events",
    "gates",
    "invitations",
    "jobs",
    "questions",
    "quotas",
    "registrations",
    "roles",
    "rosters",
]
