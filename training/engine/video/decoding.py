"""Frames of a video, decoded in a thread ahead of the network that looks at them."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from annotator.labels.video.reading import VideoError, VideoFrame, VideoReader
from annotator.labels.video.reporting import MOST_READ

Pixels = npt.NDArray[np.uint8]

_BYTES_AHEAD = 1 << 28
_LOOK_SECONDS = 0.2


class DecodedFrame(NamedTuple):
    """``pixels``: BGR, as the frame is shown. ``damaged``: packets and frames before this one that
    did not decode."""

    number: int
    time_ms: int
    pts: int
    damaged: int
    pixels: Pixels


class DecodingAhead:
    """Use as a context manager; iterating gives the frames whose number ``every_nth`` divides,
    from ``first`` on. ``tell`` gets the number of every frame that was read, in the thread;
    ``check`` is called while the network waits for frames, and may raise.

    What waits is bounded in number and in bytes, so memory does not grow with the video.
    """

    def __init__(
        self,
        reader: VideoReader,
        *,
        every_nth: int,
        count: int,
        first: int = 0,
        tell: Callable[[int], object] = lambda _: None,
        check: Callable[[], object] = lambda: None,
    ) -> None:
        self.reader = reader
        self._every_nth, self._first = every_nth, first
        self._tell, self._check = tell, check
        frame_bytes = max(1, reader.facts.width * reader.facts.height * 3)
        most = max(2, min(count, _BYTES_AHEAD // frame_bytes))
        self._frames: queue.Queue[DecodedFrame | None] = queue.Queue(maxsize=most)
        self._is_over = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._decode, name="decoder", daemon=True)
        self.is_whole = True
        self._last_ms = -1
        self._intervals = self._odd_intervals = 0

    @property
    def has_steady_times(self) -> bool:
        """Whether frames follow each other as the frame rate says, all but one in twenty."""
        return self._odd_intervals * 20 <= self._intervals

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def __iter__(self) -> Iterator[DecodedFrame]:
        while True:
            try:
                frame = self._frames.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                self._check()
                continue
            if frame is None:
                break
            yield frame
        if self._failure is not None:
            raise self._failure

    def _decode(self) -> None:
        try:
            for frame in self.reader.frames():
                if frame.number >= MOST_READ:
                    self.is_whole = False
                    break
                if self._is_over.is_set():
                    return
                self._compare_times(frame)
                self._tell(frame.number)
                if frame.number >= self._first and frame.number % self._every_nth == 0:
                    self._put(self._shown(frame))
        except VideoError as error:
            # A frame beyond the limit of pixels ends the reading; what came before it counts.
            self.reader.is_cut = True
            self._failure = error if not self.reader.next_number else None
        except BaseException as error:
            self._failure = error
        self._put(None)

    def _compare_times(self, frame: VideoFrame) -> None:
        if self._last_ms >= 0:
            usual = 1000 / (self.reader.facts.fps or 25.0)
            self._intervals += 1
            self._odd_intervals += abs(frame.time_ms - self._last_ms - usual) > max(2, usual / 4)
        self._last_ms = frame.time_ms

    def _shown(self, frame: VideoFrame) -> DecodedFrame:
        pixels = np.ascontiguousarray(self.reader.to_rgb(frame)[:, :, ::-1])
        return DecodedFrame(frame.number, frame.time_ms, frame.pts, self.reader.damaged, pixels)

    def _put(self, frame: DecodedFrame | None) -> None:
        while not self._is_over.is_set():
            with suppress(queue.Full):
                self._frames.put(frame, timeout=_LOOK_SECONDS)
                return
