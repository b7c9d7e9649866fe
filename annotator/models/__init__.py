"""The tables of the annotator room."""

from .annotations import AnnotationRevision, DeletedInstance, Instance, RevisionSource
from .datasets import Dataset, DatasetClass, Membership, Role
from .images import Image, ImageStatus, Split
from .imports import Import, ImportOutcome, ImportRow
from .jobs import ACTIVE_STATES, ENDED_STATES, Job, JobState

__all__ = [
    "ACTIVE_STATES",
    "ENDED_STATES",
    "AnnotationRevision",
    "Dataset",
    "DatasetClass",
    "DeletedInstance",
    "Image",
    "ImageStatus",
    "Import",
    "ImportOutcome",
    "ImportRow",
    "Instance",
    "Job",
    "JobState",
    "Membership",
    "RevisionSource",
    "Role",
    "Split",
]
