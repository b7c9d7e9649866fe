"""Datasets in the trash: back with their folder, or gone for good."""

from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.utils import timezone

from annotator import housekeeping, paths
from annotator.datasets.datasets import create_dataset
from annotator.folder.changing import delete_image
from annotator.folder.trash import datasets as dataset_trash
from annotator.folder.trash.datasets import (
    delete_dataset,
    purge_dataset,
    restore_dataset,
    settle_pending,
)
from annotator.images.places import find_image_file
from annotator.kernel.errors import ConflictError
from annotator.models import Dataset, Image
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def reload(pond: Pond) -> Dataset:
    return Dataset.objects.get(pk=pond.dataset.pk)


def delete(pond: Pond) -> Dataset:
    delete_dataset(reload(pond), author=pond.lead)
    return reload(pond)


def test_a_restored_dataset_is_where_it_was(pond: Pond, image: Image) -> None:
    slug, folder = pond.dataset.slug, paths.dataset_dir(pond.dataset)
    deleted = delete(pond)
    assert not folder.exists()
    assert (paths.trash_dir() / deleted.slug / "data.yaml").exists()
    assert (deleted.deleted_by, deleted.former_slug, deleted.files_slug) == (pond.lead, slug, "")
    restored = restore_dataset(deleted)
    assert (restored.slug, restored.deleted_at, restored.deleted_by) == (slug, None, None)
    assert find_image_file(Image.objects.get(pk=image.pk)).exists()
    assert "path" not in yaml.safe_load((folder / "data.yaml").read_text())
    assert restore_dataset(reload(pond)).slug == slug


def test_it_gets_another_slug_where_its_own_is_taken(pond: Pond, image: Image) -> None:
    slug = pond.dataset.slug
    deleted = delete(pond)
    assert create_dataset(owner=pond.stranger, name=pond.dataset.name).slug == slug
    answer = client_of(pond.lead).post(f"/api/trash/datasets/{deleted.pk}/restore/")
    assert answer.json()["slug"] == f"{slug}-2"
    folder = paths.dataset_dir(reload(pond))
    assert "path" not in yaml.safe_load((folder / "data.yaml").read_text())
    assert find_image_file(Image.objects.select_related("dataset").get(pk=image.pk)).exists()


def test_what_a_crash_left_is_moved_later(
    pond: Pond, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug, folder = pond.dataset.slug, paths.dataset_dir(pond.dataset)
    with monkeypatch.context() as patch:
        patch.setattr(dataset_trash, "settle_files", lambda _: None)
        deleted = delete(pond)
    assert folder.exists()
    assert create_dataset(owner=pond.lead, name=pond.dataset.name).slug == f"{slug}-2"
    settle_pending()
    assert not folder.exists()
    with monkeypatch.context() as patch:
        patch.setattr(dataset_trash, "settle_files", lambda _: None)
        restore_dataset(deleted)
    assert not folder.exists()
    settle_pending()
    assert find_image_file(Image.objects.get(pk=image.pk)).exists()
    assert reload(pond).files_slug == ""


def test_the_trash_tells_what_it_holds(
    pond: Pond, image: Image, django_assert_max_num_queries: Any
) -> None:
    delete_image(pond.add_image("b"), author=pond.lead)
    slug, client = pond.dataset.slug, client_of(pond.lead)
    delete(pond)
    for n in range(3):
        delete_dataset(create_dataset(owner=pond.lead, name=f"n{n}"), author=pond.lead)
    with django_assert_max_num_queries(5):
        *_, row = client.get("/api/trash/datasets/").json()["results"]
    assert (row["slug"], row["image_count"], row["instance_count"]) == (slug, 1, 0)
    assert row["deleted_by"]["username"] == "lead"


def test_purged_is_gone_for_good(pond: Pond, image: Image) -> None:
    gone = pond.add_image("b")
    delete_image(gone, author=pond.lead)
    client, deleted = client_of(pond.lead), delete(pond)
    assert client.delete(f"/api/trash/datasets/{deleted.pk}/").status_code == 204
    assert client.get("/api/trash/datasets/").json()["results"] == []
    assert client.post(f"/api/trash/datasets/{deleted.pk}/restore/").status_code == 404
    with pytest.raises(ConflictError, match="for good"):
        restore_dataset(deleted)
    housekeeping.purge_trash(budget_seconds=5)
    assert not Dataset.objects.filter(pk=deleted.pk).exists()
    assert not Image.all_objects.filter(pk__in=[image.pk, gone.pk]).exists()
    assert not (paths.trash_dir() / deleted.slug).exists()
    assert not paths.trashed_image_dir(gone.pk).exists()


def test_only_what_is_in_the_trash_is_purged(pond: Pond) -> None:
    with pytest.raises(ConflictError, match="delete it first"):
        purge_dataset(pond.dataset)


def test_housekeeping_purges_datasets_past_their_time(pond: Pond, settings: Any) -> None:
    settings.TRASH_DAYS = 30
    deleted = delete(pond)
    dataset_trash.mark_expired_datasets()
    assert not reload(pond).is_purging
    Dataset.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    dataset_trash.mark_expired_datasets()
    housekeeping.purge_trash(budget_seconds=5)
    assert not Dataset.objects.filter(pk=deleted.pk).exists()
