"""Predict on the frames of a video, however long, and follow its objects from frame to frame.

Frames are decoded ahead in a thread and go through the network in batches. What is found leaves
with all that is needed to go on behind it, so that a job that was killed has every frame once, with
the same ids.
"""

import time
from collections.abc import Iterator

import torch
import ultralytics

from annotator.labels.video.reading import VideoError, VideoReader
from annotator.labels.video.reporting import (
    describe_header,
    describe_loss,
    describe_reading,
    expected_frames,
)
from training.engine.emitter import Emitter
from training.engine.host.devices import check_device
from training.engine.measuring.predict import (
    TracingPredictor,
    check_options,
    find_objects,
    load_predictor,
)
from training.engine.protocol import EngineError, PredictedFrame, PredictedInstance
from training.engine.requests import VideoRequest, VideoStart
from training.engine.stopping import Cancelled, Stopping

from .decoding import DecodedFrame, DecodingAhead
from .tracking import Tracker

_EVENT_SECONDS = 1.0
_MOST_FRAMES = 64
_MOST_NUMBERS = 200_000
"""In one event: it is stored in one transaction."""

_PROGRESS_SECONDS = 1.0


def predict_video(request: VideoRequest, emit: Emitter, stopping: Stopping) -> None:
    """Answer ``started``, ``video``, then ``frames`` until ``finished``."""
    device_name = check_device(request["device"])
    if request["every_nth"] < 1:
        raise EngineError("bad_request", "every_nth has to be at least 1.", "1 is every frame.")
    check_options(request)
    tracker = Tracker(request["track"]) if request["track"] else None
    emit(
        {
            "type": "started",
            "device": request["device"],
            "device_name": device_name,
            "torch": str(torch.__version__),
            "ultralytics": ultralytics.__version__,
        }
    )
    predictor = load_predictor(request, emit)
    try:
        with VideoReader(request["video"], max_megapixels=request["max_megapixels"]) as reader:
            emit(
                {
                    "type": "video",
                    "facts": reader.facts.to_json(),
                    "expected": expected_frames(reader),
                    "start_ms": reader.start_ms,
                }
            )
            stopping.enter_batches()
            work = _Prediction(request, predictor, tracker, emit, stopping)
            if work.go_behind_start(reader):
                work.predict(reader)
                return
        with VideoReader(request["video"], max_megapixels=request["max_megapixels"]) as again:
            work.predict(again)
    except VideoError as error:
        raise EngineError(
            "data_unreadable", f"The video cannot be read: {error}", "Choose another file."
        ) from error


class _Prediction:
    def __init__(
        self,
        request: VideoRequest,
        predictor: TracingPredictor,
        tracker: Tracker | None,
        emit: Emitter,
        stopping: Stopping,
    ) -> None:
        self.request, self.predictor, self.tracker = request, predictor, tracker
        self.emit, self.stopping = emit, stopping
        self.start = request["start"] or None
        self.first = 0 if self.start is None else self.start["frame"] + 1
        self.damaged_before = 0
        self.waiting: list[PredictedFrame] = []
        self.numbers = self.predicted = self.instances = 0
        self.last: DecodedFrame | None = None
        self.emitted = self.told = time.monotonic()
        self.looks_for_last = tracker is not None and tracker.looks_at_images
        if self.start is not None and tracker is not None and self.start["tracker"] is not None:
            tracker.restore(self.start["tracker"])

    # --- where to begin -----------------------------------------------------------------------

    def go_behind_start(self, reader: VideoReader) -> bool:
        """Go behind the last frame that was kept; False: read from the beginning, to its number."""
        if self.start is None:
            return True
        pts = self.start["pts"]
        found = None if pts is None else reader.find(self.start["frame"], pts)
        if found is None:
            return False
        self.damaged_before = self.start["damaged"] - reader.damaged
        if self.tracker is not None and self.looks_for_last:
            self.tracker.look_back(reader.to_rgb(found)[:, :, ::-1].copy())
            self.looks_for_last = False
        return True

    # --- work ---------------------------------------------------------------------------------

    def predict(self, reader: VideoReader) -> None:
        size = self.predictor.batch_size(self.request.get("batch"))
        # Read from the beginning after all, a tracker that compares images wants the last one too.
        looks_back = self.looks_for_last and self.start is not None
        first = self.first - 1 if looks_back and self.first else self.first
        decoding = DecodingAhead(
            reader,
            every_nth=self.request["every_nth"],
            count=2 * size + 2,
            first=first,
            tell=lambda number: self._tell(number, reader),
            check=self.stopping.check,
        )
        with decoding as frames:
            try:
                for batch in self._batches(frames, size):
                    self.stopping.check()
                    self._predict(batch)
            except Cancelled:
                self._emit_frames()
                raise
            self._emit_frames()
        self._finish(reader, decoding)

    def _batches(self, frames: DecodingAhead, size: int) -> Iterator[list[DecodedFrame]]:
        """Batches of frames of one size: a stream may change it."""
        batch: list[DecodedFrame] = []
        for frame in frames:
            if frame.number < self.first:
                if self.tracker is not None:
                    self.tracker.look_back(frame.pixels)
                continue
            if batch and batch[0].pixels.shape != frame.pixels.shape:
                yield batch
                batch = []
            batch.append(frame)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    def _predict(self, batch: list[DecodedFrame]) -> None:
        images = [frame.pixels for frame in batch]
        finds = find_objects(self.predictor, images, self.request, self.stopping)
        for frame, found in zip(batch, finds, strict=True):
            self._take(frame, found)

    def _take(self, frame: DecodedFrame, found: list[PredictedInstance]) -> None:
        tracks: list[int | None] = [None] * len(found)
        if self.tracker is not None:
            tracks = self.tracker.follow(found, frame.pixels)
        height, width = frame.pixels.shape[:2]
        self.waiting.append(
            {
                "frame": frame.number,
                "time_ms": frame.time_ms,
                "pts": frame.pts,
                "width": width,
                "height": height,
                "instances": [
                    {**each, "track": track} for each, track in zip(found, tracks, strict=True)
                ],
            }
        )
        self.last = frame._replace(pixels=frame.pixels[:0])
        self.predicted += 1
        self.instances += len(found)
        self.numbers += sum(len(each["polygon_px"]) for each in found)
        is_due = time.monotonic() - self.emitted >= _EVENT_SECONDS
        if is_due or len(self.waiting) >= _MOST_FRAMES or self.numbers >= _MOST_NUMBERS:
            self._emit_frames()

    def _emit_frames(self) -> None:
        if not self.waiting or self.last is None:
            return
        start: VideoStart = {
            "frame": self.last.number,
            "pts": self.last.pts,
            "damaged": self.damaged_before + self.last.damaged,
            "tracker": None if self.tracker is None else self.tracker.state(),
        }
        self.emit({"type": "frames", "frames": self.waiting, "start": start})
        self.waiting, self.numbers = [], 0
        self.emitted = time.monotonic()

    def _tell(self, number: int, reader: VideoReader) -> None:
        if time.monotonic() - self.told >= _PROGRESS_SECONDS:
            self.told = time.monotonic()
            total = expected_frames(reader) or 0
            self.emit({"type": "progress", "done": number + 1, "total": max(total, number + 1)})

    def _finish(self, reader: VideoReader, decoding: DecodingAhead) -> None:
        if not reader.next_number:
            raise VideoError("None of its frames can be decoded: it is damaged or cut short.")
        self.emit(
            {
                "type": "finished",
                "frame_count": reader.next_number,
                "predicted_count": self.predicted,
                "instance_count": self.instances,
                "end_ms": reader.last_time_ms,
                "problems": self._problems(reader, decoding),
                "notes": describe_reading(reader),
                "class_names": self.predictor.class_names,
            }
        )

    def _problems(self, reader: VideoReader, decoding: DecodingAhead) -> list[str]:
        damaged = self.damaged_before + reader.damaged
        loss = describe_loss(reader, damaged=damaged, is_whole=decoding.is_whole)
        problems = [loss] if loss else []
        problems += describe_header(reader, is_whole=decoding.is_whole)
        promised, read = expected_frames(reader), reader.next_number
        is_guess = not reader.facts.frames and promised is not None and promised != read
        if is_guess and not loss and decoding.is_whole and decoding.has_steady_times:
            problems.append(
                f"Its header promises {promised:,} frames by its length and frame rate; "
                f"{read:,} can be read."
            )
        return problems
