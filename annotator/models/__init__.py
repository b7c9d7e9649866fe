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
from .folder import (
    ChangeKind,
    ChangeState,
    ChangeSubject,
    FolderAction,
    FolderChange,
    FolderJob,
    FolderPolicy,
    LiveFolder,
)
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
    "ChangeKind",
    "ChangeState",
    "ChangeSubject",
    "Comment",
    "Dataset",
    "DatasetClass",
    "DatasetExport",
    "DeletedInstance",
    "FolderAction",
    "FolderChange",
    "FolderJob",
    "FolderPolicy",
    "GuessCount",
    "Image",
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
    "LiveFolder",
    "Membership",
    "Mention",
    "RevisionSource",
    "Role",
    "SendBackReason",
    "Split",
    "Token",
    "Upload",
]
