"""Splitting a dataset again: the preview, and the job that moves what it shows."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from annotator import paths
from annotator.bulk.changes import run_change
from annotator.folder.saving import save_annotation
from annotator.housekeeping import keep_annotator
from annotator.images.findings.looking import look_over_dataset
from annotator.images.likeness import count_uncompared
from annotator.labels.pixels.likeness import perceptual_hash
from annotator.models import BulkChange, Image
from tests.annotator.conftest import MakeInstance, Pond, client_of, png_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def noise(seed: int, *, brighter: int = 0) -> bytes:
    """An image that is like no other but those of its seed."""
    grid = np.random.default_rng(seed).integers(0, 200, (8, 8), dtype=np.uint8) + brighter
    image = PillowImage.fromarray(grid).resize((100, 80), PillowImage.Resampling.BICUBIC)
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG")
    return out.getvalue()


def preview(pond: Pond, **options: Any) -> Any:
    url = f"/api/datasets/{pond.dataset.slug}/splits/preview/"
    answer = client_of(pond.lead).post(url, options)
    assert answer.status_code == 200, answer.content
    return answer.json()


def split_again(pond: Pond, **options: Any) -> BulkChange:
    answer = client_of(pond.lead).post(f"/api/datasets/{pond.dataset.slug}/splits/", options)
    assert answer.status_code == 202, answer.content
    run_change(answer.json()["id"])
    job = BulkChange.objects.get(pk=answer.json()["id"])
    assert job.state == "finished", job.error
    return job


def test_the_job_does_what_the_preview_shows(pond: Pond, make_instance: MakeInstance) -> None:
    for n in range(20):
        image = pond.add_image(f"{n:02}")
        items: Any = [make_instance()]
        if n % 4 == 0:
            items += [make_instance(class_id=pond.swan.pk), make_instance(class_id=pond.swan.pk)]
        if n < 16:
            save_annotation(
                image.pk, base_revision=0, upsert=items, status="done", author=pond.lead
            )
    save_annotation(
        pond.dataset.images.get(stem="16").pk, base_revision=0, status="done", author=pond.lead
    )
    shown = preview(pond, keep_near_duplicates=False)
    assert shown["images_before"] == {"train": 20, "val": 0, "test": 0}
    assert shown["images_after"] == {"train": 14, "val": 4, "test": 2}
    assert shown["moves"] == 6
    lines = {(line["what"], line["class_id"]): line for line in shown["lines"]}
    swans = lines["class", pond.swan.pk]
    assert swans["objects_before"] == {"train": 8, "val": 0, "test": 0}
    assert set(swans["images_after"].values()) == {1, 2}
    # nothing in it, and not looked at, are two lines
    assert sum(lines["empty", None]["images_after"].values()) == 1
    assert sum(lines["unseen", None]["images_after"].values()) == 3
    assert set(pond.dataset.images.values_list("split", flat=True)) == {"train"}
    job = split_again(pond, keep_near_duplicates=False)
    assert job.changed == shown["moves"]
    assert preview(pond, keep_near_duplicates=False)["moves"] == 0
    found = preview(pond, keep_near_duplicates=False)
    assert found["images_before"] == shown["images_after"]
    for image in pond.dataset.images.select_related("dataset"):
        assert paths.image_path(image).exists()
        assert paths.label_path(image).exists() == image.is_finished


def test_groups_stay_together_and_pinned_images_where_they_are(pond: Pond) -> None:
    for n in range(30):
        image = pond.add_image(f"{n:02}")
        Image.objects.filter(pk=image.pk).update(group=f"video{n // 6}" if n < 24 else "")
    pinned = pond.dataset.images.get(stem="25")
    answer = client_of(pond.lead).patch(
        f"/api/images/{pinned.pk}/", {"split": "test", "is_split_pinned": True}
    )
    assert (answer.json()["split"], answer.json()["is_split_pinned"]) == ("test", True)
    shown = preview(pond, keep_near_duplicates=False, seed=4)
    assert (shown["groups"], shown["pinned"], shown["forced_count"]) == (4, 1, 4)
    assert {row["because"] for row in shown["forced"]} == {"group"}
    assert {row["images"] for row in shown["forced"]} == {6}
    assert any("stay together" in note for note in shown["notes"])
    split_again(pond, keep_near_duplicates=False, seed=4)
    for group in ("video0", "video1", "video2", "video3"):
        rows = pond.dataset.images.filter(group=group)
        assert len(set(rows.values_list("split", flat=True))) == 1
    pinned.refresh_from_db()
    assert pinned.split == "test"
    loose = preview(pond, keep_groups=False, keep_near_duplicates=False)
    assert loose["forced_count"] == 0


def test_near_duplicates_stay_together(pond: Pond) -> None:
    for n in range(12):
        image = pond.add_image(f"{n:02}")
        content = noise(n // 3, brighter=n % 3)
        paths.image_path(image).write_bytes(content)
    assert preview(pond)["uncompared"] == 12
    split_again(pond)
    assert count_uncompared(pond.dataset) == 0
    for kind in range(4):
        stems = [f"{n:02}" for n in range(3 * kind, 3 * kind + 3)]
        rows = pond.dataset.images.filter(stem__in=stems)
        assert len(set(rows.values_list("split", flat=True))) == 1
    shown = preview(pond)
    assert (shown["near_duplicates"], shown["uncompared"], shown["moves"]) == (4, 0, 0)
    assert {row["because"] for row in shown["forced"]} == {"near_duplicates"}


def test_hashes_are_computed_once_and_damaged_images_are_like_nothing(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, flat, damaged = (pond.add_image(stem) for stem in "abc")
    paths.image_path(good).write_bytes(noise(1))
    paths.image_path(flat).write_bytes(png_bytes())
    paths.image_path(damaged).write_bytes(b"no image")
    asked: list[Any] = []
    monkeypatch.setattr(
        "annotator.images.findings.looking.nudge_worker", lambda *args: asked.append(args)
    )
    monkeypatch.setattr("annotator.housekeeping._last_sync", 0.0)
    keep_annotator(frozenset({"cpu"}))
    assert ("annotator.tasks.look_over", pond.dataset.pk) in asked
    look_over_dataset(pond.dataset.pk)
    hashes = dict(pond.dataset.images.values_list("stem", "perceptual_hash"))
    assert hashes == {"a": perceptual_hash(noise(1)), "b": 0, "c": 0}
    asked.clear()
    monkeypatch.setattr("annotator.housekeeping._last_sync", 0.0)
    keep_annotator(frozenset({"cpu"}))
    assert not [args for args in asked if args[1] == pond.dataset.pk]


@pytest.mark.parametrize(
    "options",
    [
        {"ratios": {"train": 70, "val": 20, "test": 20}},
        {"ratios": {"train": 100, "val": 20, "test": -20}},
        {"ratios": {"train": 70, "val": 30}},
        {"seed": -1},
        {"shuffle": True},
    ],
)
def test_shares_make_a_hundred_percent(pond: Pond, options: dict[str, Any]) -> None:
    for url in ("splits/preview/", "splits/"):
        answer = client_of(pond.lead).post(f"/api/datasets/{pond.dataset.slug}/{url}", options)
        assert answer.status_code == 400
    assert not BulkChange.objects.exists()


def test_an_image_pinned_after_the_preview_stays(pond: Pond) -> None:
    for n in range(10):
        pond.add_image(f"{n:02}")
    answer = client_of(pond.lead).post(
        f"/api/datasets/{pond.dataset.slug}/images/bulk/",
        {"filters": {}, "action": "set_split_pinned", "is_split_pinned": True},
    )
    assert answer.json()["changed"] == 10
    assert split_again(pond, keep_near_duplicates=False).changed == 0
    assert set(pond.dataset.images.values_list("split", flat=True)) == {"train"}
