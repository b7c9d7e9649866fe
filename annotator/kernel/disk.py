"""Whether there is space on the disk."""

import shutil

from django.conf import settings

from .errors import DiskFullError


def check_disk_space(needed_bytes: int = 0) -> None:
    """Raise DiskFullError when the data folder's disk is nearly full."""
    free = shutil.disk_usage(settings.DATA_ROOT).free
    keep = settings.MIN_FREE_DISK_MEGABYTES * 1024**2
    if free - needed_bytes < keep:
        raise DiskFullError(
            f"The disk of {settings.DATA_ROOT} has {free / 1024**3:.1f} GB left; free some space "
            "and try again."
        )
