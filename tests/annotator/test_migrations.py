"""Rows of earlier versions of Segloop, after the migrations."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from rest_framework.test import APIClient

from annotator.annotations.history import read_revision
from annotator.models import AnnotationRevision, Dataset, Image
from annotator.trash.instances import list_deleted_instances
from tests.annotator.conftest import square

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def old_apps() -> Iterator[Any]:
    executor = MigrationExecutor(connection)
    executor.migrate([("annotator", "0001_initial"), ("training", "0001_initial")])
    yield executor.loader.project_state([("annotator", "0001_initial")]).apps
    migrate_to_newest()


def migrate_to_newest() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_histories_from_before_are_counted_and_replay(old_apps: Any) -> None:
    get = old_apps.get_model
    dataset = get("annotator", "Dataset").objects.create(slug="old", name="Old")
    duck = get("annotator", "DatasetClass").objects.create(
        dataset=dataset, index=0, name="duck", color="#000000"
    )
    image = get("annotator", "Image").objects.create(
        dataset=dataset, stem="a", extension="png", split="train", width=100, height=80,
        size_bytes=1, sha256="0" * 64, upload_sha256="0" * 64, revision=3, status="in_progress",
        instance_count=2,
    )  # fmt: skip
    a, b, c = (
        {"id": str(uuid.uuid4()), "class_id": duck.pk, "polygons": square()} for _ in range(3)
    )
    revisions = get("annotator", "AnnotationRevision").objects
    for number, (put, deleted) in enumerate(
        [([a, b, c], []), ([{**a, "polygons": square(40, 40)}], []), ([], [b["id"]])], start=1
    ):
        revisions.create(
            image=image, number=number, source="user", status="in_progress", put=put,
            deleted=deleted,
        )  # fmt: skip
    for order, item in enumerate([c, {**a, "polygons": square(40, 40)}]):  # c was moved down
        get("annotator", "Instance").objects.create(
            id=item["id"], image=image, dataset_class=duck, order=order, area_px=400.0,
            polygons=item["polygons"],
        )  # fmt: skip
    gone = get("annotator", "Dataset").objects.create(
        slug="pond", name="Pond", deleted_at=timezone.now()
    )
    get("annotator", "Dataset").objects.filter(pk=gone.pk).update(slug=f"pond-deleted-{gone.pk}")
    migrate_to_newest()

    new = Image.objects.get(pk=image.pk)
    rows = AnnotationRevision.objects.filter(image=new).order_by("number")
    assert [(row.added, row.changed, row.order) for row in rows] == [
        (3, 0, None),
        (0, 1, None),
        (0, 0, [c["id"], a["id"]]),
    ]
    assert [item["id"] for item in read_revision(new, 3)["instances"]] == [c["id"], a["id"]]
    (deleted_row,) = list_deleted_instances(new)
    assert (str(deleted_row.instance_id), deleted_row.revision) == (b["id"], 3)
    assert deleted_row.data == {**b, "occluded": False, "truncated": False, "note": ""}
    assert Dataset.objects.get(pk=gone.pk).former_slug == "pond"


def test_old_tokens_in_the_clear_are_dropped_and_people_stay() -> None:
    user = User.objects.create_user("ana", password="a good one 77")
    MigrationExecutor(connection).migrate([("annotator", "0007_revision_moves")])
    key = "0123456789abcdef" * 2 + "01234567"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE authtoken_token (key varchar(40), user_id integer)")
        cursor.execute("INSERT INTO authtoken_token VALUES (%s, %s)", [key, user.pk])
        cursor.execute("CREATE TABLE axes_accessattempt (id integer PRIMARY KEY)")
    ContentType.objects.create(app_label="authtoken", model="token")
    MigrationRecorder(connection).record_applied("authtoken", "0001_initial")
    migrate_to_newest()
    tables = connection.introspection.table_names()
    assert [name for name in tables if name.startswith(("authtoken", "axes", "knox"))] == []
    assert not ContentType.objects.filter(app_label="authtoken").exists()
    applied = MigrationRecorder(connection).applied_migrations()
    assert ("authtoken", "0001_initial") not in applied
    answer = APIClient().get("/api/datasets/", headers={"Authorization": f"Token {key}"})
    assert answer.status_code == 401
    assert User.objects.get(username="ana").check_password("a good one 77")
