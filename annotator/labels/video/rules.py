"""Which frames of a video become images: every n-th, so many a second, or when the scene changes.

Pure. Every decision depends on the frame before, on the last frame that was kept and on the frame
itself, so that a job that was killed goes on as if it had not been.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DEFAULT_FPS = 1.0
DEFAULT_SCENE = 0.25
MOST_FRAMES = 100_000
"""Of one video become images at most; ``FrameRule.most`` may say less."""

SMALL_WH = (64, 36)
"""The size in brightness at which frames are compared for a change of scene."""

_BLOCKS = (4, 4)
_LEVELS = 8
SCENE_STEPS = tuple(round(0.05 * step, 2) for step in range(1, 13))
"""Thresholds for which a dry run counts: 0.05, 0.1 … 0.6."""

Signature = NDArray[np.int32]
"""Histograms of brightness, one a block; shape (128,)."""


class RuleError(ValueError):
    """The rule is none; the message is for a person."""


@dataclass(frozen=True, slots=True)
class FrameRule:
    """One of ``every`` (frames), ``fps`` (frames a second) and ``scene`` (a threshold from 0 to 1;
    see :func:`scene_change`); without any: one frame a second.

    ``from_seconds``, ``to_seconds``: only what is shown between them. ``most``: so many frames at
    most. ``keeps_duplicates``: frames that look like one that was kept (perceptual hashes of which
    at most 4 of 64 bits differ) come too.
    """

    every: int | None = None
    fps: float | None = None
    scene: float | None = None
    from_seconds: float = 0.0
    to_seconds: float | None = None
    most: int | None = None
    keeps_duplicates: bool = False

    @property
    def is_chosen(self) -> bool:
        """Whether a person said which frames."""
        return not (self.every is None and self.fps is None and self.scene is None)

    def to_json(self) -> dict[str, object]:
        """Only what was chosen."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value not in (None, False, 0.0)}

    def words(self) -> str:
        """The rule as the part of a sentence."""
        if self.every is not None:
            return "every frame" if self.every == 1 else f"every {_ordinal(self.every)} frame"
        if self.scene is not None:
            return f"a frame when the scene changes by {self.scene:g}"
        rate = self.fps or DEFAULT_FPS
        return "one frame a second" if rate == 1 else f"{rate:g} frames a second"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number:,}th"
    return f"{number:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def parse_rule(raw: object) -> FrameRule:
    """Read a rule from JSON. Raises RuleError for what is unknown or makes no sense."""
    if not isinstance(raw, Mapping):
        raise RuleError("Say which frames of a video to take, as every, fps or scene.")
    if unknown := sorted(str(name) for name in set(raw) - set(FrameRule.__slots__)):
        known = ", ".join(FrameRule.__slots__)
        raise RuleError(f"A rule for frames has no “{unknown[0]}”; it has {known}.")
    keeps = raw.get("keeps_duplicates", False)
    if not isinstance(keeps, bool):
        raise RuleError("keeps_duplicates is true or false.")
    rule = FrameRule(
        every=_whole(raw, "every", 1, 1_000_000),
        fps=_number(raw, "fps", 0.001, 1000),
        scene=_number(raw, "scene", 0.01, 1),
        from_seconds=_number(raw, "from_seconds", 0, 1e7) or 0.0,
        to_seconds=_number(raw, "to_seconds", 0, 1e7),
        most=_whole(raw, "most", 1, MOST_FRAMES),
        keeps_duplicates=keeps,
    )
    if sum(value is not None for value in (rule.every, rule.fps, rule.scene)) > 1:
        raise RuleError("Choose one of every, fps and scene.")
    if rule.to_seconds is not None and rule.to_seconds <= rule.from_seconds:
        raise RuleError("The end of the part to take lies before its beginning.")
    return rule


def _number(raw: Mapping[Any, Any], name: str, low: float, high: float) -> float | None:
    value = raw.get(name)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        raise RuleError(f"{name} is a number from {low:g} to {high:,.10g}.")
    return float(value)


def _whole(raw: Mapping[Any, Any], name: str, low: int, high: int) -> int | None:
    value = _number(raw, name, low, high)
    if value is not None and value != int(value):
        raise RuleError(f"{name} is a whole number.")
    return None if value is None else int(value)


class Chooser:
    """Decides frame by frame, in their order."""

    def __init__(self, rule: FrameRule) -> None:
        self.rule = rule
        self.needs_small = rule.scene is not None
        self._reference: Signature | None = None
        self._last_slot = -1

    def wants(self, number: int, time_ms: int, small: Signature | None) -> bool:
        """Whether the rule asks for a frame; ``small``: where ``needs_small``."""
        rule = self.rule
        if time_ms < rule.from_seconds * 1000:
            return False
        if rule.every is not None:
            return number % rule.every == 0
        if rule.scene is not None and small is not None:
            is_new = self._reference is None or (scene_change(self._reference, small) >= rule.scene)
            if is_new:
                self._reference = small
            return is_new
        slot = int((time_ms + 0.5) * (rule.fps or DEFAULT_FPS) / 1000)
        is_first = slot > self._last_slot
        self._last_slot = slot
        return is_first

    def go_on_behind(self, time_ms: int, small: Signature | None) -> None:
        """Take up behind a frame that was kept, as if all before had been seen."""
        self._reference = small
        self._last_slot = int((time_ms + 0.5) * (self.rule.fps or DEFAULT_FPS) / 1000)

    def is_over(self, time_ms: int) -> bool:
        """Whether the part to take has ended."""
        end = self.rule.to_seconds
        return end is not None and time_ms >= end * 1000


class SceneCounts:
    """How many frames a change of scene would choose, for each of ``SCENE_STEPS``."""

    def __init__(self) -> None:
        self.counts = np.zeros(len(SCENE_STEPS), dtype=np.int64)
        self._references: NDArray[np.int32] | None = None
        self._thresholds = np.array(SCENE_STEPS)

    def add(self, small: Signature) -> None:
        if self._references is None:
            self._references = np.tile(small, (len(SCENE_STEPS), 1))
            self.counts += 1
            return
        changes = np.abs(self._references - small).sum(axis=1) / (2 * small.sum())
        is_new = changes >= self._thresholds
        self._references[is_new] = small
        self.counts += is_new


_ROWS = np.arange(SMALL_WH[1]) * _BLOCKS[1] // SMALL_WH[1]
_COLUMNS = np.arange(SMALL_WH[0]) * _BLOCKS[0] // SMALL_WH[0]
_FIRST_BIN = ((_ROWS[:, None] * _BLOCKS[0] + _COLUMNS) * _LEVELS).astype(np.int32)
_BINS = _BLOCKS[0] * _BLOCKS[1] * _LEVELS


def signature_of(small: NDArray[np.uint8]) -> Signature:
    """Histograms of 8 levels of brightness in each of 4 × 4 blocks; ``small``: (36, 64)."""
    bins = _FIRST_BIN + (small >> 5)
    return np.bincount(bins.reshape(-1), minlength=_BINS).astype(np.int32)


def scene_change(first: Signature, second: Signature) -> float:
    """How much a scene changed, from 0 to 1: half the L1 distance between the histograms of the
    blocks, in shares of the image. Where 0.25 of the image is of another brightness than before (of
    8 levels), this is 0.25; what moves within a block changes nothing.
    """
    return float(np.abs(first - second).sum() / (2 * first.sum()))
