"""The Celery application. Queues: ``gpu`` (one process per GPU) and ``cpu``."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("segloop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def connect_housekeeping(**_: Any) -> None:
    """Workers only: importing this connects its signals; the web process has no use for it."""
    import config.worker  # noqa: F401
