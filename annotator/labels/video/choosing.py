"""Reading a video once: its chosen frames go to a :mod:`.store`, with what was found out of it.

Runs as a child process, with the video as its standard input, so that the process that asks never
opens it, and with limits on memory, size and time::

    python -m annotator.labels.video.choosing '{"folder": …, "rule": {…}, "is_dry_run": false}'

It writes a line of JSON a second: how far it is. A frame becomes a JPEG of quality 95 without
chroma subsampling. Killed, it goes on behind the last frame that was kept.
"""

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.labels.near_duplicates import MOST_DIFFERENT_BITS
from annotator.labels.pixels.likeness import hash_grey

from .reading import VideoError, VideoFrame, VideoReader
from .reporting import MOST_READ, describe_header, describe_loss, describe_reading, were
from .rules import (
    MOST_FRAMES,
    SCENE_STEPS,
    Chooser,
    FrameRule,
    SceneCounts,
    Signature,
    parse_rule,
    signature_of,
)
from .store import FrameWriter

JPEG_QUALITY = 95
MIN_SIDE_PX = 10
_MEMORY_BYTES = 6 * 1024**3
_FLUSH_SECONDS = 1.0
_COMPARED_WH = (128, 128)
_MEAN_DIFFERENCE = 3
_VIDEO = "/dev/stdin"


class Outcome(TypedDict):
    """What became of a video. ``facts``: of :class:`.reading.VideoFacts`. ``read``: frames that
    were decoded; ``chosen``: that were kept; ``near_duplicates``: that the rule asked for and that
    look like one that was kept. ``damaged``: what did not decode. ``end_ms``: the time of the last
    frame. ``problem``: what was lost, as a sentence, "" for nothing. ``notes``: what a person
    should know. ``scenes``: frames by threshold, of a dry run. ``is_whole``: read to its end, not
    to that of the part or the number that was asked for.
    """

    facts: dict[str, Any]
    read: int
    chosen: int
    near_duplicates: int
    damaged: int
    end_ms: int
    problem: str
    notes: list[str]
    scenes: list[tuple[float, int]]
    is_whole: bool


def choose_frames(
    file: str,
    folder: Path,
    rule: FrameRule,
    *,
    is_dry_run: bool = False,
    max_megapixels: float = 200.0,
    tell: Callable[[dict[str, int]], None] = lambda _: None,
) -> Outcome:
    """Read a video and store its chosen frames. Raises VideoError where there are none at all."""
    with VideoReader(file, max_megapixels=max_megapixels) as reader:
        choosing = _Choosing(reader, folder, rule, is_dry_run=is_dry_run, tell=tell)
        if not choosing.resume():
            with VideoReader(file, max_megapixels=max_megapixels) as again:
                choosing.reader = again
                choosing.replay()
                return choosing.work()
        return choosing.work()


class _Choosing:
    def __init__(
        self,
        reader: VideoReader,
        folder: Path,
        rule: FrameRule,
        *,
        is_dry_run: bool,
        tell: Callable[[dict[str, int]], None],
    ) -> None:
        self.reader, self.rule, self.tell = reader, rule, tell
        self.chooser = Chooser(rule)
        self.scenes = SceneCounts() if is_dry_run else None
        self.writer = FrameWriter(folder, from_start=is_dry_run)
        last = self.writer.last
        self.near_duplicates = last.near_duplicates if last else 0
        self.damaged_before = last.damaged if last else 0
        self.likenesses = np.zeros(64, dtype=np.uint64)
        self.means = np.zeros(64, dtype=np.int64)
        self.known = 0
        for likeness, mean in zip(self.writer.likenesses, self.writer.means, strict=True):
            self._remember(likeness, mean)
        self.most = min(rule.most or MOST_FRAMES, MOST_FRAMES)
        self.is_whole = True
        self._told = self._flushed = time.monotonic()

    # --- going on after a kill ----------------------------------------------------------------

    def resume(self) -> bool:
        """Go behind the last frame that was kept; False: by :meth:`replay` alone."""
        last = self.writer.last
        if last is None:
            return True
        if self.chooser.needs_small or not self.reader.seek(last.number, last.pts):
            return False
        self.chooser.go_on_behind(last.time_ms, None)
        self.reader.last_time_ms = last.time_ms
        return True

    def replay(self) -> None:
        """Decode what was read before, up to the last frame that was kept."""
        last = self.writer.last
        if last is None:
            return
        for frame in self.reader.frames():
            self._tell(frame)
            if frame.number >= last.number:
                small = self._small(frame) if self.chooser.needs_small else None
                self.chooser.go_on_behind(frame.time_ms, small)
                self.damaged_before = last.damaged - self.reader.damaged
                return

    # --- reading ------------------------------------------------------------------------------

    def work(self) -> Outcome:
        for frame in self.reader.frames():
            if self._is_over(frame):
                self.is_whole = False
                break
            self._look_at(frame)
            self._tell(frame)
        if not self.reader.next_number:
            raise VideoError("None of its frames can be decoded: it is damaged or cut short.")
        outcome = self._outcome()
        self.writer.finish(dict(outcome))
        return outcome

    def _is_over(self, frame: VideoFrame) -> bool:
        is_full = self.writer.count >= self.most and self.scenes is None
        return self.chooser.is_over(frame.time_ms) or is_full or frame.number >= MOST_READ

    def _look_at(self, frame: VideoFrame) -> None:
        needs_small = self.scenes is not None or self.chooser.needs_small
        small = self._small(frame) if needs_small else None
        is_in_part = frame.time_ms >= self.rule.from_seconds * 1000
        if self.scenes is not None and small is not None and is_in_part:
            self.scenes.add(small)
        if self.chooser.wants(frame.number, frame.time_ms, small):
            self._keep(frame)

    def _small(self, frame: VideoFrame) -> Signature:
        return signature_of(self.reader.to_grey(frame))

    def _keep(self, frame: VideoFrame) -> None:
        if self.writer.count >= self.most:
            self.is_whole = False
            return
        likeness, mean = 0, 0
        if not self.rule.keeps_duplicates:
            likeness = hash_grey(Image.fromarray(self.reader.to_grey(frame, _COMPARED_WH)))
            mean = 0 if likeness else _mean_of(self.reader.to_rgb(frame))
            if self._is_like_one(likeness, mean):
                self.near_duplicates += 1
                return
        data = encode_frame(Image.fromarray(self.reader.to_rgb(frame)))
        if self.writer.has(data):
            self.near_duplicates += 1
            return
        self._remember(likeness, mean)
        self.writer.add(
            data,
            number=frame.number,
            time_ms=frame.time_ms,
            pts=frame.pts,
            likeness=likeness,
            mean=mean,
            near_duplicates=self.near_duplicates,
            damaged=self.damaged_before + self.reader.damaged,
        )

    def _remember(self, likeness: int, mean: int) -> None:
        if self.known == len(self.likenesses):
            self.likenesses = np.concatenate([self.likenesses, np.zeros_like(self.likenesses)])
            self.means = np.concatenate([self.means, np.zeros_like(self.means)])
        self.likenesses[self.known] = np.int64(likeness).view(np.uint64)
        self.means[self.known] = mean
        self.known += 1

    def _is_like_one(self, likeness: int, mean: int) -> bool:
        """Whether a frame looks like one that was kept. One of a single colour has nothing to
        compare by but this colour."""
        known = self.likenesses[: self.known]
        if likeness == 0:
            flat = self.means[: self.known][known == 0]
            return bool((_color_distance(flat, mean) <= _MEAN_DIFFERENCE).any())
        different = np.bitwise_count(known ^ np.int64(likeness).view(np.uint64))
        return bool(((different <= MOST_DIFFERENT_BITS) & (known != 0)).any())

    def _tell(self, frame: VideoFrame) -> None:
        now = time.monotonic()
        if now - self._flushed > _FLUSH_SECONDS:
            self._flushed = now
            self.writer.flush()
        if now - self._told > _FLUSH_SECONDS:
            self._told = now
            self.tell(
                {"time_ms": frame.time_ms, "read": frame.number + 1, "chosen": self.writer.count}
            )

    # --- what came of it ----------------------------------------------------------------------

    def _outcome(self) -> Outcome:
        reader, facts = self.reader, self.reader.facts
        damaged = self.damaged_before + reader.damaged
        scenes = self.scenes
        counts = [] if scenes is None else [int(value) for value in scenes.counts]
        return Outcome(
            facts=facts.to_json(),
            read=reader.next_number,
            chosen=self.writer.count,
            near_duplicates=self.near_duplicates,
            damaged=damaged,
            end_ms=reader.last_time_ms,
            problem=describe_loss(reader, damaged=damaged, is_whole=self.is_whole),
            notes=self._notes(),
            scenes=list(zip(SCENE_STEPS, counts, strict=False)),
            is_whole=self.is_whole,
        )

    def _notes(self) -> list[str]:
        notes = []
        if self.near_duplicates:
            count = self.near_duplicates
            what = "1 frame looks" if count == 1 else f"{count:,} frames look"
            notes.append(f"{what} like one that is taken and {were(count)} left out.")
        if self.writer.count >= self.most and not self.is_whole:
            notes.append(f"Frames were taken up to the limit of {self.most:,}.")
        notes += describe_header(self.reader, is_whole=self.is_whole)
        return notes + describe_reading(self.reader)


def encode_frame(image: Image.Image) -> bytes:
    """The JPEG that a frame is stored as."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return out.getvalue()


def _mean_of(rgb: NDArray[np.uint8]) -> int:
    """The mean colour as one number: red × 65536 + green × 256 + blue."""
    red, green, blue = (int(value) for value in rgb[::8, ::8].mean(axis=(0, 1)))
    return red << 16 | green << 8 | blue


def _color_distance(colors: NDArray[np.int64], color: int) -> NDArray[np.int64]:
    differences = [np.abs((colors >> place & 255) - (color >> place & 255)) for place in (0, 8, 16)]
    furthest: NDArray[np.int64] = np.max(differences, axis=0)
    return furthest


def limit_memory() -> None:
    """A hostile video may ask for any amount; asking for more than this fails."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, _MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(arguments: list[str]) -> int:
    request = json.loads(arguments[0])
    limit_memory()

    def tell(progress: dict[str, int]) -> None:
        sys.stdout.write(json.dumps(progress) + "\n")
        sys.stdout.flush()

    try:
        choose_frames(
            _VIDEO,
            Path(request["folder"]),
            parse_rule(request["rule"]),
            is_dry_run=request["is_dry_run"],
            max_megapixels=request["max_megapixels"],
            tell=tell,
        )
    except VideoError as error:
        sys.stderr.write(str(error))
        return 3
    except OSError as error:
        sys.stderr.write(f"The frames cannot be written: {error.strerror}.")
        return 4
    except MemoryError:
        sys.stderr.write("It needs more memory than a video may.")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
