"""Errors of the services: each says what a person can do; the API turns them into problems."""


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
