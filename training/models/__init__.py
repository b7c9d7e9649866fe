"""The tables of the training room."""

from .attempts import AttemptOutcome, RunAttempt
from .evaluations import Evaluation
from .exports import Export, ExportFormat, RunCheck
from .predictions import PredictedImage, Prediction, SourceKind
from .run_imports import RunImport
from .runs import Checkpoint, CheckpointKind, Epoch, Run, RunGroup, RunOrigin, RunPriority, StopMode
from .searches import Pruner, Search, SearchState, Trial
from .serving import ServedModel, ServedMove
from .synthetic import BatchPreview, Preview, SyntheticPreview, SyntheticVerdict
from .verdicts import PinnedInstance, PinOutcome, Side, Verdict, VerdictKind, VerdictState
from .versions import Version, VersionCheck
from .video_files import VideoFile, VideoFileKind
from .weights import UsesModel, Weights, WeightsOrigin
from .workers import DeviceHold, Worker, WorkerMode, WorkerQueue

__all__ = [
    "AttemptOutcome",
    "BatchPreview",
    "Checkpoint",
    "CheckpointKind",
    "DeviceHold",
    "Epoch",
    "Evaluation",
    "Export",
    "ExportFormat",
    "PinOutcome",
    "PinnedInstance",
    "PredictedImage",
    "Prediction",
    "Preview",
    "Pruner",
    "Run",
    "RunAttempt",
    "RunCheck",
    "RunGroup",
    "RunImport",
    "RunOrigin",
    "RunPriority",
    "Search",
    "SearchState",
    "ServedModel",
    "ServedMove",
    "Side",
    "SourceKind",
    "StopMode",
    "SyntheticPreview",
    "SyntheticVerdict",
    "Trial",
    "UsesModel",
    "Verdict",
    "VerdictKind",
    "VerdictState",
    "Version",
    "VersionCheck",
    "VideoFile",
    "VideoFileKind",
    "Weights",
    "WeightsOrigin",
    "Worker",
    "WorkerMode",
    "WorkerQueue",
]
