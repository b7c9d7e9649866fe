"""How many statements a save takes, whatever its kind, from the address to the answer."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.folder.saving import save_annotation
from annotator.models import Image
from tests.annotator.conftest import MakeInstance, Pond, client_of, square

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 12


def moved(item: dict[str, object]) -> dict[str, object]:
    return {**item, "polygons": square(40, 40)}


@pytest.mark.parametrize("status", ["in_progress", "done"])
@pytest.mark.parametrize(
    "kind", ["one changed", "all changed", "one new", "one of 300", "deleted", "status", "empty"]
)
def test_a_save_takes_at_most_twelve_statements(
    pond: Pond, image: Image, make_instance: MakeInstance, kind: str, status: str
) -> None:
    """With signing in by session, the transaction's begin and end, and the label file at once."""
    items: Any = [make_instance() for _ in range(300 if kind == "one of 300" else 20)]
    save_annotation(image.pk, base_revision=0, upsert=items, status=status, author=pond.annotator)
    other = "done" if status == "in_progress" else "in_progress"
    bodies: dict[str, Any] = {
        "one changed": {"upsert": [moved(items[3])]},
        "one of 300": {"upsert": [moved(items[3])]},
        "all changed": {"upsert": [moved(item) for item in items]},
        "one new": {"upsert": [make_instance(class_id=pond.swan.pk)]},
        "deleted": {"delete": [items[3]["id"]]},
        "status": {"status": other},
        "empty": {},
    }
    client = client_of(pond.annotator)
    with CaptureQueriesContext(connection) as queries:
        answer = client.patch(
            f"/api/images/{image.pk}/annotation/",
            json.dumps(bodies[kind]),
            content_type="application/json",
            headers={"If-Match": '"1"'},
        )
    assert answer.status_code == 200
    assert answer.json()["revision"] == (1 if kind == "empty" else 2)
    said = [query["sql"] for query in queries.captured_queries]
    if status == "done" and kind not in ("status", "empty"):
        # The label file follows in a thread of the web server; here, without one, at once.
        said = said[: said.index("COMMIT") + 1]
    assert len(said) <= MOST, said
