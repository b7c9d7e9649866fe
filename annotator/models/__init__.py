"""The tables of the annotator room."""

from .access import GuessCount, Token
from .annotations import (
    AnnotationRevision,
    DeletedInstance,
    Instance,
    RevisionSource,
    SendBackReason,
)
from .bulk import BulkAction, BulkChange, BulkItem
from .comments import MAX_COMMENT_LENGTH, Comment, Mention
from .datasets import Dataset, DatasetClass, Membership, Role
from .exports import DatasetExport
from .findings import DatasetFigures, FindingKind, ImageFinding, ObjectFigures, SetAside
from .holds import ImageHold
from .images import FINISHED, UNFINISHED, Image, ImageOriginal, ImageStatus, Split
from .imports import Import, ImportOutcome, ImportRow
from .independent import IndependentAnnotation
from .jobs import ACTIVE_STATES, ENDED_STATES, Job, JobState
from .uploads import Upload

__all__ = [
    "ACTIVE_STATES",
    "ENDED_STATES",
    "FINISHED",
    "MAX_COMMENT_LENGTH",
    "UNFINISHED",
    "AnnotationRevision",
    "BulkAction",
    "BulkChange",
    "BulkItem",
    "Comment",
    "Dataset",
    "DatasetClass",
    "DatasetExport",
    "DatasetFigures",
    "DeletedInstance",
    "FindingKind",
    "GuessCount",
    "Image",
    "ImageFinding",
    "ImageHold",
    "ImageOriginal",
    "ImageStatus",
    "Import",
    "ImportOutcome",
    "ImportRow",
    "IndependentAnnotation",
    "Instance",
    "Job",
    "JobState",
    "Membership",
    "Mention",
    "ObjectFigures",
    "RevisionSource",
    "Role",
    "SendBackReason",
    "SetAside",
    "Split",
    "Token",
    "Upload",
]
