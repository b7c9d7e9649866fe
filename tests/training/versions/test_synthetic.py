"""Versions with synthetic examples: what they hold beside their base, and who must not see it."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotator.exports.material import gather_material
from annotator.exports.selection import Selection
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.jobs import cancel_job
from training import paths
from training.jobs.engine_process import EngineEvent
from training.models import Version
from training.runs.data_counts import read_used_data
from training.versions.differences import compare
from training.versions.folds import data_yaml_of
from training.versions.freezing import find_changed_files, freeze_version, read_manifest
from training.versions.restoring import preview_restore
from training.versions.synthetic import SyntheticBuilder, make_recipe, request_synthetic
from training.versions.version_index import VersionIndex
from training.versions.versions import preview_version

from ..conftest import Pond, freeze, start

pytestmark = pytest.mark.django_db(transaction=True)


def add_synthetic(pond: Pond, base: Version, *, images: int = 5, seed: int = 3) -> Version:
    recipe = make_recipe(base, classes=["disc"], images=images, seed=seed)
    version = request_synthetic(base, recipe, created_by=pond.lead)
    freeze_version(version.pk)
    version.refresh_from_db()
    return version


def contents(folder: Path, pattern: str) -> dict[str, bytes]:
    found = folder.glob(pattern)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_a_version_with_synthetic_examples(pond: Pond) -> None:
    base = freeze(pond)
    version = add_synthetic(pond, base)
    assert version.state == "finished", version.error
    assert (version.number, version.name) == (base.number + 1, f"Version {base.number} + synthetic")
    assert version.train_count == base.train_count + 5
    assert (version.val_count, version.test_count) == (base.val_count, base.test_count)
    told = version.synthetic or {}
    assert told["images"] == 5
    assert version.instance_count == base.instance_count + told["instances"]
    ours, theirs = paths.version_dir(version), paths.version_dir(base)
    made = {path for path in contents(ours, "images/*/*") if "syn-3-" in path}
    assert made == {f"images/train/syn-3-{number}.png" for number in range(1, 6)}
    for pattern in ("images/*/*", "labels/*/*"):
        kept = {k: v for k, v in contents(ours, pattern).items() if "syn-" not in k}
        assert kept == contents(theirs, pattern)
    assert (ours / "images/val/val-00.png").samefile(theirs / "images/val/val-00.png")
    manifest = read_manifest(version)
    marked = [image for image in manifest["images"] if image.get("synthetic")]
    assert {image["path"] for image in marked} == made
    real = {image["id"] for image in manifest["images"] if not image.get("synthetic")}
    assert all(set(image["shows"]) <= real for image in marked)
    assert find_changed_files(version) == []
    assert len((ours / "synthetic.jsonl").read_text().splitlines()) == 5
    assert not list(ours.parent.glob(".*"))
    assert not (ours / ".synthetic").exists()
    # The live dataset knows nothing of them, and still matches the version that it was frozen to.
    assert not pond.dataset.images.filter(stem__startswith="syn-").exists()
    assert preview_version(pond.dataset)["unchanged_since"] == base.number


def test_the_same_seed_gives_the_same_version(pond: Pond) -> None:
    base = freeze(pond)
    first, second = add_synthetic(pond, base), add_synthetic(pond, base)
    other = add_synthetic(pond, base, seed=4)
    assert first.content_sha256 == second.content_sha256 != other.content_sha256
    assert second.name == f"{first.name} 2"


def test_they_are_neither_compared_nor_restored_nor_exported(pond: Pond) -> None:
    base = freeze(pond)
    version = add_synthetic(pond, base)
    total = base.train_count + base.val_count + base.test_count
    assert sum(1 for _ in VersionIndex(version)) == total
    assert compare(base, version).state
    restored = preview_restore(version)
    assert (restored["same"], restored["others"]) == (total, 0)
    assert (restored["from_version"], restored["taken"], restored["open"]) == (0, 0, 0)
    counts = gather_material(pond.dataset, Selection(version=version.number)).count()
    assert counts["images"] == total
    assert counts["left_out_images"] == 5
    assert counts["left_out_objects"] == (version.synthetic or {})["instances"]
    val = gather_material(pond.dataset, Selection(version=version.number, splits=("val",)))
    assert val.count()["left_out_images"] == 0


def test_a_fold_trains_on_those_alone_that_show_no_image_of_its_val(pond: Pond) -> None:
    version = add_synthetic(pond, freeze(pond), images=12)
    manifest = read_manifest(version)
    ids = {image["path"]: image["id"] for image in manifest["images"]}
    shows = {image["path"]: image["shows"] for image in manifest["images"] if "shows" in image}
    used = 0
    for number in (1, 2, 3):
        run = start(pond, version=version, fold={"number": number, "count": 3, "seed": 0})
        folder = data_yaml_of(run).parent
        source = paths.version_dir(version)
        train, val = (
            {Path(line).relative_to(source).as_posix() for line in text.splitlines()}
            for text in ((folder / f"{split}.txt").read_text() for split in ("train", "val"))
        )
        assert not any("syn-" in path for path in val)
        hidden = {ids[path] for path in val}
        expected = {path for path, seen in shows.items() if hidden.isdisjoint(seen)}
        assert {path for path in train if "syn-" in path} == expected
        used += len(expected)
    assert used < 3 * len(shows)


def test_what_the_trainer_reads_is_what_the_version_holds(pond: Pond) -> None:
    version = add_synthetic(pond, freeze(pond))
    run = start(pond, version=version)
    folder = paths.version_dir(version)
    rows = sum(len(text.splitlines()) for text in contents(folder, "labels/train/*").values())
    run.data_counts = [
        {
            "split": "train", "listed": version.train_count, "images": version.train_count,
            "backgrounds": 0, "corrupt": 0, "instances": rows, "class_instances": {},
            "duplicates": 0, "restored": 0, "messages": [],
        }
    ]  # fmt: skip
    assert read_used_data(run)["differs"] is False


def test_what_is_refused(pond: Pond) -> None:
    base = freeze(pond)
    version = add_synthetic(pond, base)
    with pytest.raises(ServiceError, match="has synthetic examples already"):
        make_recipe(version, classes=["disc"], images=3)
    with pytest.raises(ServiceError, match="no class “cat”"):
        make_recipe(base, classes=["cat"], images=3)
    with pytest.raises(ServiceError, match="Choose a class"):
        make_recipe(base, classes=[], images=3)
    with pytest.raises(ServiceError, match="not both"):
        make_recipe(base, classes=["disc"], images=3, instances_per_class=3)
    Version.objects.filter(pk=base.pk).update(state="queued")
    base.refresh_from_db()
    with pytest.raises(ConflictError):
        make_recipe(base, classes=["disc"], images=3)


def test_a_cancelled_one_leaves_nothing(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    base = freeze(pond)
    recipe = make_recipe(base, classes=["disc"], images=5000)
    version = request_synthetic(base, recipe, created_by=pond.lead)
    hear = SyntheticBuilder._hear

    def hear_and_cancel(self: SyntheticBuilder, event: EngineEvent) -> None:
        if event["type"] == "progress":
            cancel_job(Version.objects.get(pk=version.pk))
        hear(self, event)

    monkeypatch.setattr(SyntheticBuilder, "_hear", hear_and_cancel)
    freeze_version(version.pk)
    version.refresh_from_db()
    assert version.state == "cancelled"
    left = {path.name for path in paths.version_dir(base).parent.iterdir()}
    assert left == {str(base.number)}


def test_a_worker_that_died_is_made_up_for(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    """It died when the engine had finished; the next one begins anew and makes the same."""
    base = freeze(pond)
    whole = add_synthetic(pond, base)
    recipe = make_recipe(base, classes=["disc"], images=5, seed=3)
    version = request_synthetic(base, recipe, created_by=pond.lead)

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(SyntheticBuilder, "_take_in", die)
        with pytest.raises(Killed):
            freeze_version(version.pk)
    (paths.version_dir(version).parent / f".{version.number}-dead" / "images").mkdir(parents=True)
    Version.objects.filter(pk=version.pk).update(lease_until=timezone.now())
    freeze_version(version.pk)
    version.refresh_from_db()
    assert version.state == "finished"
    assert version.content_sha256 == whole.content_sha256
    assert not list(paths.version_dir(version).parent.glob(".*"))


def test_a_base_that_was_changed_on_the_disk_is_refused(pond: Pond) -> None:
    base = freeze(pond)
    label = paths.version_dir(base) / "labels/train/train-00.txt"
    label.write_text(label.read_text() + "0 0.1 0.1 0.2 0.1 0.2 0.2\n")
    version = add_synthetic(pond, base)
    assert version.state == "failed"
    assert "labels/train/train-00.txt" in version.error


def test_the_command(pond: Pond, capsys: pytest.CaptureFixture[str]) -> None:
    base = freeze(pond)
    call_command(
        "add_synthetic", pond.dataset.slug, "--version", str(base.number),
        "--classes", "disc,diamond", "--images", "4", "--seed", "1", "--json",
    )  # fmt: skip
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["version"] == base.number + 1
    assert told["images"]["train"] == base.train_count + 4
    assert told["synthetic"]["images"] == 4
    with pytest.raises(CommandError, match="no class “cat”"):
        call_command("add_synthetic", pond.dataset.slug, "--classes", "cat", "--images", "4")
