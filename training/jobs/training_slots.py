"""How many runs this worker trains at once: one a GPU, or one on the processor.

It has one thread more, so that short work (evaluations, predictions, checks, exports) never stands
behind a training.
"""

import os
import socket

from django.utils import timezone

from annotator.models.jobs import ACTIVE_STATES
from training.models import Run, Worker


def has_training_slot() -> bool:
    """Whether this worker may take up another run; a process that is no worker always may."""
    host, pid = socket.gethostname(), os.getpid()
    this = Worker.objects.filter(hostname=host, pid=pid).first()
    if this is None:
        return True
    gpus: int = sum(item["kind"] == "gpu" for item in this.devices)
    held = Run.objects.filter(
        state__in=ACTIVE_STATES,
        lease_owner__startswith=f"{host}:{pid}:",
        lease_until__gt=timezone.now(),
    )
    most = max(1, gpus)
    return held.count() < most
