"""Watching the live folders, where the file system tells of changes (inotify).

One thread of one ``cpu`` worker a host watches. What it hears is only a hint: files that are as
Segloop left them lead to nothing, and anything else to a look, at most one a quarter of a minute
for each dataset. Where it cannot watch (a network file system, too many folders, the limits of
inotify) the folder's note says so, and the schedule alone looks.
"""

import fcntl
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from watchfiles import Change, watch

from annotator import paths
from annotator.folder.live_folder import label_bytes
from annotator.kernel.files import sha256_of
from annotator.models import ACTIVE_STATES, Dataset, Image, LiveFolder

from .files import Entry, count_folders, is_passed_over, is_text, see, what_is_there
from .folders import start_look

logger = logging.getLogger(__name__)

DEBOUNCE_MS = 1_500
TICK_MS = 5_000
MOST_FOLDERS = 2_000
"""Of one dataset that are watched."""
MOST_FOLDERS_IN_ALL = 20_000
"""Of all; the kernel's usual limit is larger, and others need some of it."""
LOOK_EVERY_SECONDS = 15.0
RETRY_SECONDS = 60.0
MOST_HEARD = 2_000
"""Files of one burst that are compared one by one; of more a look is made at once."""

NETWORK = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "virtiofs")
)
TOO_MANY = "It has more than {most:,} folders: changes are noticed by the looks alone."
ON_NETWORK = "It lies on a network file system ({kind}): changes are noticed by the looks alone."
LIMIT = (
    "The system's limit of watched folders is reached (fs.inotify.max_user_watches): changes are "
    "noticed by the looks alone."
)
FAILED = "It cannot be watched ({reason}): changes are noticed by the looks alone."


class FolderWatcher:
    """The thread that watches; it starts anew after a fault, and whenever datasets come or go."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="folder-watcher", daemon=True)
        self._looked: dict[int, float] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        folder = Path(settings.DATA_ROOT) / "cache" / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "folder-watcher").open("w") as handle:
            while not self._stop.is_set():
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:  # another worker watches; it may die
                    self._stop.wait(RETRY_SECONDS)
                    continue
                self._watch_all()
                close_old_connections()

    def _watch_all(self) -> None:
        """Watch until datasets come or go, or something fails."""
        watched: dict[int, str] = {}
        try:
            watched = choose_watched()
            if not watched:
                self._stop.wait(TICK_MS / 1000)
                return
            self._listen(watched)
        except DatabaseError as error:
            logger.warning("watching folders is put off, the database does not answer: %s", error)
            self._stop.wait(RETRY_SECONDS)
        except Exception as error:
            logger.warning("live folders cannot be watched", exc_info=True)
            note = why_not(error)
            rows = LiveFolder.objects.filter(dataset_id__in=watched)
            rows.update(is_watched=False, watch_note=note)
            self._stop.wait(RETRY_SECONDS)

    def _listen(self, watched: Mapping[int, str]) -> None:
        LiveFolder.objects.filter(dataset_id__in=watched).update(is_watched=True, watch_note="")
        for changes in watch(
            *[f"{root}/{kind}" for root in watched.values() for kind in ("images", "labels")],
            watch_filter=is_heard,
            debounce=DEBOUNCE_MS,
            step=200,
            rust_timeout=TICK_MS,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            close_old_connections()
            self._ask(watched, changes)
            if choose_watched() != watched:
                return

    def _ask(self, watched: Mapping[int, str], changes: Iterable[tuple[Change, str]]) -> None:
        heard: dict[int, list[str]] = {}
        for _, path in changes:
            for dataset_id, root in watched.items():
                if path.startswith(f"{root}/"):
                    heard.setdefault(dataset_id, []).append(path[len(root) + 1 :])
        for dataset_id, found in heard.items():
            dataset = Dataset.objects.filter(pk=dataset_id, deleted_at__isnull=True).first()
            if dataset is None or is_importing(dataset):
                continue
            if len(found) <= MOST_HEARD and not has_foreign(dataset, found):
                continue
            if time.monotonic() - self._looked.get(dataset_id, -LOOK_EVERY_SECONDS) < (
                LOOK_EVERY_SECONDS
            ):
                ask_soon(dataset)
            else:
                self._looked[dataset_id] = time.monotonic()
                start_look(dataset)


def is_importing(dataset: Dataset) -> bool:
    """Whether an import is at work; the folder is then looked at after it."""
    if not dataset.imports.filter(state__in=ACTIVE_STATES, is_dry_run=False).exists():
        return False
    after = timezone.now() + timedelta(seconds=RETRY_SECONDS)
    LiveFolder.objects.filter(dataset=dataset).update(look_after=after)
    return True


def ask_soon(dataset: Dataset) -> None:
    """Have the schedule look in a moment."""
    LiveFolder.objects.filter(dataset=dataset).update(look_after=timezone.now())


def is_heard(_: Change, path: str) -> bool:
    """Whether a path says something: not what is hidden, temporary or a cache."""
    return not any(is_passed_over(part) for part in path.rsplit("/", 4)[1:])


def choose_watched() -> dict[int, str]:
    """The folders of datasets that can be watched; of the others the note says why not."""
    chosen: dict[int, str] = {}
    left = MOST_FOLDERS_IN_ALL
    mounts = read_mounts()
    rows = LiveFolder.objects.select_related("dataset").order_by("-dataset__updated_at", "pk")
    for row in rows.filter(dataset__deleted_at__isnull=True, dataset__files_slug="").iterator():
        root = paths.dataset_dir(row.dataset)
        if not (root / "images").is_dir() or not (root / "labels").is_dir():
            continue
        kind, note = kind_of(root, mounts), ""
        if kind in NETWORK or kind.startswith("fuse."):
            note = ON_NETWORK.format(kind=kind)
        else:
            most = min(MOST_FOLDERS, left)
            count = count_folders(root, most=most)
            left -= min(count, most)
            note = TOO_MANY.format(most=most) if count > most else ""
        if not note:
            chosen[row.dataset_id] = str(root)
        elif note != row.watch_note:
            LiveFolder.objects.filter(pk=row.pk).update(is_watched=False, watch_note=note)
    return chosen


def read_mounts() -> dict[str, str]:
    """Where file systems are mounted, and their kinds; {} where that cannot be told."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    fields = [line.split(" ") for line in lines]
    return {line[1].replace("\\040", " "): line[2] for line in fields if len(line) > 2}


def kind_of(path: Path, mounts: Mapping[str, str]) -> str:
    """The kind of the file system that a folder lies on."""
    real = path.resolve()
    for place in (real, *real.parents):
        if str(place) in mounts:
            return mounts[str(place)]
    return ""


def why_not(error: Exception) -> str:
    text = str(error)
    is_limit = "limit" in text.lower() or "No space left" in text
    return LIMIT if is_limit else FAILED.format(reason=text[:200] or type(error).__name__)


def has_foreign(dataset: Dataset, found: Iterable[str]) -> bool:
    """Whether one of these paths is not as Segloop left it, as far as can be told at once."""
    entries = [entry for path in found if (entry := _entry(path)) is not None]
    stems = {entry.stem for entry in entries if is_text(entry.stem)}
    rows = {row.stem: row for row in dataset.images.filter(stem__in=stems)}
    going = Image.trashed.filter(dataset=dataset, label_pending=True, stem__in=stems)
    gone = set(going.values_list("stem", flat=True))
    root = paths.dataset_dir(dataset)
    for entry in entries:
        image = rows.get(entry.stem)
        if entry.stem in gone or (image is not None and image.label_pending):
            continue
        there = see(root / entry.path)
        if there is None and what_is_there(root / entry.path) == "a folder":
            return True  # nothing is heard of what it held when it was moved here
        if image is None:
            if (
                there is not None
                and not Image.trashed.filter(
                    dataset=dataset, stem=entry.stem, label_pending=True
                ).exists()
            ):
                return True
            continue
        image.dataset = dataset
        if _is_foreign(image, entry, is_there=there is not None):
            return True
    return False


def _is_foreign(image: Image, entry: Entry, *, is_there: bool) -> bool:
    if entry.root == "labels":
        expected = paths.label_path(image) if image.is_finished else None
    else:
        expected = paths.image_path(image)
    is_place = expected is not None and expected == paths.dataset_dir(image.dataset) / entry.path
    if not is_place or expected is None:
        return is_there
    seen = see(expected)
    if seen is None:
        return True
    if entry.root == "images":
        is_known = seen.mtime_ns == image.file_mtime_ns or image.file_mtime_ns is None
        return seen.size != image.size_bytes or not is_known
    if seen == (image.label_size, image.label_mtime_ns):
        return False
    try:
        content = expected.read_bytes()
    except OSError:
        return True
    return sha256_of(content) != image.label_sha256 and content != label_bytes(image)


def _entry(path: str) -> Entry | None:
    parts = path.split("/", 2)
    return Entry(parts[0], parts[1], parts[2], None) if len(parts) == 3 else None


_watcher: FolderWatcher | None = None


def start_watcher() -> None:
    """Watch the live folders from this process; called where a worker of the cpu queue starts."""
    global _watcher  # noqa: PLW0603 - one a process
    if settings.WATCH_FOLDERS:
        _watcher = FolderWatcher()
        _watcher.start()


def stop_watcher() -> None:
    global _watcher
    watcher, _watcher = _watcher, None
    if watcher is not None:
        watcher.stop()
