"""The queue of runs: who is next, and why each one waits.

The order: priority, then who asked first. A run that was interrupted keeps its place before those
that were never begun. Workers claim in this order; a run that may not start yet is passed over.
"""

import threading
from typing import Literal, TypedDict

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from annotator.kernel.errors import ConflictError
from annotator.kernel.jobs import claim_job, make_owner
from annotator.models import Dataset
from annotator.models.jobs import ACTIVE_STATES, JobState
from annotator.permissions import LEADS, datasets_of
from training.jobs.announce import announce
from training.jobs.device_holds import are_devices_free
from training.jobs.disk import find_disk_shortage
from training.jobs.training_slots import has_training_slot
from training.jobs.workers import describe_workers, online_workers, takes_work
from training.models import Run, RunPriority, WorkerQueue

_claiming = threading.Lock()

PriorityName = Literal["high", "normal", "low"]
PRIORITIES: dict[PriorityName, RunPriority] = {
    "high": RunPriority.HIGH,
    "normal": RunPriority.NORMAL,
    "low": RunPriority.LOW,
}


class QueuedRun(TypedDict):
    """``reason`` says why it waits. Of another team's run only its place is told: ``run`` null.
    ``can_move``: whether who asks may change its priority now."""

    position: int
    run: int | None
    name: str
    dataset: str
    priority: PriorityName
    can_move: bool
    reason: str


def waiting_runs() -> QuerySet[Run]:
    """Return the runs that no worker holds, in the order in which they are taken up."""
    abandoned = Q(state__in=(JobState.RUNNING, JobState.CANCELLING), lease_until__lt=timezone.now())
    rows = Run.objects.filter(Q(state=JobState.QUEUED) | abandoned)
    return rows.select_related("dataset", "version").order_by("priority", "-state", "pk")


def claim_next_run() -> tuple[Run, Run] | None:
    """Claim the first run that may start; return it as it was before and as it is now."""
    with _claiming:  # two threads of a worker may have one slot between them
        return _claim_next() if takes_work() and has_training_slot() else None


def _claim_next() -> tuple[Run, Run] | None:
    shortage = find_disk_shortage()
    for waiting in waiting_runs():
        if waiting.version.state != JobState.FINISHED:
            continue
        is_cancelling = waiting.state == JobState.CANCELLING
        if shortage and not is_cancelling:
            _say_paused(waiting, shortage)
            continue
        if not is_cancelling and not are_devices_free(waiting.parameters["device"]):
            continue
        with transaction.atomic():
            Dataset.objects.select_for_update(no_key=True).get(pk=waiting.dataset_id)
            if not is_cancelling and _is_at_limit(waiting.dataset_id):
                continue
            run = claim_job(Run, waiting.pk, make_owner())
        if run is not None:
            return waiting, run
    return None


def _say_paused(run: Run, shortage: str) -> None:
    if run.progress_message != shortage:
        Run.objects.filter(pk=run.pk).update(is_paused=True, progress_message=shortage)
        announce(run)


def _is_at_limit(dataset_id: int) -> bool:
    return 0 < settings.RUNS_PER_DATASET <= _count_training().get(dataset_id, 0)


def _count_training() -> dict[int, int]:
    """Return how many runs of each dataset a worker holds."""
    held = Run.objects.filter(state__in=ACTIVE_STATES, lease_until__gt=timezone.now())
    counts = held.order_by().values_list("dataset_id").annotate(count=Count("pk"))
    return dict(counts)


def change_priority(run: Run, priority: PriorityName) -> None:
    """Move a run in the queue. Raises ConflictError once it has been taken up."""
    rows = Run.objects.filter(pk=run.pk, state=JobState.QUEUED)
    if rows.update(priority=PRIORITIES[priority]) != 1:
        raise ConflictError("The run does not wait in the queue any more.", code="run_not_queued")
    announce(run)


def list_queue(user: User) -> list[QueuedRun]:
    """Return the queue as it will be taken up, each with the reason why it waits."""
    roles = dict(user.memberships.values_list("dataset_id", "role"))
    mine = set(datasets_of(user).values_list("pk", flat=True))
    training = _count_training()
    shortage = find_disk_shortage()
    workers = describe_workers()
    names = {number: name for name, number in PRIORITIES.items()}
    queue: list[QueuedRun] = []
    for position, run in enumerate(waiting_runs(), start=1):
        is_mine = run.dataset_id in mine
        queue.append(
            {
                "position": position,
                "run": run.pk if is_mine else None,
                "name": run.name if is_mine else "Run of another dataset",
                "dataset": run.dataset.slug if is_mine else "",
                "priority": names[RunPriority(run.priority)],
                "can_move": (
                    is_mine and roles[run.dataset_id] in LEADS and run.state == JobState.QUEUED
                ),
                "reason": _explain_wait(run, position, training, shortage or workers),
            }
        )
    return queue


def _explain_wait(run: Run, position: int, training: dict[int, int], general: str) -> str:
    limit = settings.RUNS_PER_DATASET
    reason = "It is next: a worker takes it up in a moment."
    if run.version.state != JobState.FINISHED:
        reason = f"Version {run.version.number} is being frozen."
    elif general:
        reason = general
    elif 0 < limit <= training.get(run.dataset_id, 0):
        count = "Another run" if limit == 1 else f"{limit} other runs"
        reason = f"{count} of its dataset must end first: that is the limit."
    elif missing := _find_missing_devices(run):
        reason = f"No worker that is running has {missing}."
    elif position > 1:
        reason = "1 run is before it." if position == 2 else f"{position - 1} runs are before it."
    elif training:
        reason = "It is next, as soon as a worker and its device are free."
    return reason


def _find_missing_devices(run: Run) -> str:
    """Return the GPUs that the run asks for and no worker has, or ""."""
    wanted = run.parameters["device"]
    if not wanted[0].isdigit():
        return ""
    for worker in online_workers(WorkerQueue.GPU):
        if set(wanted.split(",")) <= {str(item["id"]) for item in worker.devices}:
            return ""
    return f"GPUs {wanted}" if "," in wanted else f"GPU {wanted}"
