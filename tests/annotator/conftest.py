"""People, a dataset and images to test with."""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from annotator import paths
from annotator.datasets.datasets import create_dataset
from annotator.kernel.files import sha256_of
from annotator.models import Dataset, DatasetClass, Image, Membership, Role


def png_bytes(size_wh: tuple[int, int] = (100, 80), color: str = "#336699") -> bytes:
    buffer = io.BytesIO()
    PillowImage.new("RGB", size_wh, color).save(buffer, "PNG")
    return buffer.getvalue()


def square(x: float = 10, y: float = 10, side: float = 20) -> list[list[list[float]]]:
    """One polygon with one ring."""
    return [[[x, y, x + side, y, x + side, y + side, x, y + side]]]


def client_of(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_login(user)
    return client


@dataclass
class Pond:
    """A dataset with one person in each role, and a stranger."""

    dataset: Dataset
    lead: User
    reviewer: User
    annotator: User
    stranger: User

    @property
    def duck(self) -> DatasetClass:
        return self.dataset.classes.get(index=0)

    @property
    def swan(self) -> DatasetClass:
        return self.dataset.classes.get(index=1)

    def add_image(self, stem: str, *, split: str = "train") -> Image:
        """Put an unlabelled picture in place, as an import does."""
        content = png_bytes(color=f"#{uuid.uuid4().hex[:6]}")
        image = Image.objects.create(
            dataset=self.dataset,
            stem=stem,
            extension="png",
            split=split,
            width=100,
            height=80,
            size_bytes=len(content),
            sha256=sha256_of(content),
            upload_sha256=sha256_of(content),
        )
        paths.image_path(image).write_bytes(content)
        return image


@pytest.fixture
def pond(db: None) -> Pond:
    lead, reviewer, annotator, stranger = (
        User.objects.create_user(name, password=f"{name}-pass-word")
        for name in ("lead", "reviewer", "annotator", "stranger")
    )
    dataset = create_dataset(
        owner=lead,
        name=f"Pond {uuid.uuid4().hex[:8]}",
        classes=[{"name": "duck"}, {"name": "swan"}],
    )
    Membership.objects.create(dataset=dataset, user=reviewer, role=Role.REVIEWER)
    Membership.objects.create(dataset=dataset, user=annotator, role=Role.ANNOTATOR)
    return Pond(dataset, lead, reviewer, annotator, stranger)


@pytest.fixture
def image(pond: Pond) -> Image:
    return pond.add_image("a")


MakeInstance = Callable[..., dict[str, object]]


@pytest.fixture
def make_instance(pond: Pond) -> MakeInstance:
    def make(**values: object) -> dict[str, object]:
        return {
            "id": str(uuid.uuid4()),
            "class_id": pond.duck.pk,
            "polygons": square(),
            "occluded": False,
            "truncated": False,
            "note": "",
            "is_box": False,
            **values,
        }

    return make
