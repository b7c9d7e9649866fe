"""kill -9 at random moments of an import: all or nothing of each image, and it resumes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from annotator import paths
from annotator.folder.live_folder import sync_pending
from annotator.imports import imports, undoing
from annotator.imports.counting import tally_of
from annotator.kernel.files import sha256_of
from annotator.models import Image, Import, ImportRow
from tests.annotator.conftest import Pond
from tests.annotator.folder.killed import database_url
from tests.annotator.sources import lay_out, usual_files

IMAGES = 300
UNDONE_IMAGES = 120
KILLS = int(os.environ.get("SEGLOOP_TEST_KILLS", "8"))
"""50 in the long form."""
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.timeout(600 + 60 * KILLS),
]
_WORK = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from annotator.imports import imports, taking
taking.BATCH_ENTRIES = 25
print("go", flush=True)
imports.run_import(int(sys.argv[1]))
"""
_UNDO = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from annotator.imports import undoing
undoing._AT_ONCE = 10
print("go", flush=True)
undoing.work_off_undo(int(sys.argv[1]))
"""


def start_worker(job: Import, work: str = _WORK) -> subprocess.Popen[str]:
    environment = os.environ | {"DATABASE_URL": database_url()}
    command = [sys.executable, "-c", work, str(job.pk)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


class Moments:
    """When workers are killed: at random, or every other time after they have done something."""

    def __init__(self, seed: int, longest_s: float, done: Callable[[], int]) -> None:
        self.random, self.longest_s, self.done = random.Random(seed), longest_s, done
        self.reached: list[int] = []

    def kill(self, worker: subprocess.Popen[str]) -> None:
        assert worker.stdout is not None
        worker.stdout.readline()
        if len(self.reached) % 2:
            before, until = self.done(), time.monotonic() + 30
            while self.done() == before and time.monotonic() < until and worker.poll() is None:
                time.sleep(0.002)
            time.sleep(self.random.uniform(0.0, 0.03))
        else:
            time.sleep(self.random.uniform(0.0, self.longest_s))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        self.reached.append(self.done())

    def were_amid(self, count: int) -> bool:
        """Whether a worker was killed after a part of ``count``."""
        return any(0 < done < count for done in self.reached)


def test_killed_again_and_again(pond: Pond, tmp_path: Path) -> None:
    source = usual_files(IMAGES)
    lay_out(tmp_path, source)
    job = imports.create_import(
        pond.dataset, source_path=str(tmp_path), source_name="x", created_by=None
    )
    moments = Moments(20, 0.35, lambda: Import.objects.get(pk=job.pk).progress_done)
    for _ in range(KILLS):
        moments.kill(start_worker(job))
        assert_all_or_nothing(pond)
        job.refresh_from_db()
        assert_counts_are_true(pond, job)
        Import.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        if job.state == "finished":
            break
    assert moments.were_amid(IMAGES)
    imports.run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.taken, job.refused) == ("finished", IMAGES, 0)
    whole = {"source": IMAGES, "taken": IMAGES, "repaired": 0, "refused": 0}
    assert tally_of(job, "images") == tally_of(job, "objects") == whole
    assert ImportRow.objects.filter(import_job=job).count() == IMAGES
    assert_all_or_nothing(pond)
    root = paths.dataset_dir(pond.dataset)
    for kind in ("images", "labels"):
        on_disk = {
            p.relative_to(root).as_posix(): p for p in root.glob(f"{kind}/**/*") if p.is_file()
        }
        expected = {name for name in source if name.startswith(kind)}
        assert set(on_disk) == expected
        assert all(path.read_bytes() == source[name] for name, path in on_disk.items())


def test_undoing_is_killed_again_and_again(pond: Pond, tmp_path: Path) -> None:
    """Each image is there whole or wholly in the trash; what is left goes when it is taken up."""
    lay_out(tmp_path, usual_files(UNDONE_IMAGES))
    stays = pond.add_image("stays")
    job = imports.create_import(
        pond.dataset, source_path=str(tmp_path), source_name="x", created_by=None
    )
    imports.run_import(job.pk)
    job.refresh_from_db()
    undoing.undo_import(job)
    trashed = Image.trashed.filter(dataset=pond.dataset)
    moments = Moments(21, 0.25, lambda: trashed.all().count())
    for _ in range(KILLS):
        moments.kill(start_worker(job, _UNDO))
        assert_all_or_nothing(pond, but=stays)
        if not undoing.find_unfinished():
            break
    assert moments.were_amid(UNDONE_IMAGES)
    undoing.work_off_undo(job.pk)
    sync_pending()
    assert undoing.find_unfinished() == []
    assert list(pond.dataset.images.values_list("stem", flat=True)) == ["stays"]
    gone = Image.trashed.filter(dataset=pond.dataset)
    assert (gone.count(), gone.filter(label_pending=True).count()) == (UNDONE_IMAGES, 0)
    root = paths.dataset_dir(pond.dataset)
    left = [path.stem for path in root.glob("images/**/*") if path.is_file()]
    assert left == ["stays"]
    assert not [path for path in root.glob("labels/**/*") if path.is_file()]


def assert_counts_are_true(pond: Pond, job: Import) -> None:
    """What the job has counted is what is there, at any moment."""
    there = pond.dataset.images.filter(import_job=job).count()
    assert (job.images_source, job.images_taken, job.objects_taken) == (there, there, there)
    assert job.progress_done == there


def assert_all_or_nothing(pond: Pond, *, but: Image | None = None) -> None:
    """Every image that has a row has its whole file, its whole label and its instance."""
    rows = pond.dataset.images.exclude(pk=but.pk) if but else pond.dataset.images.all()
    for image in rows.select_related("dataset"):
        assert sha256_of(paths.image_path(image).read_bytes()) == image.sha256
        assert sha256_of(paths.label_path(image).read_bytes()) == image.label_sha256
        assert image.instances.count() == image.instance_count == 1
        assert image.revisions.count() == 1
