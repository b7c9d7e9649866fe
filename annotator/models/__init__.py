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
from .counts import ClassCount, ImageClass, ImageCount, KeyCount
from .datasets import Dataset, DatasetClass, Membership, Role
from .exports import DatasetExport
from .findings import DatasetFigures, FindingKind, ImageFinding, ObjectFigures, SetAside
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
from .tags import MAX_TAG_LENGTH, MAX_VIEW_LENGTH, ImageTag, SavedView, Tag
from .uploads import Upload

__all__ = [
    "ACTIVE_STATES",
    "ENDED_STATES",
    "FINISHED",
    "MAX_COMMENT_LENGTH",
    "MAX_TAG_LENGTH",
    "MAX_VIEW_LENGTH",
    "UNFINISHED",
    "AnnotationRevision",
    "BulkAction",
    "BulkChange",
    "BulkItem",
    "ChangeKind",
    "ChangeState",
    "ChangeSubject",
    "ClassCount",
    "Comment",
    "Dataset",
    "DatasetClass",
    "DatasetExport",
    "DatasetFigures",
    "DeletedInstance",
    "FindingKind",
    "FolderAction",
    "FolderChange",
    "FolderJob",
    "FolderPolicy",
    "GuessCount",
    "Image",
    "ImageClass",
    "ImageCount",
    "ImageFinding",
    "ImageHold",
    "ImageOriginal",
    "ImageStatus",
    "ImageTag",
    "Import",
    "ImportOutcome",
    "ImportRow",
    "IndependentAnnotation",
    "Instance",
    "Job",
    "JobState",
    "KeyCount",
    "LiveFolder",
    "Membership",
    "Mention",
    "ObjectFigures",
    "RevisionSource",
    "Role",
    "SavedView",
    "SendBackReason",
    "SetAside",
    "Split",
    "Tag",
    "Token",
    "Upload",
]
