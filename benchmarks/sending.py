"""Send what is due, in this process, and print how long it took: a worker without its queue."""

import json
import resource
import time

from sqlalchemy import func, select

from registration import create_app
from registration.database import db
from registration.models.deliveries import Delivery, DeliveryState
from tasks import deliveries


def main() -> None:
    """Send all that is due; print mails, seconds and peak memory as JSON."""
    app = create_app()
    began = time.perf_counter()
    while app.extensions["celery"].tasks["deliveries.send_due"]():
        continue
    seconds = time.perf_counter() - began
    with app.app_context():
        sent = db.session.scalar(select(func.count()).where(Delivery.state == DeliveryState.SENT))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"mails": sent, "seconds": seconds, "peak_mb": peak}))


assert deliveries, "importing it is what registers the task"

if __name__ == "__main__":
    main()
