"""The tables of the training room."""

from .attempts import AttemptOutcome, RunAttempt
from .evaluations import Evaluation
from .predictions import PredictedImage, Prediction
from .runs import Checkpoint, CheckpointKind, Epoch, Run, StopMode
from .versions import Version
from .workers import Worker, WorkerQueue

__all__ = [
    "AttemptOutcome",
    "Checkpoint",
    "CheckpointKind",
    "Epoch",
    "Evaluation",
    "PredictedImage",
    "Prediction",
    "Run",
    "RunAttempt",
    "StopMode",
    "Version",
    "Worker",
    "WorkerQueue",
]
