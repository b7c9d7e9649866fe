"""Errors of the services: each says what a person can do; the API turns them into problems."""

import errno

DISK_FULL = "The disk of the server is full: whoever runs it has to free some space."

_SQLITE_FULL = 13
_POSTGRES_DISK_FULL = "53100"


def is_disk_full(error: BaseException | None) -> bool:
    """Whether a full disk is the reason of an error, of a file system or of a database."""
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(code, int) and code & 0xFF == _SQLITE_FULL:
            return True
        if getattr(error, "sqlstate", None) == _POSTGRES_DISK_FULL:
            return True
        if "database or disk is full" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def sentence_of(error: Exception) -> str:
    """The reason of a failure for a person: that the disk is full, where that is it."""
    return DISK_FULL if is_disk_full(error) else str(error)


class ServiceError(Exception):
    """A rule was broken; nothing was changed. ``str(error)`` is a sentence for a person."""

    status = 400
    code = "invalid"

    def __init__(self, detail: str, *, code: str = "", **extra: object) -> None:
        super().__init__(detail)
        if code:
            self.code = code
        self.extra = extra


class NotAllowedError(ServiceError):
    """The role of whoever asks does not suffice."""

    status = 403
    code = "not_allowed"


class ConflictError(ServiceError):
    """The present state does not allow it."""

    status = 409
    code = "conflict"


class StaleRevisionError(ServiceError):
    """A save was based on a revision that is no longer the newest. ``extra["current"]``: it."""

    status = 412
    code = "stale_revision"


class NothingFoundError(ServiceError):
    """What was asked for is not in the picture."""

    status = 422
    code = "nothing_found"


class RevisionMissingError(ServiceError):
    """A save did not say which revision it was based on."""

    status = 428
    code = "revision_missing"


class TooLargeError(ServiceError):
    """More than this server takes."""

    status = 413
    code = "too_large"


class DiskFullError(ServiceError):
    """Not enough space on the server's disk."""

    status = 507
    code = "disk_full"


class UnavailableError(ServiceError):
    """A part of Segloop is away (a worker, Redis)."""

    status = 503
    code = "unavailable"
