"""Nudging the workers of the annotator room."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import RedisError

logger = logging.getLogger(__name__)


def nudge_worker(task: str, job_id: int | str) -> None:
    """Tell a ``cpu`` worker to look at a job once the transaction commits.

    A message that Redis does not take is made up for by the workers' sweep over waiting jobs.
    """
    transaction.on_commit(lambda: _send(task, job_id))


def _send(task: str, job_id: int | str) -> None:
    try:
        current_app.send_task(task, args=[job_id], queue="cpu", retry=False)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("%s %s waits for the next sweep: %s", task, job_id, error)
