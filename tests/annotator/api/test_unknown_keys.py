"""What is refused, and with which sentence."""

from typing import Any

import pytest
from rest_framework import serializers

from annotator.api.web.keys import unknown_keys
from annotator.models import Image
from tests.annotator.conftest import MakeInstance, Pond, client_of

pytestmark = pytest.mark.django_db


class ColorSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    color = serializers.CharField()


class ThingSerializer(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(choices=["now", "keep"])
    first = ColorSerializer()
    classes = ColorSerializer(many=True)
    listed = serializers.ListField(child=ColorSerializer())
    arguments = serializers.DictField()
    number = serializers.IntegerField(read_only=True)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"mode": "now", "arguments": {"any": 1}}, {}),
        ({"mod": "now"}, {"mod": "There is no `mod` here; did you mean `mode`?"}),
        ({"keep": True}, {"keep": "There is no `keep` here; did you mean `mode`: `keep`?"}),
        ({"first": {"nme": 1}}, {"first.nme": "There is no `nme` here; did you mean `name`?"}),
        (
            {"classes": [{"name": "a"}, {"colour": 1}]},
            {"classes.1.colour": "There is no `colour` here; did you mean `color`?"},
        ),
        (
            {"listed": [{"zzz": 1}]},
            {"listed.0.zzz": "There is no `zzz` here. There is `name`, `color`."},
        ),
        ({"classes": 1, "first": [], "listed": {}}, {}),  # the serializer's to refuse
        ([{"mod": 1}], {}),
    ],
)
def test_unknown_keys_at_any_depth(body: Any, errors: dict[str, str]) -> None:
    assert unknown_keys(body, ThingSerializer()) == errors


def test_what_is_only_shown_is_told_apart() -> None:
    [sentence] = unknown_keys({"number": 1}, ThingSerializer(), shown={"number"}).values()
    assert sentence.startswith("`number` cannot be set here. There is `mode`, ")
    assert unknown_keys({"x": 1}, None) == {
        "x": "There is no `x` here. This request takes no keys."
    }


def test_a_typo_does_not_make_a_dataset_without_classes(pond: Pond) -> None:
    client = client_of(pond.lead)
    answer = client.post("/api/datasets/", {"name": "Cats", "clases": [{"name": "cat"}]})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "There is no `clases` here; did you mean `classes`?"
    answer = client.post("/api/datasets/", {"name": "Cats", "classes": [{"nam": "cat"}]})
    assert answer.json()["errors"] == {
        "classes.0.nam": ["There is no `nam` here; did you mean `name`?"]
    }


def test_a_typo_does_not_list_unfiltered(pond: Pond, image: Image) -> None:
    client = client_of(pond.annotator)
    address = f"/api/datasets/{pond.dataset.slug}/images/"
    answer = client.get(f"{address}?splt=val")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "There is no `splt` here; did you mean `split`?"
    for query in ("ordering=name", "page_size=many", "split=val&split=test", "format=json"):
        assert client.get(f"{address}?{query}").status_code == 400, query
    for size in (0, 501):
        answer = client.get(f"{address}?page_size={size}")
        assert answer.json()["errors"] == {"page_size": ["A page has 1 to 500 results."]}
    assert client.get(f"{address}?ordering=-stem&page_size=1&split=val").status_code == 200


def test_what_cannot_be_changed_is_not_taken_in_silence(pond: Pond) -> None:
    address = f"/api/datasets/{pond.dataset.slug}/classes/{pond.duck.pk}/"
    answer = client_of(pond.lead).patch(address, {"index": 1})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("`index` cannot be set here.")


def test_instances_of_a_save_are_looked_through(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    answer = client_of(pond.annotator).patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [make_instance(), make_instance(ocluded=True)]},
        headers={"If-Match": '"0"'},
    )
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["upsert.1.ocluded"]
    assert image.instances.count() == 0


def test_a_bulk_change_takes_only_what_its_action_needs(pond: Pond, image: Image) -> None:
    body = {"ids": [str(image.pk)], "action": "set_split", "split": "val", "status": "done"}
    answer = client_of(pond.lead).post(f"/api/datasets/{pond.dataset.slug}/images/bulk/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"status": ["`set_split` takes no `status`."]}


def test_a_key_that_stands_twice_is_refused(pond: Pond) -> None:
    answer = client_of(pond.lead).post(
        "/api/datasets/",
        b'{"name": "Cats", "classes": [{"name": "cat", "name": "dog"}]}',
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert answer.json()["detail"] == "`name` stands twice in one object of the JSON."


def test_a_form_field_that_stands_twice_is_refused(pond: Pond) -> None:
    body = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="split"\r\n\r\n{split}\r\n'.encode()
        for split in ("train", "val")
    )
    answer = client_of(pond.lead).post(
        f"/api/datasets/{pond.dataset.slug}/images/",
        body + b"--b--\r\n",
        content_type="multipart/form-data; boundary=b",
    )
    assert answer.status_code == 400
    assert answer.json()["detail"] == "`split` is given more than once."


def test_a_body_without_its_length_is_not_taken_for_an_empty_one(pond: Pond) -> None:
    answer = client_of(pond.lead).post(
        f"/api/datasets/{pond.dataset.slug}/next/",
        None,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert answer.status_code == 411
