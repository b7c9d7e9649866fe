"""A bulk change in words, for the tray and the page of its result."""

from annotator.images.findings.kinds import KINDS
from annotator.models import BulkAction, BulkChange, FindingKind

from .actions import OTHER_ACTIONS


def describe_change(job: BulkChange) -> str:
    """Say what a change does, and in which dataset: "Move images to val in Pond"."""
    return f"{what_it_does(job)} in {job.dataset.name}"


def what_it_does(job: BulkChange) -> str:  # noqa: PLR0911, PLR0912 - a table of cases
    options = job.options
    if (other := OTHER_ACTIONS.get(job.action)) is not None:
        return other.describe(job)
    match job.action:
        case BulkAction.SET_SPLIT:
            return f"Move images to {options['split']}"
        case BulkAction.SPLIT_AGAIN:
            return "Split images again"
        case BulkAction.SET_STATUS:
            return f"Mark images {str(options['status']).replace('_', ' ')}"
        case BulkAction.SET_ASSIGNEE:
            return "Take images back" if options["assignee"] is None else "Assign images"
        case BulkAction.SHARE_OUT:
            return "Share images out"
        case BulkAction.REVIEW:
            return "Review images"
        case BulkAction.DELETE:
            return "Delete images"
        case BulkAction.SET_GROUND_TRUTH:
            return "Change ground truth"
        case BulkAction.SET_SPLIT_PINNED:
            return "Pin images" if options["is_split_pinned"] else "Free pinned images"
        case BulkAction.REPAIR | BulkAction.GATHER:
            return f"Repair “{KINDS[FindingKind(options['finding'])].title}”"
        case BulkAction.ADD_TAG:
            return f"Tag images “{options['tag_name']}”"
        case BulkAction.REMOVE_TAG:
            return f"Take the tag “{options['tag_name']}” off images"
        case BulkAction.DELETE_CLASS:
            return f"Delete the objects of “{options['class_name']}”"
        case BulkAction.SPLIT_CLASS:
            return f"Split “{options['into_name']}” off “{options['class_name']}”"
        case BulkAction.UNDO:
            return f"Take back “{options['title']}”"
        case BulkAction.SIMPLIFY:
            return f"Simplify outlines by {options['tolerance_px']:g} px"
        case _:
            return f"Change “{options['class_name']}” to “{options['into_name']}”"
