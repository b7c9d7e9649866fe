"""Whether there is space for what training writes."""

from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import DiskFullError

CHECKPOINTS_BYTES = 512 * 1024**2
"""What a run may write at once: best.pt and last.pt of a large model, with its optimizer."""


def find_disk_shortage() -> str:
    """Return a sentence when the disk of the data folder is too full to train, else ""."""
    try:
        check_disk_space(CHECKPOINTS_BYTES)
    except DiskFullError as error:
        return f"Paused: {str(error).removesuffix(' and try again.')}, then it goes on."
    return ""
