"""Why a warm engine gave no answer: each is a sentence and what a client does next."""

from annotator.kernel.errors import ServiceError, UnavailableError


class QueueFullError(ServiceError):
    """More wait already than is useful."""

    status = 429
    code = "queue_full"

    def __init__(self, retry_seconds: int) -> None:
        super().__init__(
            f"Too many requests wait already. Try again in {retry_seconds} s.",
            headers={"Retry-After": str(retry_seconds)},
        )


class LimitReachedError(ServiceError):
    """More requests a minute than whoever asks may send."""

    status = 429
    code = "limit_reached"

    def __init__(self, most: int, retry_seconds: int) -> None:
        super().__init__(
            f"The limit is {most} requests a minute. Try again in {retry_seconds} s.",
            headers={"Retry-After": str(retry_seconds)},
        )


class NoEngineError(UnavailableError):
    """No worker answers now; the message says why."""

    code = "no_worker"


class ModelFailedError(UnavailableError):
    """The model ended its engine, does not fit, or raised."""

    code = "model_failed"


class TimeLimitError(ServiceError):
    """The answer did not come in time; the message says what it waited for."""

    status = 504
    code = "time_limit"


class UnreadableImageError(ServiceError):
    """The bytes are no image that can be taken."""

    status = 422
    code = "unreadable_image"
