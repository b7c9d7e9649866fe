"""Ignore regions in a version: painted out, and the objects in them left out."""

import io
import uuid
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from annotator import paths as annotator_paths
from annotator.annotations.data import InstanceData
from annotator.folder.saving import save_annotation
from annotator.kernel.files import sha256_of
from annotator.labels.formats.yolo.rows import parse_labels
from annotator.labels.pixels.painting import GREY, paint_out
from annotator.labels.polygons.geometry import Polygons
from annotator.models import Image
from training import paths
from training.versions.freezing import find_changed_files, freeze_version, read_manifest
from training.versions.ignoring import ignore_path, read_ignore_file, trim_label
from training.versions.versions import preview_version, request_version

from ..conftest import Pond, freeze

pytestmark = pytest.mark.django_db(transaction=True)


def box(x0: float, y0: float, x1: float, y1: float) -> Polygons:
    return [[[x0, y0, x1, y0, x1, y1, x0, y1]]]


def ignore(pond: Pond, image: Image, *polygons: Polygons) -> None:
    image.refresh_from_db()
    regions: list[InstanceData] = [
        {"id": str(uuid.uuid4()), "class_id": None, "polygons": each} for each in polygons
    ]
    save_annotation(image.pk, base_revision=image.revision, upsert=regions, author=pond.annotator)
    image.refresh_from_db()


def pixels_of(path: Path) -> np.ndarray:
    return np.asarray(Pillow.open(path).convert("RGB"))


def test_an_image_with_regions_is_painted_and_the_others_stay_links(pond: Pond) -> None:
    image = Image.objects.filter(dataset=pond.dataset, split="val").order_by("stem")[0]
    width, height = image.width, image.height
    ignore(pond, image, box(0, 0, width / 2, height))
    version = freeze(pond)
    assert version.state == "finished", version.error
    assert version.painted_count == 1
    folder = paths.version_dir(version)
    frozen = next(each for each in read_manifest(version)["images"] if each["id"] == str(image.pk))
    file, live = folder / frozen["path"], annotator_paths.image_path(image)
    assert not file.samefile(live)
    assert sha256_of(live.read_bytes()) == image.sha256 == frozen["sha256"]
    assert sha256_of(file.read_bytes()) == frozen["painted_sha256"] != image.sha256
    painted, before = pixels_of(file), pixels_of(live)
    assert (painted[:, : width // 2 - 1] == GREY).all()
    np.testing.assert_array_equal(painted[:, width // 2 + 2 :], before[:, width // 2 + 2 :])
    assert read_ignore_file(folder / ignore_path(frozen["path"]))["regions"] == [
        box(0, 0, width / 2, height)
    ]
    others = Image.objects.filter(dataset=pond.dataset, status="done").exclude(pk=image.pk)
    for other in others:
        linked = folder / "images" / other.split / other.file_name
        assert annotator_paths.image_path(other).samefile(linked)
    assert find_changed_files(version) == []
    file.write_bytes(b"")
    assert find_changed_files(version) == [frozen["path"]]


def test_objects_that_lie_in_a_region_are_left_out_and_listed(pond: Pond) -> None:
    image = Image.objects.filter(
        dataset=pond.dataset, split="train", instance_count__gt=0
    ).order_by("stem")[0]
    total = freeze(pond).instance_count
    own = image.instance_count
    ignore(pond, image, box(0, 0, image.width, image.height))
    version = freeze(pond)
    assert version.instance_count == total - own
    assert version.ignored_object_count == own
    folder = paths.version_dir(version)
    frozen = next(each for each in read_manifest(version)["images"] if each["id"] == str(image.pk))
    assert (folder / "labels" / image.split / f"{image.stem}.txt").read_bytes() == b""
    assert (frozen["instances"], frozen["instance_ids"], frozen["dropped"]) == (0, [], own)
    dropped = read_ignore_file(folder / ignore_path(frozen["path"]))["dropped"]
    assert [each["row"] for each in dropped] == list(range(1, own + 1))
    assert all(each["share"] > 0.99 for each in dropped)
    live = annotator_paths.label_path(image).read_bytes()
    assert live.count(b"\n") == own, "the live folder keeps the objects"


def test_a_new_region_makes_a_new_version(pond: Pond) -> None:
    first = freeze(pond)
    assert preview_version(pond.dataset)["unchanged_since"] == first.number
    image = Image.objects.filter(dataset=pond.dataset, split="train").order_by("stem")[0]
    ignore(pond, image, box(1, 1, 9, 9))
    assert preview_version(pond.dataset)["unchanged_since"] is None
    second = freeze(pond)
    assert preview_version(pond.dataset)["unchanged_since"] == second.number


def test_regions_are_of_the_moment_of_freezing(pond: Pond) -> None:
    image = Image.objects.filter(dataset=pond.dataset, split="train").order_by("stem")[0]
    version = request_version(pond.dataset, created_by=pond.lead)
    ignore(pond, image, box(1, 1, 9, 9))
    freeze_version(version.pk)
    version.refresh_from_db()
    assert version.painted_count == 1


@pytest.mark.parametrize(
    ("share", "is_left_out"), [(0.4, False), (0.5, True), (1.0, True)], ids=str
)
def test_half_of_an_object_decides(share: float, is_left_out: bool) -> None:
    label = b"0 0.1 0.1 0.3 0.1 0.3 0.3 0.1 0.3\r\n\n1 0.6 0.6 0.8 0.6 0.8 0.8 0.6 0.8\n"
    parsed = parse_labels(label, size_wh=(100, 100), class_count=2)
    region = box(10, 10, 10 + 20 * share, 30)
    trimmed = trim_label(label, parsed, [region])
    assert trimmed.kept == [not is_left_out, True]
    assert [each["class_index"] for each in trimmed.dropped] == [0] * is_left_out
    if is_left_out:
        assert trimmed.label == b"\n1 0.6 0.6 0.8 0.6 0.8 0.8 0.6 0.8\n"
    else:
        assert trimmed.label == label


@pytest.mark.parametrize("code", ["JPEG", "PNG", "WEBP", "BMP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_painting_keeps_format_size_and_the_rest(code: str, mode: str) -> None:
    down, across = np.mgrid[:64, :80]
    slope = np.stack([3 * across, 3 * down, 120 + across - down], axis=2).astype(np.uint8)
    whole = io.BytesIO()
    Pillow.fromarray(slope).convert(mode).save(whole, code, quality=80)
    holed: Polygons = [[*box(8, 8, 40, 40)[0], [16, 16, 24, 16, 24, 24, 16, 24]]]
    painted = Pillow.open(io.BytesIO(paint_out(whole.getvalue(), [holed])))
    before = Pillow.open(io.BytesIO(whole.getvalue()))
    assert (painted.format, painted.size) == (code, (80, 64))
    after = np.asarray(painted.convert("RGB")).astype(int)
    first = np.asarray(before.convert("RGB")).astype(int)
    tolerance = 12 if code == "JPEG" else 0
    assert abs(after[10:15, 10:39] - GREY).mean() <= tolerance, "inside"
    assert abs(after[18:22, 18:22] - first[18:22, 18:22]).mean() <= tolerance, "in the hole"
    assert abs(after[:, 48:] - first[:, 48:]).mean() <= tolerance, "beside it"
