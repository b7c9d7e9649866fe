"""From which confidence on an object counts: one slider for all classes, one a class, switches.

Every count, file and list of a prediction uses this cut, in thousandths of a confidence, so that
the browser, which holds thousandths, and the server always agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from annotator.kernel.errors import ServiceError
from training.predictions.options import CONFIDENCE_FLOOR

HIDDEN = 1001
"""The threshold of a class that is switched off: nothing reaches it."""


def thousandths_of(confidence: float) -> int:
    """A confidence as it is compared: 0.25999 is 259. Stored confidences have five digits."""
    return int(confidence * 100_000 + 0.5) // 100


@dataclass(frozen=True, slots=True)
class Cut:
    """``default`` and ``of_class`` (class index → threshold) are thousandths."""

    default: int
    of_class: Mapping[int, int]
    chosen: frozenset[int] | None = None

    def threshold(self, class_index: int) -> int:
        if self.chosen is not None and class_index not in self.chosen:
            return HIDDEN
        return self.of_class.get(class_index, self.default)

    def keeps(self, instance: Mapping[str, Any]) -> bool:
        threshold = self.threshold(instance["class_index"])
        return thousandths_of(instance["confidence"]) >= threshold

    def thresholds(self, class_count: int) -> npt.NDArray[np.int32]:
        """One a class index."""
        return np.array([self.threshold(index) for index in range(class_count)], dtype=np.int32)

    def key(self) -> list[object]:
        """The same for the same cut."""
        chosen = None if self.chosen is None else sorted(self.chosen)
        return [self.default, sorted(self.of_class.items()), chosen]


def parse_cut(values: Mapping[str, Any], *, default: float, class_names: Sequence[str]) -> Cut:
    """Read ``confidence``, ``confidences`` ("3:0.5,7:0.2") and ``classes`` ("0,2"; absent: all).

    Raises ServiceError.
    """
    confidence = values.get("confidence")
    chosen = values.get("classes")
    return Cut(
        default=_threshold(default if confidence is None else confidence),
        of_class=_parse_thresholds(values.get("confidences") or "", len(class_names)),
        chosen=None if chosen is None else _parse_classes(chosen, len(class_names)),
    )


def _threshold(confidence: float) -> int:
    return round(max(confidence, CONFIDENCE_FLOOR) * 1000)


def _parse_thresholds(text: str, class_count: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for part in filter(None, text.split(",")):
        index, _, value = part.partition(":")
        try:
            confidence = float(value)
        except ValueError:
            confidence = -1.0
        if not 0 <= confidence <= 1:
            raise ServiceError(
                "“confidences” names classes with a confidence each: “0:0.5,2:0.25”.",
                code="bad_confidences",
            )
        found[_class_index(index, class_count)] = _threshold(confidence)
    return found


def _parse_classes(text: str, class_count: int) -> frozenset[int]:
    return frozenset(_class_index(part, class_count) for part in filter(None, text.split(",")))


def _class_index(text: str, class_count: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) < class_count):
        raise ServiceError(f"The model has no class with the index “{text}”.", code="unknown_class")
    return int(text)
