"""The window of a dataset: set, rendered image by image, taken up after a crash."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage

from annotator import paths
from annotator.folder.changing import delete_image
from annotator.folder.live_folder import sync_image
from annotator.folder.trash.images import purge_images
from annotator.images import windows
from annotator.images.deep import window_of
from annotator.imports import imports
from annotator.imports.uploads import upload_image
from annotator.kernel.errors import ConflictError
from annotator.kernel.files import sha256_of
from annotator.labels.pixels.deep_images import Window
from annotator.models import Dataset, Image, ImageOriginal
from tests.annotator.conftest import Pond, png_bytes
from tests.annotator.sources import lay_out

pytestmark = pytest.mark.django_db(transaction=True)


def deep_png(low: int, high: int, *, seed: int = 0) -> bytes:
    values = np.linspace(low, high, 40 * 30).astype(np.uint16)
    shuffled = np.random.default_rng(seed).permutation(values).reshape(30, 40)
    is_done, data = cv2.imencode(".png", shuffled)
    assert is_done
    return bytes(data)


def pixels_of(image: Image) -> NDArray[np.uint8]:
    """The live folder's file, as training reads it."""
    image.refresh_from_db()
    pixels = cv2.imread(str(paths.image_path(image)), cv2.IMREAD_COLOR)
    return np.asarray(pixels, dtype=np.uint8)


def deep_files(count: int) -> dict[str, bytes]:
    files = {f"images/train/d{n}.png": deep_png(100, 1000 + 100 * n, seed=n) for n in range(count)}
    return {"data.yaml": b"train: images/train\nnames: [duck, swan]\n", **files}


def run_import(pond: Pond, source: Path) -> None:
    row = imports.create_import(
        pond.dataset, source_path=str(source), source_name="deep", created_by=pond.lead
    )
    job = imports.run_import(row.pk)
    assert job is not None
    assert job.state == "finished", job.error


def test_an_upload_keeps_its_original_and_makes_the_window(pond: Pond) -> None:
    data = deep_png(100, 4000)
    image = upload_image(pond.dataset, file_name="deep.png", data=data)
    original = ImageOriginal.objects.get(image=image)
    assert paths.original_path(image, original.extension).read_bytes() == data
    assert (pixels_of(image).min(), pixels_of(image).max()) == (0, 255)
    state = windows.read_window(Dataset.objects.get(pk=pond.dataset.pk))
    assert (state["lowest"], state["highest"]) == (100, 4000)
    assert (state["images"], state["waiting"], state["is_automatic"]) == (1, 0, True)


def test_the_next_upload_is_seen_through_the_same_window(pond: Pond) -> None:
    upload_image(pond.dataset, file_name="a.png", data=deep_png(0, 1000))
    darker = upload_image(pond.dataset, file_name="b.png", data=deep_png(0, 500, seed=1))
    assert 120 < pixels_of(darker).max() < 135


def test_an_import_takes_one_window_from_all_its_images(pond: Pond, tmp_path: Path) -> None:
    run_import(pond, lay_out(tmp_path, deep_files(5)))
    dataset = Dataset.objects.get(pk=pond.dataset.pk)
    assert window_of(dataset) == Window(104, 1194), "the middle of the five"
    windows.render_dataset(dataset.pk)
    assert windows.read_window(dataset)["waiting"] == 0
    assert {(row.window_low, row.window_high) for row in ImageOriginal.objects.all()} == {
        (104, 1194)
    }


def test_a_new_window_renders_every_image_and_freezes_no_old_one(pond: Pond) -> None:
    image = upload_image(pond.dataset, file_name="a.png", data=deep_png(0, 1000))
    old_sha, old_file = image.sha256, paths.image_path(image)
    hard_link = old_file.with_suffix(".link")
    hard_link.hardlink_to(old_file)
    frozen = hard_link.read_bytes()
    dataset = Dataset.objects.get(pk=pond.dataset.pk)
    state = windows.set_window(dataset, Window(0, 100))
    assert state["waiting"] == 1
    assert windows.render_dataset(dataset.pk) == 1
    image.refresh_from_db()
    assert image.sha256 != old_sha
    assert (pixels_of(image) == 255).mean() > 0.85
    assert hard_link.read_bytes() == frozen, "a version keeps what it was frozen with"
    assert windows.read_window(dataset)["waiting"] == 0


def test_a_kill_between_file_and_row_is_made_good(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_image(pond.dataset, file_name="a.png", data=deep_png(0, 1000))
    dataset = Dataset.objects.get(pk=pond.dataset.pk)
    windows.set_window(dataset, Window(0, 100))
    with monkeypatch.context() as patch:
        patch.setattr(windows, "write_turn", _killed)
        with pytest.raises(KeyboardInterrupt):
            windows.render_pending(dataset)
    assert windows.read_window(dataset)["waiting"] == 1
    assert windows.render_dataset(dataset.pk) == 1
    image = Image.objects.get(dataset=dataset)
    assert image.sha256 == sha256_of(paths.image_path(image).read_bytes())


def _killed() -> None:
    raise KeyboardInterrupt


def test_the_automatic_window_comes_back(pond: Pond) -> None:
    upload_image(pond.dataset, file_name="a.png", data=deep_png(0, 1000))
    dataset = Dataset.objects.get(pk=pond.dataset.pk)
    windows.set_window(dataset, Window(0, 100))
    state = windows.set_automatic_window(dataset)
    assert (state["low"], state["high"], state["is_automatic"]) == (4, 994, True)


def test_a_window_set_by_hand_stays_at_an_import(pond: Pond, tmp_path: Path) -> None:
    upload_image(pond.dataset, file_name="a.png", data=deep_png(0, 1000))
    windows.set_window(Dataset.objects.get(pk=pond.dataset.pk), Window(7, 99))
    run_import(pond, lay_out(tmp_path, deep_files(2)))
    assert window_of(Dataset.objects.get(pk=pond.dataset.pk)) == Window(7, 99)


def test_without_deep_images_there_is_no_window_to_set(pond: Pond) -> None:
    upload_image(pond.dataset, file_name="a.png", data=png_bytes())
    with pytest.raises(ConflictError, match="no window to set"):
        windows.set_window(pond.dataset, Window(0, 9))


def test_the_original_follows_its_image_into_the_trash_and_goes_with_it(pond: Pond) -> None:
    image = upload_image(pond.dataset, file_name="a.png", data=deep_png(0, 1000))
    original = paths.original_path(image, "png")
    delete_image(image, author=pond.lead)
    sync_image(image.pk)
    windows.set_window(Dataset.objects.get(pk=pond.dataset.pk), Window(0, 100))
    assert windows.render_dataset(pond.dataset.pk) == 1, "in the trash it is kept up too"
    assert original.exists()
    purge_images(pond.dataset, [image.pk])
    assert not original.exists()


def test_the_preview_is_a_jpeg_through_the_wanted_window(pond: Pond) -> None:
    image = upload_image(pond.dataset, file_name="a.png", data=deep_png(0, 1000))
    preview = PillowImage.open(io.BytesIO(windows.render_preview(image, Window(0, 10))))
    assert (preview.format, preview.size) == ("JPEG", (40, 30))
    assert np.asarray(preview).mean() > 240
