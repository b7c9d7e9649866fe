"""A Segloop of its own, on PostgreSQL, whose parts a test may kill, stop and cut."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import psycopg

from config import redis_embedded
from config.launch import worker_command
from tests.e2e.system import OF_OTHER_TESTS
from tests.services import (
    REPOSITORY,
    PostgresServer,
    die_with_parent,
    start_postgres,
    stop_process,
    wait_until_accepting,
)

START = """
from django.core.files import File
from pathlib import Path
from training.checkpoints.usable import as_usable
from training.jobs.engine_job import work_off
from training.predictions.predictions import start_prediction
from training.predictions.sources.requested import from_local_folder
from training.weights.weights import upload_weights
with open({model!r}, "rb") as handle:
    weights = upload_weights(File(handle, name="fresh.pt"), dataset=None, created_by=None)
work_off(weights)
weights.refresh_from_db()
source = from_local_folder(Path({folder!r}))
options = {{"imgsz": {image_size}}}
job = start_prediction(
    as_usable(weights), source, confidence=0.25, device="cpu", options=options, created_by=None
)
print(job.pk)
"""
CHANGE = """
from training.models import Prediction
from training.predictions import predictions
predictions.{service}(Prediction.objects.get(pk={id}))
"""
HANG_MINUTES = 0.2
PATIENCE_SECONDS = 240


class Site:
    """PostgreSQL, Redis and a gpu worker on a data folder, without a web server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self._stack = ExitStack()
        self.database: PostgresServer = start_postgres(folder / "postgres")
        self._stack.callback(self.database.stop)
        self.url = self.database.create_database("segloop")
        inherited = {key: value for key, value in os.environ.items() if key not in OF_OTHER_TESTS}
        self.environment = {
            **inherited,
            "SEGLOOP_DATA": str(self.data),
            "SEGLOOP_HANG_MINUTES": str(HANG_MINUTES),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": self.url,
            "REDIS_URL": redis_embedded.embedded_redis_url(self.data),
            "HOME": str(folder),
        }
        redis_embedded.prepare_folders(self.data)
        self.redis = self._start_redis()
        self.worker: subprocess.Popen[bytes] | None = None
        self._run_python("-m", "config.prepare")

    # --- parts -------------------------------------------------------------------------------

    def _start_redis(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            redis_embedded.server_command(self.data),
            stdout=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        wait_until_accepting(redis_embedded.socket_path(self.data), process, 10)
        return process

    def restart_redis(self) -> None:
        self.redis.kill()
        self.redis.wait()
        redis_embedded.socket_path(self.data).unlink(missing_ok=True)
        self.redis = self._start_redis()

    def start_worker(self) -> None:
        with (self.folder / "gpu.log").open("ab") as log:
            self.worker = subprocess.Popen(
                worker_command("gpu"),
                cwd=REPOSITORY,
                env=self.environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )

    def kill_worker(self) -> None:
        assert self.worker is not None
        self.worker.kill()
        self.worker.wait()

    def switch_off(self) -> None:
        """Everything dies at one moment, as by a power cut; Redis had written nothing yet."""
        assert self.worker is not None
        heads = [self.worker.pid, self.redis.pid, self.database.process.pid]
        processes = [psutil.Process(pid) for pid in heads]
        processes += [child for head in processes for child in head.children(recursive=True)]
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: nobody mourns another
            for process in processes:
                send(process, number)
        for child in (self.worker, self.redis, self.database.process):
            child.wait()
        _, alive = psutil.wait_procs(processes[len(heads) :], timeout=30)
        assert not alive
        shutil.rmtree(self.data / "redis")

    def switch_on(self) -> None:
        """As at boot: the parts start on what the disk holds."""
        self.database.start_again()
        redis_embedded.prepare_folders(self.data)
        self.redis = self._start_redis()
        self.start_worker()

    def stop(self) -> None:
        if self.worker is not None:
            stop_process(self.worker, 30)
        stop_process(self.redis)
        self._stack.close()

    # --- what people do ----------------------------------------------------------------------

    def _run_python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def start_run(self, *, epochs: int, images: int) -> int:
        """Draw a pond, freeze it, queue a run on it; its id."""
        self._run_python("manage.py", "import_dataset", "--sample", str(images), "--name", "Pond")
        self._run_python("manage.py", "freeze_version", "Pond")
        options = ["--model", "yolov8n-seg.yaml", "--epochs", str(epochs), "--device", "cpu"]
        options += ["--imgsz", "64", "--batch", "4", "--patience", "0", "--json"]
        answer = json.loads(self._run_python("manage.py", "train", "Pond", *options))
        return int(answer["run"])

    def send_message(self, run_id: int) -> None:
        """The message to a worker once more, as Redis delivers it after its time-out."""
        task = ["call", "training.tasks.run_training", f"--args=[{run_id}]", "--queue=gpu"]
        self._run_python("-m", "celery", "--app=config.celery", *task)

    # --- what they see -----------------------------------------------------------------------

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql, values).fetchall()

    def run(self, run_id: int) -> dict[str, Any]:
        names = "state, epoch, error, batch"
        ((*values,),) = self.query(f"SELECT {names} FROM training_run WHERE id = %s", run_id)
        return dict(zip(names.split(", "), values, strict=True))

    def epochs_of(self, run_id: int) -> list[int]:
        rows = self.query(
            "SELECT number FROM training_epoch WHERE run_id = %s ORDER BY number", run_id
        )
        return [number for (number,) in rows]

    def attempts_of(self, run_id: int) -> list[dict[str, Any]]:
        names = "outcome, from_epoch, to_epoch, sentence"
        rows = self.query(
            f"SELECT {names} FROM training_runattempt WHERE run_id = %s ORDER BY number", run_id
        )
        return [dict(zip(names.split(", "), row, strict=True)) for row in rows]

    def log_of(self, run_id: int) -> str:
        path = self.data / "runs" / str(run_id) / "segloop.log"
        return path.read_text(errors="replace")

    def engines(self, run_id: int) -> list[psutil.Process]:
        """The engine processes that have the run's log open."""
        return self._engines_at(self.data / "runs" / str(run_id) / "segloop.log")

    def _engines_at(self, log: Path) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter(["cmdline"]):
            if "training.engine" in (process.info["cmdline"] or []):
                try:
                    if Path(f"/proc/{process.pid}/fd/2").readlink() == log:
                        found.append(process)
                except OSError:
                    continue
        return found

    def start_prediction(self, folder: Path, *, image_size: int) -> int:
        """Queue a prediction on a folder with a model that never learned; its id."""
        model = self.folder / "fresh.pt"
        made = f"from ultralytics import YOLO; YOLO('yolov8n-seg.yaml').save({str(model)!r})"
        self._run_python("-c", made)
        script = START.format(model=str(model), folder=str(folder), image_size=image_size)
        return int(self._run_python("manage.py", "shell", "--verbosity=0", "-c", script))

    def change_prediction(self, prediction_id: int, service: str) -> None:
        """``pause_prediction`` or ``resume_prediction``, as a person asks for it."""
        script = CHANGE.format(service=service, id=prediction_id)
        self._run_python("manage.py", "shell", "--verbosity=0", "-c", script)

    def prediction(self, prediction_id: int) -> dict[str, Any]:
        names = "state, is_paused, error, progress_done"
        sql = f"SELECT {names} FROM training_prediction WHERE id = %s"
        ((*values,),) = self.query(sql, prediction_id)
        return dict(zip(names.split(", "), values, strict=True))

    def predicting_engines(self, prediction_id: int) -> list[psutil.Process]:
        return self._engines_at(self.data / "predictions" / str(prediction_id) / "segloop.log")

    def wait_for_images(self, prediction_id: int, count: int) -> None:
        """Until so many images are stored, and an engine is at work on the next."""

        def is_there() -> bool:
            job = self.prediction(prediction_id)
            assert job["state"] in ("queued", "running"), job
            is_at_work = len(self.predicting_engines(prediction_id)) == 1
            return job["progress_done"] >= count and is_at_work

        self.wait_for(is_there)

    def wait_for_epoch(self, run_id: int, epoch: int) -> None:
        """Until so many epochs are finished, and an engine is at work on the next."""

        def is_there() -> bool:
            run = self.run(run_id)
            assert run["state"] in ("queued", "running"), (run, self.attempts_of(run_id))
            return run["epoch"] >= epoch and len(self.engines(run_id)) == 1

        self.wait_for(is_there)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                log = (self.folder / "gpu.log").read_text(errors="replace")
                raise AssertionError(f"it did not happen in time; the worker's log:\n{log[-6000:]}")
            time.sleep(0.05)


def send(process: psutil.Process, number: signal.Signals) -> None:
    os.kill(process.pid, number)
