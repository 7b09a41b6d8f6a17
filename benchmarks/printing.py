"""Ask for a print run of everybody, or be a worker that makes what is due; for `prints`."""

import json
import os
import sys
import time

from registration import create_app
from registration.database import db, transaction
from registration.models.jobs import Job, JobKind, JobState
from registration.services import jobs as services
from registration.services.badges.runs import asking
from registration.services.badges.runs.orders import Order
from registration.services.events import get_prospectus
from tasks import jobs
from tests.installations import EVENT, peak_megabytes

UNFINISHED = (JobState.NEW, JobState.RUNNING)
PAUSE = 0.02
"""Seconds between two looks, as a sweep has them."""


def ask() -> None:
    """Ask for all badges, four on a sheet; what an ended worker left half made is called off."""
    prospectus = get_prospectus(EVENT)
    with transaction():
        for job in services.unfinished(prospectus.event.id, JobKind.BADGES):
            services.cancel(job.id, actor="command")
    with transaction():
        asking.ask(prospectus, Order(design="a6"), reason="again", account_id=None)


def work() -> None:
    """Say that it is ready; at a line make what is due, and say how much memory that took."""
    print("ready", flush=True)
    sys.stdin.readline()
    while _is_any_unfinished():
        jobs.run_due.run()
        time.sleep(PAUSE)
    print(json.dumps({"peak_mb": peak_megabytes(os.getpid())}), flush=True)


def _is_any_unfinished() -> bool:
    db.session.rollback()
    return db.session.query(Job).filter(Job.state.in_(UNFINISHED)).first() is not None


if __name__ == "__main__":
    with create_app().app_context():
        {"ask": ask, "work": work}[sys.argv[1]]()
