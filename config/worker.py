"""What every Celery worker does besides its tasks: say that it lives, and look for what was left.

One thread a worker. A message that got lost, a worker that died, a label file that a crash left
unwritten: the database knows, and the housekeepers registered here put it right.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import redis
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from annotator.data_place import check_place
from annotator.folder.outside.watching import start_watcher, stop_watcher
from annotator.housekeeping import keep_annotator
from annotator.kernel.health import HEARTBEAT_KEY
from training.jobs.workers import keep_training
from training.predictions.predictions import keep_predictions
from training.serving.keeping import start_keeper, stop_keeper
from training.versions.deleting import keep_versions
from training.weights.folder import keep_weights

logger = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
BEAT_EXPIRES_SECONDS = 20
Housekeeper = Callable[[frozenset[str]], None]

HOUSEKEEPERS: tuple[Housekeeper, ...] = (
    keep_annotator,
    keep_training,
    keep_predictions,
    keep_versions,
    keep_weights,
)
"""Called every few seconds with the queues that this worker serves; each must be quick."""

_stop = threading.Event()


@worker_ready.connect
def start_housekeeping(sender: Any, **_: Any) -> None:
    """Start the thread once the worker takes tasks."""
    if paused := check_place(Path(settings.DATA_ROOT)):
        logger.warning("%s An administrator resumes it on the page Workers.", paused)
    queues = frozenset(sender.app.amqp.queues.consume_from)
    if "cpu" in queues:
        start_watcher()
    if "gpu" in queues:
        start_keeper()
    threading.Thread(target=_keep_house, args=(queues,), name="housekeeping", daemon=True).start()


@worker_shutting_down.connect
def stop_housekeeping(**_: Any) -> None:
    _stop.set()
    stop_watcher()
    stop_keeper()


def _keep_house(queues: frozenset[str]) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    while not _stop.is_set():
        _beat(client, queues)
        for keeper in HOUSEKEEPERS:
            close_old_connections()
            try:
                keeper(queues)
            except DatabaseError as error:
                logger.warning("housekeeping put off, the database does not answer: %s", error)
            except Exception:
                logger.exception("housekeeping failed")
            close_old_connections()
        _stop.wait(BEAT_SECONDS)


def _beat(client: redis.Redis, queues: Iterable[str]) -> None:
    try:
        for queue in queues:
            client.set(
                HEARTBEAT_KEY.format(queue=queue),
                f"{socket.gethostname()}, process {os.getpid()}",
                ex=BEAT_EXPIRES_SECONDS,
            )
    except redis.RedisError as error:
        logger.warning("heartbeat not sent, Redis does not answer: %s", error)
