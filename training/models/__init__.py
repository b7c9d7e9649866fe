"""The tables of the training room."""

from .evaluations import Evaluation
from .predictions import PredictedImage, Prediction
from .runs import Checkpoint, CheckpointKind, Epoch, Run
from .versions import Version
from .workers import Worker, WorkerQueue

__all__ = [
    "Checkpoint",
    "CheckpointKind",
    "Epoch",
    "Evaluation",
    "PredictedImage",
    "Prediction",
    "Run",
    "Version",
    "Worker",
    "WorkerQueue",
]
