"""The twin of the outbox: each mail is a message in Celery's queue, and nowhere else."""

import os
import smtplib

from celery import Celery

celery = Celery("twin", broker=os.environ["TWIN_REDIS"])
celery.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)


@celery.task(name="send")
def send(number: int) -> None:
    """Send one mail, which nobody has written down."""
    with smtplib.SMTP("127.0.0.1", int(os.environ["TWIN_PORT"])) as server:
        content = f"Message-ID: <{number}@twin.example>\r\n\r\nYou have a place.\r\n"
        server.sendmail("einlass@twin.example", "you@twin.example", content)
