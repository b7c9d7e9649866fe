"""The tables of the annotator room."""

from .annotations import AnnotationRevision, DeletedInstance, Instance, RevisionSource
from .comments import MAX_COMMENT_LENGTH, Comment
from .datasets import Dataset, DatasetClass, Membership, Role
from .images import Image, ImageStatus, Split
from .imports import Import, ImportOutcome, ImportRow
from .jobs import ACTIVE_STATES, ENDED_STATES, Job, JobState

__all__ = [
    "ACTIVE_STATES",
    "ENDED_STATES",
    "MAX_COMMENT_LENGTH",
    "AnnotationRevision",
    "Comment",
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
