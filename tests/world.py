"""One object of every kind that the API has an address for, in one dataset that was trained on."""

import io
import shutil
import uuid
from datetime import timedelta
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.utils import timezone
from PIL import Image as PillowImage

from annotator import paths as annotator_paths
from annotator.annotations.comments import add_comment
from annotator.exports.selection import Selection
from annotator.folder.changing import delete_image
from annotator.folder.trash.images import list_trashed_images
from annotator.imports.arriving.uploads import start_upload
from annotator.imports.dry_run import empty_preview
from annotator.imports.uploads import upload_image
from annotator.kernel.accounts.tokens import create_token
from annotator.kernel.files import write_atomically
from annotator.models import (
    BulkChange,
    Dataset,
    DatasetExport,
    FolderChange,
    FolderJob,
    Image,
    Import,
    IndependentAnnotation,
    Membership,
)
from training import paths
from training.models import (
    BatchPreview,
    Checkpoint,
    Evaluation,
    Export,
    PinnedInstance,
    PredictedImage,
    Prediction,
    Run,
    RunAttempt,
    RunCheck,
    RunGroup,
    RunImport,
    Search,
    ServedModel,
    ServedMove,
    SyntheticPreview,
    Trial,
    Verdict,
    Version,
    VersionCheck,
    VideoFile,
    Weights,
    Worker,
)
from training.synthetic.previews import preview_dir


def _add_synthetic_preview(version: Version) -> dict[str, Any]:
    recipe = {
        "classes": ["disc"], "images": 1, "instances_per_class": None, "seed": 0,
        "blends": ["feather"], "max_per_image": 1,
    }  # fmt: skip
    preview = SyntheticPreview.objects.create(version=version, recipe=recipe, state="finished")
    preview_dir(preview).mkdir(parents=True, exist_ok=True)
    (preview_dir(preview) / "syn-0-1.png").write_bytes(b"an image")
    of_batches = BatchPreview.objects.create(version=version, request={}, state="finished")
    preview_dir(of_batches).mkdir(parents=True, exist_ok=True)
    (preview_dir(of_batches) / "batch-1-01.jpg").write_bytes(b"an image")
    return {
        "preview_id": preview.pk,
        "synthetic_name": "syn-0-1.png",
        "batch_preview_id": of_batches.pk,
        "batch_name": "batch-1-01.jpg",
    }


def add_one_of_each(run: Run, *, lead: User, other: User) -> dict[str, Any]:
    """Make one of each beside ``run``, which has an evaluation of val; return what addresses need.

    ``other``: a member beside the lead, who draws a second time and has a fix to make.
    """
    dataset, version = run.dataset, run.version
    best = run.checkpoints.get(kind="best")
    evaluation = run.evaluations.filter(split="val", state="finished").first()
    assert evaluation is not None
    images = list(dataset.images.filter(split="val", instances__isnull=False).distinct()[:3])
    image = images[0]
    instance = image.instances.first()
    assert instance is not None
    trashed = images[-1]
    delete_image(trashed, author=lead)
    assert list_trashed_images(dataset).exists()
    again = _copy_run(run, best, evaluation)
    job = Import.objects.create(
        dataset=dataset, source_name="a.zip", source_path="/a.zip", state="finished", taken=1,
        preview=empty_preview(),
    )  # fmt: skip
    job.rows.create(outcome="refused", file="x.png", line=3, reason="No image.")
    change = BulkChange.objects.create(
        dataset=dataset, action="set_split", options={"split": "val"}, state="finished",
        is_planned=True, skipped=1, created_by=lead,
    )  # fmt: skip
    change.items.create(
        image_id=image.pk, is_skipped=True, file_name=image.file_name, reason="It is pinned."
    )
    second = IndependentAnnotation.objects.create(
        image=image, annotator=other, first_annotator=lead, first_revision=0
    )
    IndependentAnnotation.objects.create(
        image=images[1], annotator=other, first_annotator=lead, first_revision=0, state="done",
        comparison={"matches": [], "first_classes": [], "second_classes": []}, disagreement=1.0,
    )  # fmt: skip
    comment = add_comment(image, {"text": "Look here."}, author=lead)
    fix = Verdict.objects.create(
        dataset=dataset, evaluation=evaluation, image=image, key="0", side="label", index=0,
        kind="extra", class_name="disc", polygon=[0, 0, 9, 0, 9, 9], comment=comment, assignee=lead,
    )  # fmt: skip
    export = Export.objects.create(
        checkpoint=best, format="onnx", image_size=64, state="finished", file_name="best.onnx"
    )
    paths.export_dir(export).mkdir(parents=True, exist_ok=True)
    (paths.export_dir(export) / "best.onnx").write_bytes(b"onnx")
    prediction, predicted = _add_prediction(run, image, lead)
    group = RunGroup.objects.create(dataset=dataset, name="a search")
    search = Search.objects.create(
        group=group, version=version, trial_count=2, state="finished", request=dict(run.parameters),
        space=[{"name": "lr0", "low": 0.001, "high": 0.1, "log": True, "kind": "float"}],
    )  # fmt: skip
    Trial.objects.create(search=search, number=0, parameters={"lr0": 0.01}, run=again)
    Run.objects.filter(pk=again.pk).update(group=group)
    RunAttempt.objects.filter(run=run).update(sentence="It went on.")
    worker = Worker.objects.create(
        name="gpu@elsewhere",
        hostname="elsewhere",
        pid=1,
        queue="gpu",
        heartbeat_at=timezone.now() - timedelta(days=1),
    )
    token = create_token(lead, name="a script", days=1)
    deep = upload_image(dataset, file_name="deep.png", data=deep_png())
    write_atomically(annotator_paths.tiles_dir(image) / "0" / "0_0.jpg", b"a tile")
    return {
        "slug": dataset.slug, "dataset_id": dataset.pk, "image_id": image.pk,
        "deep_image": deep.pk, "upload_sha256": deep.upload_sha256,
        "second_image": images[1].pk, "trashed_image": trashed.pk,
        "sha256": image.sha256, "extension": image.extension, "instance": instance.pk,
        "class_id": instance.dataset_class_id,
        "member_id": Membership.objects.get(dataset=dataset, user=other).pk,
        "member_user": other.pk, "lead_user": lead.pk, "number": 0,
        "independent_id": second.pk,
        "compared": IndependentAnnotation.objects.get(image=images[1]).pk,
        "comment_id": comment.pk, "job_id": job.pk,
        "tag_id": dataset.tags.create(name="night", color="#112233").pk,
        "view_id": dataset.saved_views.create(owner=lead, name="All", is_shared=True).pk,
        "folder_job_id": _add_folder_change(dataset, image),
        "change_id": change.pk, "version_id": version.pk,
        "run_id": run.pk, "again_id": again.pk, "checkpoint_id": best.pk,
        "evaluation_id": evaluation.pk, "again_evaluation": again.evaluations.get().pk,
        "queued_evaluation": Evaluation.objects.create(
            run=run, checkpoint=best, version=version, split="test"
        ).pk,
        "verdict_id": fix.pk,
        "pin_id": PinnedInstance.objects.create(
            dataset=dataset, image=image, instance_id=instance.pk, author=lead
        ).pk,
        "dataset_export_id": _add_dataset_export(dataset),
        "export_id": export.pk, "group_id": group.pk, "search_id": search.pk,
        "version_number": version.number,
        **_add_synthetic_preview(version),
        "version_check_id": VersionCheck.objects.create(
            version=version, image_size=640
        ).pk,
        "check_id": RunCheck.objects.create(
            dataset=dataset, version=version, base_model="yolov8n-seg.yaml", parameters={}
        ).pk,
        "run_import_id": RunImport.objects.create(
            dataset=dataset, version=version, source_name="run.zip", state="finished"
        ).pk,
        "prediction_id": prediction.pk, "predicted_sha256": predicted.sha256,
        "file_id": prediction.video_files.get().pk, "position": 0,
        "upload_id": start_upload(
            dataset, owner=lead, name="set.zip", length_bytes=10
        ).pk,
        "weights_id": Weights.objects.create(
            dataset=dataset, name="theirs", file_name="theirs.pt", origin="uploaded",
            size_bytes=1, sha256="0" * 64, class_names=["cat"], state="finished",
        ).pk,
        "worker_id": worker.pk, "token_id": token.token.public_id, "key": "0",
        "served_name": _add_served(run, best),
        "name": "best.pt", "low": 0, "high": 4095, "kind": "tiny",
    }  # fmt: skip


def _add_served(run: Run, best: Checkpoint) -> str:
    served = ServedModel.objects.create(name="ponds", dataset=run.dataset, checkpoint=best)
    ServedMove.objects.create(served=served, checkpoint=best)
    return served.name


def _add_folder_change(dataset: Dataset, image: Image) -> int:
    """What another program did in the live folder; returns the look that found it."""
    job = FolderJob.objects.create(dataset=dataset, action="look", state="finished")
    FolderChange.objects.create(
        dataset=dataset, image=image, look=job, subject="label", kind="changed",
        path="labels/train/x.txt", sha256="0" * 64, reason="It was edited.",
        problems=[{"outcome": "refused", "line": 3, "reason": "No polygon.", "times": 1}],
    )  # fmt: skip
    return job.pk


def deep_png() -> bytes:
    """A PNG of 16 bits a value."""
    values = np.random.default_rng(5).integers(0, 4096, (64, 96), dtype=np.uint16)
    buffer = io.BytesIO()
    PillowImage.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def _add_dataset_export(dataset: Dataset) -> int:
    job = DatasetExport.objects.create(
        dataset=dataset, format="yolo", selection=Selection().store(), state="finished"
    )
    write_atomically(annotator_paths.export_path(job.pk), b"a zip")
    return job.pk


def _copy_run(run: Run, best: Any, evaluation: Evaluation) -> Run:
    """Another finished run of the dataset, with its checkpoint and evaluation."""
    again = Run.objects.get(pk=run.pk)
    again.pk, again.name = None, f"{run.name} again"
    again.save()
    checkpoint = type(best).objects.get(pk=best.pk)
    checkpoint.pk, checkpoint.run = None, again
    checkpoint.save()
    copied = Evaluation.objects.get(pk=evaluation.pk)
    copied.pk, copied.run, copied.checkpoint = None, again, checkpoint
    copied.save()
    source, target = paths.evaluation_dir(evaluation), paths.evaluation_dir(copied)
    if source.is_dir() and not target.exists():
        shutil.copytree(source, target)
    return again


def _add_prediction(run: Run, image: Image, lead: User) -> tuple[Prediction, PredictedImage]:
    prediction = Prediction.objects.create(
        checkpoint=run.checkpoints.get(kind="best"), dataset=run.dataset, confidence=0.25,
        device="cpu", created_by=lead, state="finished", image_count=1, finished_at=timezone.now(),
    )  # fmt: skip
    predicted = PredictedImage.objects.create(
        prediction=prediction, position=0, file_name="a.png", extension="png",
        sha256=image.sha256, width=image.width, height=image.height, is_done=True,
    )  # fmt: skip
    VideoFile.objects.create(prediction=prediction, kind="burnt_in", state="cancelled")
    target = paths.predicted_image_path(predicted)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(annotator_paths.image_path(image), target)
    return prediction, predicted


def own_dataset_of(user: User) -> Dataset:
    """A dataset that a stranger leads, with a class: theirs to put foreign ids into."""
    from annotator.datasets.datasets import create_dataset

    name = f"Own pond {uuid.uuid4().hex[:6]}"
    return create_dataset(owner=user, name=name, classes=[{"name": "duck"}])
