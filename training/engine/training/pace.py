"""How fast a run goes, and how long it will take."""

import time
from collections.abc import Callable

_SECONDS_BETWEEN_EVENTS = 0.2
_RECENT_EPOCHS = 5


class Pace:
    """Counts batches, lets at most five events a second through, estimates the time left.

    Before the first epoch is over, validation is unknown: the estimate is the batches alone. After
    that it is the mean of the last epochs, so a change of pace (mosaic off, say) is followed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_event = -_SECONDS_BETWEEN_EVENTS
        self._epoch_began = 0.0
        self._epoch_seconds: list[float] = []
        self._epochs_left = 0
        self._images = 0
        self._rate_from = (0.0, 0)  # when, and how many batches were done then
        self.batch = 0
        self.batches = 0
        self.images_per_second = 0.0

    def start_epoch(self, *, batches: int, epochs_left: int, images: int) -> None:
        """``epochs_left`` counts the one that starts; ``images`` are those of one epoch."""
        self._epoch_began = self._clock()
        self._epochs_left = epochs_left
        self._images = images
        self._rate_from = (self._epoch_began, 0)
        self.batch = 0
        self.batches = batches

    def count_batch(self) -> bool:
        """One more batch is done; whether its event may go out."""
        self.batch += 1
        now = self._clock()
        if now - self._last_event < _SECONDS_BETWEEN_EVENTS:
            return False
        self._last_event = now
        since, batches_then = self._rate_from
        images = self._images * (self.batch - batches_then) / max(1, self.batches)
        self.images_per_second = images / (now - since) if now > since else 0.0
        self._rate_from = (now, self.batch)
        return True

    def end_epoch(self, *, waited_seconds: float = 0.0) -> None:
        """The epoch is done, validation included; so much of it was waiting for the disk."""
        seconds = self._clock() - self._epoch_began - waited_seconds
        self._epoch_seconds = [*self._epoch_seconds, seconds][-_RECENT_EPOCHS:]

    def eta_seconds(self) -> float:
        """Seconds until the last epoch ends."""
        spent = self._clock() - self._epoch_began
        if self._epoch_seconds:
            epoch = sum(self._epoch_seconds) / len(self._epoch_seconds)
        else:
            epoch = spent * self.batches / max(1, self.batch)
        return max(0.0, epoch - spent) + epoch * (self._epochs_left - 1)
