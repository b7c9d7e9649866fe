"""The list of images: every filter, every sort, every page, each image once; the strip too."""

import base64
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.api.serializers.images import ImageGridItemSerializer, ImageListItemSerializer
from annotator.datasets.datasets import create_dataset
from annotator.folder.saving import save_annotation
from annotator.images import facets
from annotator.images.ordering import ORDERINGS
from annotator.models import Image, ImageTag, Tag
from tests.annotator.conftest import Pond, client_of, square

pytestmark = pytest.mark.django_db

COUNT = 23


def get(pond: Pond, path: str = "", /, who: str = "lead", **query: Any) -> Any:
    url = f"/api/datasets/{pond.dataset.slug}/images/{path}"
    answer = client_of(getattr(pond, who)).get(url, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def stems(pond: Pond, **query: Any) -> list[str]:
    return [item["stem"] for item in get(pond, **query)["results"]]


def fill(pond: Pond) -> list[Image]:
    """Images of which many are equal in what they are sorted by."""
    now = timezone.now()
    made = []
    for n in range(COUNT):
        image = pond.add_image(f"{n:02}", split=("train", "val", "test")[n % 3])
        Image.objects.filter(pk=image.pk).update(
            instance_count=n % 3, size_bytes=100 + n % 4, width=100 + n, group=f"g{n % 2}",
            created_at=now - timedelta(days=n % 5), updated_at=now - timedelta(days=n % 2),
        )  # fmt: skip
        made.append(image)
    return made


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_pages_in_any_order_hold_each_image_once_forwards_and_back(
    pond: Pond, ordering: str
) -> None:
    fill(pond)
    name = ordering.removeprefix("-")
    sign = "-" if ordering.startswith("-") else ""
    wanted = [
        str(pk)
        for pk in Image.objects.order_by(f"{sign}{name}", f"{sign}id").values_list("pk", flat=True)
    ]
    client = client_of(pond.lead)
    url = f"/api/datasets/{pond.dataset.slug}/images/?page_size=4&ordering={ordering}"
    pages, page = [], client.get(url).json()
    assert page["previous"] is None
    pages.append(page)
    while page["next"]:
        page = client.get(page["next"]).json()
        pages.append(page)
    assert [item["id"] for each in pages for item in each["results"]] == wanted

    back: list[Any] = []
    while page["previous"]:
        page = client.get(page["previous"]).json()
        back.insert(0, page["results"])
    assert back == [each["results"] for each in pages[:-1]]


def test_the_strip_and_the_neighbours_follow_the_order_of_the_grid(pond: Pond) -> None:
    fill(pond)
    client = client_of(pond.lead)
    rows = list(Image.objects.order_by("-instance_count", "-id").values_list("pk", flat=True))
    middle = rows[9]
    query: dict[str, str] = {"ordering": "-instance_count"}
    strip = client.get(
        f"/api/images/{middle}/strip/?before=3&after=3&ordering=-instance_count"
    ).json()
    assert [item["id"] for item in strip] == [str(pk) for pk in rows[6:13]]
    found = client.get(f"/api/images/{middle}/neighbours/", query).json()
    assert found == {
        **{"previous": str(rows[8]), "next": str(rows[10])},
        **{"position": 10, "total": COUNT},
    }


def test_a_cursor_of_something_else_is_refused(pond: Pond) -> None:
    fill(pond)
    url = f"/api/datasets/{pond.dataset.slug}/images/"
    for cursor in ("%%%", "bm9uc2Vuc2U", "WzAsMV0", "W10", "WzAsICJhXHUwMDAwIl0"):
        for ordering in ("stem", "-updated_at", "size_bytes"):
            query = {"cursor": cursor, "ordering": ordering}
            assert client_of(pond.lead).get(url, query).status_code == 400


@pytest.mark.parametrize(
    ("ordering", "text"),
    [
        ("stem", "[" * 3000),
        ("stem", '[0, "\\ud800"]'),
        ("updated_at", f'[0, "0001-01-01T00:00:00+23:00", "{uuid.UUID(int=7)}"]'),
    ],
)
def test_a_hostile_cursor_is_refused(pond: Pond, ordering: str, text: str) -> None:
    cursor = base64.urlsafe_b64encode(text.encode()).decode()
    url = f"/api/datasets/{pond.dataset.slug}/images/"
    answer = client_of(pond.lead).get(url, {"cursor": cursor, "ordering": ordering})
    assert answer.status_code == 400


@pytest.mark.parametrize("day", ["created_until", "updated_until"])
def test_the_last_day_of_all_is_a_day(pond: Pond, day: str) -> None:
    pond.add_image("a")
    assert stems(pond, **{day: "9999-12-31"}) == ["a"]


@pytest.mark.parametrize(
    "name", ["class", "with_class", "without_class", "import", "min_bytes", "tag", "assignee"]
)
@pytest.mark.parametrize("number", ["9" * 18, "9" * 25])
def test_a_number_beyond_every_id_finds_nothing(pond: Pond, name: str, number: str) -> None:
    pond.add_image("a")
    client = client_of(pond.lead)
    for path in ("images/", "images/facets/"):
        answer = client.get(f"/api/datasets/{pond.dataset.slug}/{path}", {name: number})
        assert answer.status_code in (200, 400), answer.content


def test_an_item_is_what_the_serializer_says(pond: Pond) -> None:
    image = pond.add_image("a")
    save_annotation(
        image.pk, base_revision=0, author=pond.lead,
        upsert=[{"id": str(uuid.uuid4()), "class_id": pond.duck.pk, "polygons": square()}],
    )  # fmt: skip
    tag = Tag.objects.create(dataset=pond.dataset, name="night", color="#000000")
    ImageTag.objects.create(image=image, tag=tag)
    Image.objects.update(assignee=pond.annotator, group="cam1")
    image = Image.objects.get()
    wanted = dict(ImageListItemSerializer(image).data) | {"tags": [tag.pk]}

    (item,) = get(pond)["results"]

    assert item.keys() == set(ImageGridItemSerializer.Meta.fields)
    assert item == wanted | {"id": str(image.pk)}


def test_filters_combine_in_one_address(pond: Pond) -> None:
    images = fill(pond)
    tag = Tag.objects.create(dataset=pond.dataset, name="night", color="#000000")
    ImageTag.objects.bulk_create(ImageTag(image=image, tag=tag) for image in images[:12])
    for image in images[:9]:
        save_annotation(
            image.pk, base_revision=0, author=pond.annotator, status="done",
            upsert=[{"id": str(uuid.uuid4()), "class_id": pond.duck.pk, "polygons": square()}],
        )  # fmt: skip
    duck, swan = pond.duck.pk, pond.swan.pk

    assert stems(pond, tag=tag.pk, split="val", without_class=duck) == ["10"]
    assert stems(pond, **{"class": duck}, without_class=swan, split="test") == ["02", "05", "08"]
    assert stems(pond, tag="none", group="g1", min_width=117, max_width=121) == ["17", "19", "21"]
    edited = {"edited_by": pond.annotator.pk, "group": "g0"}
    assert stems(pond, **edited, ordering="-stem")[:2] == ["08", "06"]
    assert stems(pond, finished_by=pond.annotator.pk, search="7") == ["07"]
    assert stems(pond, who="annotator", edited_by="me", split="train") == ["00", "03", "06"]
    assert stems(pond, finished_by=pond.lead.pk) == []
    assert stems(pond, min_objects=2, max_objects=2, min_bytes=103, tag="none") == []
    today = timezone.now().date().isoformat()
    assert len(stems(pond, updated_since=today, status="done")) == 9
    assert len(stems(pond, created_until=today)) == COUNT
    assert stems(pond, created_since="2999-01-01") == []


@pytest.mark.parametrize(
    "query",
    [
        *({"tag": "night"}, {"min_objects": "-1"}, {"created_since": "yesterday"}),
        *({"edited_by": "none"}, {"ordering": "width"}, {"colour": "red"}, {"page_size": 501}),
    ],
)
def test_a_filter_that_is_none_is_refused(pond: Pond, query: dict[str, Any]) -> None:
    url = f"/api/datasets/{pond.dataset.slug}/images/"
    assert client_of(pond.lead).get(url, query).status_code == 400


def test_a_tag_or_class_of_another_dataset_finds_nothing(pond: Pond) -> None:
    image = pond.add_image("a")
    other = create_dataset(owner=pond.lead, name="Other", classes=[{"name": "eel"}])
    tag = Tag.objects.create(dataset=other, name="theirs", color="#000000")
    ImageTag.objects.create(image=image, tag=tag)
    assert stems(pond, tag=tag.pk) == []
    assert stems(pond, **{"class": other.classes.get().pk}) == []


def by_looking(pond: Pond, **query: Any) -> dict[str, Any]:
    """The facets, by listing what each choice would show."""

    def count(**more: Any) -> int:
        both = {k: v for k, v in {**query, **more}.items() if v is not None}
        return len(get(pond, page_size=500, **both)["results"])

    return {
        "total": count(),
        "by_split": {split: count(split=split) for split in ("train", "val", "test")},
        "by_status": {status: count(status=status) for status in ("unlabelled", "done")},
        "duck": count(**{"class": pond.duck.pk}),
        "empty": count(is_empty=True),
        "with_boxes": count(has_box=True),
    }


@pytest.mark.parametrize(
    "query",
    [
        *({}, {"split": "val"}, {"status": "done"}, {"class": "duck"}, {"min_objects": 1}),
        *({"class": "duck", "status": "done"}, {"class": "duck", "assignee": "none"}),
        *({"search": "1", "split": "train"}, {"is_empty": True}, {"tag": "none", "split": "val"}),
    ],
)
def test_facets_are_what_each_choice_would_show(pond: Pond, query: dict[str, Any]) -> None:
    for image in fill(pond)[:8]:
        number = int(image.stem)
        save_annotation(
            image.pk, base_revision=0, author=pond.lead, status="done" if number % 2 else None,
            upsert=[{"id": str(uuid.uuid4()), "class_id": pond.duck.pk, "polygons": square(),
                     "is_box": number % 3 == 0}],
        )  # fmt: skip
    if "class" in query:
        query = {**query, "class": pond.duck.pk}
    found = get(pond, "facets/", **query)
    wanted = by_looking(pond, **query)
    assert found["total"] == wanted["total"]
    assert not found["at_least"]
    for name in ("by_split", "by_status"):
        shown = {key: found[name].get(key, 0) for key in wanted[name]}
        assert shown == wanted[name]
    by_class = {row["class_id"]: row["count"] for row in found["by_class"]}
    assert by_class.get(pond.duck.pk, 0) == wanted["duck"]
    assert found["empty"] == wanted["empty"]
    assert found["with_boxes"] == wanted["with_boxes"]


def test_counts_that_are_not_kept_stop_at_a_limit_and_say_so(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MOST_COUNTED", 10)
    fill(pond)
    assert get(pond, "facets/")["total"] == COUNT
    found = get(pond, "facets/", min_width=1)
    assert (found["total"], found["at_least"]) == (10, True)
    assert not get(pond, "facets/", min_width=118)["at_least"]


def test_the_size_of_a_dataset_changes_no_number_of_queries(pond: Pond) -> None:
    client = client_of(pond.lead)
    base = f"/api/datasets/{pond.dataset.slug}"
    urls = (
        f"{base}/images/",
        f"{base}/images/?class={pond.duck.pk}&ordering=-size_bytes",
        f"{base}/images/facets/",
        f"{base}/images/facets/?search=1",
        f"{base}/",
    )
    counts = []
    for _ in range(2):
        fill_more(pond)
        counts.append([count_queries(client, url) for url in urls])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12


def count_queries(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def fill_more(pond: Pond) -> None:
    for _ in range(5):
        pond.add_image(uuid.uuid4().hex)
