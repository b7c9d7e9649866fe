"""A preview is made on a worker, kept in the cache, and tells pasted objects from the others."""

import shutil

import pytest

from annotator.models import Image
from tests.annotator.conftest import client_of
from training.jobs.engine_job import work_off
from training.models import SyntheticPreview, Version
from training.synthetic.previews import preview_dir

from ..conftest import Pond, freeze

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_preview_and_what_can_be_cut_out(pond: Pond) -> None:
    version = freeze(pond)
    lead, member = client_of(pond.lead), client_of(pond.annotator)
    url = f"/api/versions/{version.pk}/synthetic/preview/"
    assert lead.post(url, {"classes": ["disc"], "imagse": 2}, format="json").status_code == 400
    assert lead.post(url, {"classes": ["cat"]}, format="json").status_code == 400
    assert lead.post(url, {"classes": ["disc"], "images": 9}, format="json").status_code == 400
    assert member.post(url, {"classes": ["disc"]}, format="json").status_code == 403
    asked = lead.post(url, {"classes": ["disc", "diamond"], "images": 3}, format="json")
    assert asked.status_code == 202
    preview = SyntheticPreview.objects.get(pk=asked.json()["id"])
    work_off(preview)
    told = member.get(f"/api/synthetic-previews/{preview.pk}/").json()
    assert told["state"] == "finished", told["error"]
    assert sum(item["objects"] for item in told["classes"]) >= 8
    assert all(0 <= item["usable"] <= item["objects"] for item in told["classes"])
    assert len(told["images"]) == 3
    for image in told["images"]:
        assert any(item["is_new"] for item in image["objects"])
        assert all(item["polygons"] for item in image["objects"])
        answer = member.get(image["url"])
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/png"
        file = preview_dir(preview) / image["name"]
        assert int(answer["Content-Length"]) == file.stat().st_size > 100
        assert client_of(pond.stranger).get(image["url"]).status_code == 404
    files = f"/api/synthetic-previews/{preview.pk}/files"
    assert member.get(f"{files}/records.jsonl").status_code == 404
    assert client_of(pond.stranger).get(f"/api/synthetic-previews/{preview.pk}/").status_code == 404
    assert not Image.objects.filter(stem__startswith="syn-").exists()
    assert Version.objects.count() == 1
    left = preview_dir(preview).parent / "0"  # of a preview whose dataset is gone
    left.mkdir()
    again = lead.post(url, {"classes": ["disc"], "images": 0}, format="json").json()
    work_off(SyntheticPreview.objects.get(pk=again["id"]))
    survey = member.get(f"/api/synthetic-previews/{again['id']}/").json()
    assert (survey["images"], survey["classes"][0]["pasted"]) == ([], 0)
    assert survey["classes"][0]["objects"] > 0
    assert (left.exists(), preview_dir(preview).exists()) == (False, True)
    shutil.rmtree(preview_dir(preview))
    gone = member.get(f"/api/synthetic-previews/{preview.pk}/").json()
    assert (gone["is_gone"], gone["images"]) == (True, [])
