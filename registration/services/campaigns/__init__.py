"""Campaigns: one text to many people, at a time, once each."""

from registration.services.campaigns.conditions import Attendance, Photos, Selection
from registration.services.campaigns.looking import get, list_campaigns, mark_of, progress
from registration.services.campaigns.running import due_at, list_due, promise_some
from registration.services.campaigns.selecting import Count, Recipient, count, first_people
from registration.services.campaigns.setting import (
    MOST_DAYS,
    OPEN,
    STARTS_FROM,
    STOPS_FROM,
    Wanted,
    change,
    check,
    delete,
    draft,
    schedule,
    start,
    stop,
    try_out,
)

__all__ = [
    "MOST_DAYS",
    "OPEN",
    "STARTS_FROM",
    "STOPS_FROM",
    "Attendance",
    "Count",
    "Photos",
    "Recipient",
    "Selection",
    "Wanted",
    "change",
    "check",
    "count",
    "delete",
    "draft",
    "due_at",
    "first_people",
    "get",
    "list_campaigns",
    "list_due",
    "mark_of",
    "progress",
    "promise_some",
    "schedule",
    "start",
    "stop",
    "try_out",
]
