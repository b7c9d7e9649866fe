"""A dataset in which something of every kind is wrong."""

import random
import uuid
from typing import Any

from annotator.folder.saving import save_annotation
from annotator.images.findings.looking import look_over
from annotator.models import Image, Instance
from tests.annotator.conftest import Pond, client_of, square


def save(pond: Pond, image: Image, *polygons: Any, swan: bool = False, **more: Any) -> Image:
    """Save an object for each of ``polygons``, and finish the image."""
    class_id = (pond.swan if swan else pond.duck).pk
    items: Any = [
        {"id": str(uuid.uuid4()), "class_id": class_id, "polygons": each, **more}
        for each in polygons
    ]
    return save_annotation(
        image.pk, base_revision=image.revision, upsert=items, status="done", author=pond.lead
    )


def bow_tie(x: float = 10) -> list[list[list[float]]]:
    return [[[x, 10, x + 20, 40, x + 20, 10, x, 40]]]


def reach_outside(image: Image) -> None:
    """Put an object beyond the border, as no save of today does."""
    instance = image.instances.earliest("order")
    Instance.objects.filter(pk=instance.pk).update(polygons=square(90, 10, 30))
    Image.objects.filter(pk=image.pk).update(measured_revision=-1)


def fill_randomly(pond: Pond, seed: int, count: int = 14, *, prefix: str = "") -> None:
    """Images with objects that are fine, and with some that are not."""
    rng = random.Random(seed)
    for n in range(count):
        image = pond.add_image(
            f"{prefix}{n:03}", split=rng.choice(["train", "train", "val", "test"])
        )
        shapes: list[Any] = []
        for _ in range(rng.randrange(4)):
            side = rng.choice([3, 5, 12, 30])
            shapes.append(square(rng.randrange(60), rng.randrange(40), side))
        if shapes and rng.random() < 0.4:
            shapes.append(shapes[0])
        if rng.random() < 0.3:
            shapes.append(bow_tie(rng.randrange(60)))
        if shapes or rng.random() < 0.5:
            image = save(pond, image, *shapes, swan=rng.random() < 0.2)
        if shapes and rng.random() < 0.3:
            reach_outside(image)
        if shapes and rng.random() < 0.3:
            Instance.objects.filter(image=image).update(is_box=True)
        Image.objects.filter(pk=image.pk).update(
            group=rng.choice(["", "", "video1", "video2"]),
            sha256=rng.choice([image.sha256, "a" * 64]),
            perceptual_hash=rng.choice([0, 12345, 12347, rng.getrandbits(62)]),
            brightness=rng.random(),
            sharpness=10 ** (4 * rng.random()),
        )
    look_over(pond.dataset)


def list_found(pond: Pond, who: str = "lead") -> dict[str, Any]:
    """What the API answers, by kind."""
    answer = client_of(getattr(pond, who)).get(f"/api/datasets/{pond.dataset.slug}/findings/")
    assert answer.status_code == 200, answer.content
    return {row["kind"]: row for row in answer.json()["findings"]}


def list_images(pond: Pond, query: str) -> list[dict[str, Any]]:
    answer = client_of(pond.lead).get(f"/api/datasets/{pond.dataset.slug}/images/?{query}")
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows
