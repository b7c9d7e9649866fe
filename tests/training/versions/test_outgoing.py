"""Versions go out in any format, by splits and classes; their archives go on after a break."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.exports.losses import find_losses
from annotator.exports.material import gather_material
from annotator.exports.selection import Selection
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.labels.formats import FORMATS
from annotator.models import Dataset
from tests.annotator.conftest import client_of
from training.models import Version

from ..conftest import Trained

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(trained: Trained) -> Version:
    return trained.run.version


@pytest.fixture
def lead(version: Version) -> User:
    user = version.dataset.memberships.filter(role="lead").select_related("user").first()
    assert user is not None
    return user.user


def unzip(pieces: Iterator[bytes]) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def export(dataset: Dataset, user: User, query: str) -> Any:
    return client_of(user).get(f"/api/datasets/{dataset.slug}/export/{query}")


def test_a_version_goes_out_as_it_was_frozen(version: Version, lead: User) -> None:
    dataset = version.dataset
    before = unzip(export(dataset, lead, f"?version={version.number}").streaming_content)
    assert sum(name.startswith("images/") for name in before) == (
        version.train_count + version.val_count + version.test_count
    )
    dataset.images.all().delete()  # the live dataset goes on without it
    after = unzip(export(dataset, lead, f"?version={version.number}").streaming_content)
    assert after == before
    only = unzip(export(dataset, lead, f"?version={version.number}&split=val").streaming_content)
    images = [name for name in only if name.startswith("images/") and not name.endswith("/")]
    assert len(images) == version.val_count
    assert all(name.startswith("images/val/") for name in images)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_in_each_format_with_the_counts_equal(version: Version, format: str) -> None:
    selection = Selection(version=version.number)
    material = gather_material(version.dataset, selection)
    losses = find_losses(FORMATS[format], material)
    assert losses.images == material.count()["images"]
    assert losses.objects == material.count()["objects"] == version.instance_count
    parts = [find_losses(FORMATS[format], material, seconds=-1.0)]
    while (cursor := parts[-1].next) is not None:
        parts.append(find_losses(FORMATS[format], material, cursor=cursor, seconds=-1.0))
    assert sum(part.objects for part in parts) == version.instance_count


def test_chosen_classes_and_what_is_not_there(version: Version) -> None:
    dataset = version.dataset
    first = dataset.classes.get(index=0)
    chosen = gather_material(dataset, Selection(version=version.number, class_ids=(first.pk,)))
    counts = chosen.count()
    assert counts["objects"] + counts["other_class_objects"] == version.instance_count
    read = [each for image in chosen.images for each in (image.read_objects or list)()]
    assert {each.class_index for each in read} <= {0}
    assert len(read) == counts["objects"]
    with pytest.raises(ServiceError, match="no version 99"):
        gather_material(dataset, Selection(version=99))
    Version.objects.filter(pk=version.pk).update(state="queued")
    with pytest.raises(ConflictError, match="not frozen"):
        gather_material(dataset, Selection(version=version.number))


def test_its_archive_goes_on_where_it_broke(version: Version, lead: User) -> None:
    url = f"/api/versions/{version.pk}/archive.zip"
    first: Any = client_of(lead).get(url)
    whole = b"".join(first.streaming_content)
    headers = {"Range": "bytes=1000-", "If-Range": first["ETag"]}
    rest: Any = client_of(lead).get(url, headers=headers)
    assert (rest.status_code, rest["Content-Range"]) == (
        206, f"bytes 1000-{len(whole) - 1}/{len(whole)}",
    )  # fmt: skip
    assert whole[:1000] + b"".join(rest.streaming_content) == whole
    other = client_of(lead).get(f"{url}?epochs=7", headers=headers)
    assert other.status_code == 200, "another plan is another archive"
