"""Mail to the person who started a run, when it has ended; only where a mail server is set up.

Sent from a thread of its own: a mail server that fails, hangs or refuses is a line in the worker's
log and nothing else.
"""

import logging
import threading

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection

from annotator.models.jobs import JobState
from training.models import Run, Trial

logger = logging.getLogger(__name__)

_WORDS = {JobState.FINISHED: "has finished", JobState.FAILED: "has failed"}


def tell_end(run_id: int) -> threading.Thread | None:
    """Send the mail of an ended run; nothing for a cancelled one, or a trial of a search."""
    if not settings.EMAIL_HOST:
        return None
    message = _write(run_id)
    if message is None:
        return None
    thread = threading.Thread(target=_send, args=(message, run_id), name="mail", daemon=True)
    thread.start()
    return thread


def _write(run_id: int) -> EmailMessage | None:
    run = Run.objects.select_related("dataset", "created_by", "resumed_by").get(pk=run_id)
    person = run.resumed_by or run.created_by
    if run.state not in _WORDS or Trial.objects.filter(run=run).exists():
        return None
    if person is None or not person.email or not person.is_active:
        return None
    if not run.dataset.memberships.filter(user=person).exists():
        return None  # who has left the dataset is told nothing of it
    # A name with a line break would be a header of its own.
    name = " ".join(run.name.split())
    return EmailMessage(
        subject=f"Segloop: {name} {_WORDS[JobState(run.state)]}",
        body="\n".join(_lines(run)),
        to=[person.email],
    )


def _lines(run: Run) -> list[str]:
    lines = [f"“{run.name}” on {run.dataset.name} {_WORDS[JobState(run.state)]}.", ""]
    if run.state == JobState.FAILED:
        lines += [run.error, run.error_hint]
    else:
        best = run.checkpoints.filter(kind="best").first()
        if best is not None and best.mask:
            lines.append(f"Best mask mAP50: {best.mask['map50']:.3f}")
    if settings.PUBLIC_URL:
        page = f"/runs/{run.pk}" + ("" if run.state == JobState.FAILED else "/results")
        lines += ["", f"{settings.PUBLIC_URL}{page}"]
    return lines


def _send(message: EmailMessage, run_id: int) -> None:
    try:
        message.send()
    except Exception as error:
        logger.warning("run %s: the mail of its end was not sent: %s", run_id, error)
    finally:
        connection.close()
