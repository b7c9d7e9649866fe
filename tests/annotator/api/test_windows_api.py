"""The window over the wire: who may see it, who may set it, what is refused."""

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from annotator.imports.uploads import upload_image
from annotator.models import Image
from tests.annotator.conftest import Pond, client_of
from tests.annotator.images.test_windows import deep_png

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def deep(pond: Pond) -> Image:
    return upload_image(pond.dataset, file_name="deep.png", data=deep_png(0, 4000))


def test_members_see_the_window_and_leads_set_it(pond: Pond, deep: Image) -> None:
    address = f"/api/datasets/{pond.dataset.slug}/window/"
    for user, read, put in (
        (pond.lead, 200, 200),
        (pond.reviewer, 200, 403),
        (pond.annotator, 200, 403),
        (pond.stranger, 404, 404),
    ):
        client = client_of(user)
        assert client.get(address).status_code == read
        answer = client.put(address, {"low": 10, "high": 400}, format="json")
        assert answer.status_code == put, answer.content
    told = client_of(pond.annotator).get(address).json()
    assert (told["low"], told["high"], told["is_automatic"], told["waiting"]) == (10, 400, False, 1)
    automatic = client_of(pond.lead).put(address, {"is_automatic": True}, format="json").json()
    assert automatic["is_automatic"]
    assert automatic["high"] > 3900


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"low": 5},
        {"low": 500, "high": 500},
        {"low": -1, "high": 5},
        {"low": 0, "high": 70_000},
        {"low": 0, "high": 9, "is_automatic": True},
    ],
)
def test_a_window_that_shows_nothing_is_refused(
    pond: Pond, deep: Image, body: dict[str, object]
) -> None:
    address = f"/api/datasets/{pond.dataset.slug}/window/"
    assert client_of(pond.lead).put(address, body, format="json").status_code == 400


def test_the_values_of_an_image_and_its_preview(pond: Pond, deep: Image) -> None:
    client = client_of(pond.annotator)
    told = client.get(f"/api/images/{deep.pk}/values/").json()
    assert (told["lowest"], told["highest"]) == (0, 4000)
    answer = client.get(told["preview_url"].format(low=0, high=10))
    assert answer["Content-Type"] == "image/jpeg"
    assert np.asarray(PillowImage.open(io.BytesIO(answer.content))).mean() > 240
    assert client.get(told["preview_url"].format(low=10, high=10)).status_code == 404
    stranger = client_of(pond.stranger)
    assert stranger.get(f"/api/images/{deep.pk}/values/").status_code == 404
    assert stranger.get(told["preview_url"].format(low=0, high=10)).status_code == 404


def test_an_image_of_eight_bits_has_no_values(pond: Pond, image: Image) -> None:
    client = client_of(pond.annotator)
    assert client.get(f"/api/images/{image.pk}/values/").status_code == 204
    window = client.get(f"/api/datasets/{pond.dataset.slug}/window/").json()
    assert (window["low"], window["images"]) == (None, 0)
