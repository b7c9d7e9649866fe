"""Every path of the training room, built here and nowhere else (layout: docs/architecture.md)."""

from pathlib import Path

from django.conf import settings

from training.models import (
    Checkpoint,
    Evaluation,
    Export,
    PredictedImage,
    Prediction,
    Run,
    RunCheck,
    RunImport,
    Version,
    VideoFile,
    Weights,
)

EVALUATIONS = "evaluations"
LOG_NAME = "segloop.log"


def versions_dir(slug: str) -> Path:
    return Path(settings.DATA_ROOT) / "versions" / slug


def version_dir(version: Version) -> Path:
    return versions_dir(version.dataset.slug) / str(version.number)


def data_yaml_path(version: Version) -> Path:
    return version_dir(version) / "data.yaml"


def manifest_path(version: Version) -> Path:
    return version_dir(version) / "manifest.json"


def run_dir(run: Run) -> Path:
    """Ultralytics' own run folder; Segloop adds its log and the folder of evaluations."""
    return Path(settings.DATA_ROOT) / "runs" / str(run.pk)


def run_log_path(run: Run) -> Path:
    return run_dir(run) / LOG_NAME


def fold_dir(run: Run) -> Path:
    """The lists of images of a run on one fold of its version."""
    return run_dir(run) / "fold"


def samples_dir(run: Run) -> Path:
    """What was predicted while the run learned, one file an epoch."""
    return run_dir(run) / "samples"


def job_lock_path(kind: str, job_id: int) -> Path:
    """Locked by the engine that works on this job, so that there are never two."""
    return Path(settings.DATA_ROOT) / "run" / "engines" / f"{kind}-{job_id}"


def checkpoint_path(checkpoint: Checkpoint) -> Path:
    return weights_path(checkpoint.run, checkpoint.kind)


def weights_path(run: Run, kind: str) -> Path:
    return run_dir(run) / "weights" / f"{kind}.pt"


def evaluation_dir(evaluation: Evaluation) -> Path:
    return run_dir(evaluation.run) / EVALUATIONS / str(evaluation.pk)


def evaluation_work_dir(evaluation: Evaluation) -> Path:
    """Where an evaluation is written; it takes the place of the one before when it is whole."""
    return run_dir(evaluation.run) / EVALUATIONS / f".{evaluation.pk}"


def evaluation_dirs(evaluation: Evaluation) -> list[Path]:
    """All that an evaluation has on the disk."""
    return [evaluation_dir(evaluation), evaluation_work_dir(evaluation)]


def export_dir(export: Export) -> Path:
    return run_dir(export.checkpoint.run) / "exports" / str(export.pk)


def exported_model_path(export: Export) -> Path:
    """What Ultralytics loads. A format that is a folder was packed for the download; the folder is
    beside it."""
    path = export_dir(export) / export.file_name
    folder = path.with_suffix("")
    return folder if path.suffix == ".zip" and folder.is_dir() else path


def run_check_dir(check: RunCheck) -> Path:
    """What a check leaves: may be deleted at any time."""
    return Path(settings.DATA_ROOT) / "cache" / "run-checks" / str(check.pk)


def run_import_path(job: RunImport) -> Path:
    """The uploaded file, until it has become a run or was refused."""
    folder = Path(settings.DATA_ROOT) / "uploads"
    return folder / f"run-{job.pk}{Path(job.source_name).suffix.lower()}"


def predictions_dir() -> Path:
    return Path(settings.DATA_ROOT) / "predictions"


def prediction_dir(prediction: Prediction) -> Path:
    return predictions_dir() / str(prediction.pk)


def prediction_results_dir(prediction: Prediction) -> Path:
    """What is kept of the objects of a prediction, to count them without reading all rows."""
    return prediction_dir(prediction) / "results"


def prediction_choice_path(prediction_id: int, token: str) -> Path:
    """Which images of a prediction become images of a dataset."""
    return predictions_dir() / str(prediction_id) / "taking" / f"{token}.json"


def prediction_source_dir(prediction: Prediction) -> Path:
    """The file that a prediction reads: an archive until its images are rows, a video for good."""
    return prediction_dir(prediction) / "source"


def prediction_list_path(prediction: Prediction, owner: str) -> Path:
    """The images that the engine is to predict on, a JSON line each, as a worker lists them."""
    return prediction_dir(prediction) / f"images-{owner.rpartition(':')[2]}.jsonl"


def prediction_video_path(prediction: Prediction) -> Path:
    """The video that a prediction reads: uploaded, downloaded or recorded."""
    return prediction_source_dir(prediction) / str(prediction.source["file"])


def prediction_frames_dir(prediction: Prediction) -> Path:
    """What was found in the frames of a video, in columns, and where its reading goes on."""
    return prediction_dir(prediction) / "frames"


def video_file_path(file: VideoFile) -> Path:
    return prediction_dir(file.prediction) / "files" / f"{file.pk}.mp4"


def video_file_request_path(file: VideoFile) -> Path:
    """What the engine is to draw, a JSON line a frame."""
    return prediction_dir(file.prediction) / "files" / f"{file.pk}.jsonl"


def frame_path(prediction: Prediction, position: int) -> Path:
    """A frame of a video as an image, once somebody asked for it."""
    return prediction_frames_dir(prediction) / "images" / f"{position}.jpg"


def predicted_image_path(image: PredictedImage) -> Path:
    return prediction_dir(image.prediction) / "images" / f"{image.position}.{image.extension}"


def predicted_thumbnail_path(image: PredictedImage) -> Path:
    sha = image.sha256
    return Path(settings.DATA_ROOT) / "cache" / "thumbnails" / sha[:2] / f"{sha}.webp"


def uploaded_weights_path(weights: Weights) -> Path:
    """Weights that a person uploaded."""
    return Path(settings.DATA_ROOT) / "models" / str(weights.pk) / "model.pt"


def weights_log_path(weights: Weights) -> Path:
    """What the engine says while it opens weights."""
    return Path(settings.DATA_ROOT) / "cache" / "weights" / f"{weights.pk}.log"


def weights_seen_path() -> Path:
    """Sizes and times of the files in the folder of weights, as they were looked into."""
    return Path(settings.DATA_ROOT) / "cache" / "weights-seen.json"


def weights_dir() -> Path:
    """Pretrained weights: downloaded once, or laid there by the administrator."""
    return Path(settings.DATA_ROOT) / "weights"


def train_arguments_path() -> Path:
    """Ultralytics' train arguments, as a gpu worker has read them."""
    return Path(settings.DATA_ROOT) / "cache" / "train-arguments.json"


def weights_asked_path() -> Path:
    """Touched when a person asks which base models there are."""
    return Path(settings.DATA_ROOT) / "cache" / "weights-asked"


def weights_reachable_path() -> Path:
    """Whether the workers can fetch pretrained weights, as one of them found last."""
    return Path(settings.DATA_ROOT) / "cache" / "weights-reachable.json"


def engine_state_path() -> Path:
    """How far the installation of the engine is, as the launcher writes it."""
    return Path(settings.DATA_ROOT) / "run" / "engine.json"


def engine_config_dir() -> Path:
    """Where Ultralytics keeps its settings and fonts."""
    return Path(settings.DATA_ROOT) / "cache" / "ultralytics"


def warm_engine_log_path(worker: str) -> Path:
    """What the warm engine of one worker writes."""
    return Path(settings.DATA_ROOT) / "logs" / f"warm-engine-{worker}.log"
