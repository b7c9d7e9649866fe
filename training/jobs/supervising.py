"""Supervising an engine: a worker reads its events, looks whether somebody wants the job to stop,
and says in the end what came of it.

Whatever happens, the engine process is gone when :func:`supervise_engine` returns.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

from annotator.kernel.jobs import LeaseLostError, heartbeat
from annotator.models.jobs import Job

from .engine_process import EngineEvent, EngineLock, EngineProcess
from .memory_kills import count_memory_kills, explain_kill
from .silence import Silence

logger = logging.getLogger(__name__)

T = TypeVar("T")

CANCEL_GRACE_SECONDS = 30.0
LOOK_EVERY_SECONDS = 1.0
STACKS_SECONDS = 5.0
DATABASE_PATIENCE_SECONDS = 120.0

shutting_down = threading.Event()
"""Set when this worker was asked to go: engines stop, their jobs are taken up by the next one."""


Wish = Literal["", "keep", "now"]
"""What a person wants of a job that runs: nothing, to stop and be kept, to stop."""


@dataclass(frozen=True)
class Outcome:
    """What came of an engine. ``event``: its last one, for "finished" that with the results.

    ``cause`` says more of "failed": the engine told of a failure (then ``event["code"]``), was
    killed for memory or not, crashed, or hung.
    """

    state: Literal["finished", "cancelled", "failed", "interrupted"]
    event: EngineEvent
    error: str = ""
    hint: str = ""
    cause: Literal["told", "killed", "killed_for_memory", "crashed", "hung"] = "told"


def supervise_engine(
    job: Job,
    command: str,
    request: Mapping[str, object],
    *,
    log: Path,
    on_event: Callable[[EngineEvent], None],
    lock: EngineLock,
    look_for_wish: Callable[[], Wish],
    environment: Mapping[str, str],
) -> Outcome:
    """Run the engine for ``job``, whose lease we hold, until it ends.

    ``on_event`` gets every event but the last, ``look_for_wish`` is asked once a second. Raises
    LeaseLostError when the job is no longer ours. "interrupted": this worker is shutting down.
    """
    with (
        heartbeat(job) as lost,
        EngineProcess(command, request, log=log, lock=lock, environment=environment) as engine,
    ):
        return _Supervision(job, engine, lost, on_event, look_for_wish).watch()


class _Supervision:
    def __init__(
        self,
        job: Job,
        engine: EngineProcess,
        lost: threading.Event,
        on_event: Callable[[EngineEvent], None],
        look_for_wish: Callable[[], Wish],
    ) -> None:
        self.job = job
        self.engine = engine
        self.lost = lost
        self.on_event = on_event
        self.look_for_wish = look_for_wish
        self.next_look = time.monotonic()
        self.asked_at: float | None = None
        self.wish: Wish = ""
        self.is_asked_to_keep = False
        self.silence = Silence(settings.HANG_MINUTES * 60)
        self.has_hung = False
        self.kills = count_memory_kills()

    def watch(self) -> Outcome:
        last: EngineEvent = {}
        for event in self.engine.events():
            self._look()
            if event is None:
                self._end_if_hung()
                continue
            self.silence.hear(event)
            if event["type"] in ("finished", "failed", "cancelled"):
                last = event
            else:
                with_database_patience(partial(self.on_event, event))
        return self._conclude(last)

    def _look(self) -> None:
        """See now and then whether the engine should stop."""
        if self.lost.is_set():
            raise LeaseLostError(f"{self.job} is held by another worker or has ended")
        now = time.monotonic()
        if self.asked_at is not None:
            if now - self.asked_at > CANCEL_GRACE_SECONDS:
                self.engine.kill()
            return
        if now < self.next_look:
            return
        self.next_look = now + LOOK_EVERY_SECONDS
        if self.engine.exit_code is None:
            self.kills = count_memory_kills()
        self.wish = with_database_patience(self.look_for_wish)
        if self.wish == "now" or shutting_down.is_set():
            self.asked_at = now
            self.engine.terminate()
        elif self.wish == "keep" and self.silence.has_begun and not self.is_asked_to_keep:
            self.is_asked_to_keep = True
            self.engine.stop_and_keep()

    def _end_if_hung(self) -> None:
        if self.silence.is_too_long() and not self.has_hung:
            self.has_hung = True
            logger.warning("%s: its engine hangs, it is killed", self.job)
            self.engine.dump_stacks(STACKS_SECONDS)
            self.engine.kill()

    def _conclude(self, last: EngineEvent) -> Outcome:
        """Tell the end from the last event, the exit code and what was asked of it."""
        code = self.engine.exit_code
        kind = last.get("type")
        if kind == "finished" and code == 0:
            return Outcome("finished", last)
        if self.asked_at is not None:
            return Outcome("cancelled" if self.wish == "now" else "interrupted", last)
        if kind == "cancelled":  # somebody else sent the signal, the host is going down for one
            return Outcome("interrupted", last)
        if kind == "failed":
            return Outcome("failed", last, last["message"], last["hint"])
        return self._explain(code)

    def _explain(self, code: int | None) -> Outcome:
        """Tell why an engine ended without a word."""
        if self.has_hung:
            minutes = f"{self.silence.limit_seconds() / 60:.3g}"
            error = f"The engine hung: nothing came from it for {minutes} minutes."
            hint = "The log holds what each of its threads was doing."
            return Outcome("failed", {}, error, hint, "hung")
        if code == -signal.SIGKILL:
            for_memory, reason = explain_kill(self.kills, count_memory_kills())
            error = f"The engine was killed: {reason}."
            hint = "Start again with a smaller batch or image size." if for_memory else ""
            return Outcome(
                "failed", {}, error, hint, "killed_for_memory" if for_memory else "killed"
            )
        return Outcome("failed", {}, *explain_exit(code, self.engine.log_tail()), "crashed")


def explain_exit(code: int | None, log_tail: str) -> tuple[str, str]:
    """Return a sentence and a hint for an engine that ended without saying why."""
    how = (
        f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"code {code}"
    )
    end = log_tail.strip().splitlines()
    reason = f" Its last words: {end[-1][:300]}" if end else ""
    return f"The engine stopped unexpectedly ({how}).{reason}", "The end of the log says more."


def with_database_patience(action: Callable[[], T]) -> T:
    """Do ``action``, again and again while the database is away, for up to two minutes.

    The engine goes on meanwhile; its events wait in line.
    """
    deadline = time.monotonic() + DATABASE_PATIENCE_SECONDS
    while True:
        try:
            return action()
        except (OperationalError, InterfaceError):
            if time.monotonic() > deadline:
                raise
            logger.warning("the database does not answer, trying again", exc_info=True)
            close_old_connections()
            time.sleep(1.0)
