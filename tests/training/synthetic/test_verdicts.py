"""“Does it help?”: two runs that differ by the synthetic examples alone."""

import pytest

from tests.annotator.conftest import client_of
from training.evaluation.comparing.class_differences import ClassChange, ClassChanges, FigureChange
from training.models import Run, SyntheticVerdict, Version
from training.synthetic.verdicts import say_changes, verdict_payload

from ..conftest import Trained

pytestmark = pytest.mark.django_db

SETTINGS = {
    "base_model": "yolov8n-seg.yaml", "epochs": 2, "image_size": 64, "batch": 4, "seed": 5,
    "device": "cpu",
}  # fmt: skip


def synthetic_of(base: Version) -> Version:
    return Version.objects.create(
        dataset=base.dataset, number=base.number + 1, state="finished", classes=base.classes,
        train_count=base.train_count + 5, val_count=base.val_count,
        synthetic={
            "base": base.pk, "base_number": base.number, "images": 5, "instances": 9,
            "classes": [], "messages": [],
            "recipe": {
                "classes": ["disc"], "images": 5, "instances_per_class": None, "seed": 0,
                "blends": ["feather"], "max_per_image": 3,
            },
        },
    )  # fmt: skip


def test_two_runs_that_differ_by_their_version_alone(trained: Trained) -> None:
    base = trained.version
    version = synthetic_of(base)
    url = f"/api/versions/{version.pk}/synthetic/verdict/"
    lead = client_of(trained.pond.lead)
    assert lead.get(url).status_code == 409
    assert lead.get(url).json()["code"] == "no_verdict"
    assert client_of(trained.pond.reviewer).post(url, SETTINGS, format="json").status_code == 403
    assert client_of(trained.pond.stranger).get(url).status_code == 404
    on_base = lead.post(f"/api/versions/{base.pk}/synthetic/verdict/", SETTINGS, format="json")
    assert on_base.json()["code"] == "not_synthetic"
    assert lead.post(url, SETTINGS | {"fold": None}, format="json").status_code == 400
    told = lead.post(url, SETTINGS, format="json")
    assert told.status_code == 202
    assert told.json()["stage"] == "training"
    verdict = SyntheticVerdict.objects.get(pk=told.json()["id"])
    plain, synthetic = verdict.plain_run, verdict.synthetic_run
    assert (plain.version_id, synthetic.version_id) == (base.pk, version.pk)
    assert plain.parameters == synthetic.parameters
    assert plain.parameters["seed"] == 5
    assert plain.base_model == synthetic.base_model
    assert plain.group_id == synthetic.group_id == verdict.group_id is not None
    assert lead.post(url, SETTINGS, format="json").json()["code"] == "verdict_busy"
    Run.objects.filter(pk=plain.pk).update(state="failed", error="The disk is full.")
    failed = lead.get(url).json()
    assert (failed["stage"], "The disk is full." in failed["error"]) == ("failed", True)


def test_a_verdict_of_evaluated_runs(trained: Trained) -> None:
    """The same run on both sides: nothing can be gained or lost."""
    version = synthetic_of(trained.version)
    verdict = SyntheticVerdict.objects.create(
        version=version, plain_run=trained.run, synthetic_run=trained.run
    )
    told = verdict_payload(verdict)
    assert told["stage"] == "ready"
    assert told["changes"] is not None
    assert told["changes"]["overall"]["map50_95"]["difference"] == 0
    assert told["words"] == ["4 images in val: too few for a verdict, which needs 10 at least."]


def test_the_verdict_of_two_runs_in_either_order(trained: Trained) -> None:
    version = synthetic_of(trained.version)
    lead, member = client_of(trained.pond.lead), client_of(trained.pond.reviewer)
    told = lead.post(f"/api/versions/{version.pk}/synthetic/verdict/", SETTINGS, format="json")
    verdict = SyntheticVerdict.objects.get(pk=told.json()["id"])
    plain, other = verdict.plain_run_id, verdict.synthetic_run_id
    for pair in ((plain, other), (other, plain)):
        url = f"/api/runs/{pair[0]}/synthetic-verdict/?other={pair[1]}"
        assert member.get(url).json()["verdict"]["id"] == verdict.pk
        assert client_of(trained.pond.stranger).get(url).status_code == 404
    url = f"/api/runs/{plain}/synthetic-verdict/"
    assert member.get(f"{url}?other={trained.run.pk}").json() == {"verdict": None}
    assert member.get(url).status_code == 400
    assert member.get(f"{url}?other=0").status_code == 404


def test_a_base_that_was_deleted_is_said(trained: Trained) -> None:
    version = synthetic_of(trained.version)
    version.synthetic = {**(version.synthetic or {}), "base": 0}
    version.save()
    url = f"/api/versions/{version.pk}/synthetic/verdict/"
    told = client_of(trained.pond.lead).post(url, SETTINGS, format="json")
    assert (told.status_code, told.json()["code"]) == (409, "base_version_gone")


def change(index: int | None, difference: float, word: str, images: int = 40) -> ClassChange:
    figure: FigureChange = {
        "first": 0.2, "other": 0.2 + difference, "difference": difference,
        "low": difference - 0.05, "high": difference + 0.05, "change": word,  # type: ignore[typeddict-item]
    }  # fmt: skip
    return {"class_index": index, "image_count": images, "map50_95": figure, "map50": figure}


def test_the_verdict_in_words() -> None:
    changes: ClassChanges = {
        "image_count": 40, "resamples": 1000, "level": 0.95, "visible": 0.05,
        "overall": change(None, 0.02, "unclear"),
        "classes": [
            change(0, 0.1, "gained"), change(1, -0.1, "lost"), change(2, 0.01, "unclear", images=3),
        ],
    }  # fmt: skip
    assert say_changes(changes, ["spoon", "fork", "cup"]) == [
        "In mask mAP50-95 spoon (+0.100) gained.",
        "In mask mAP50-95 fork (-0.100) lost.",
        "1 class is not distinguishable from before.",
        "40 images in val: only differences above about 0.05 could be seen.",
        "1 class is in fewer than 5 of them: not judged.",
    ]
