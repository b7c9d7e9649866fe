"""The figures of a model, as typed dictionaries."""

from typing import TypedDict

from .operating import BestPoints

FORMAT = 3
"""Of the evaluation folder. 1 had neither masks at the stored image's resolution nor the speed; 2
painted them as Ultralytics does, not as COCO, and its best confidence was Ultralytics'."""


class Speed(TypedDict):
    """Milliseconds an image, as Ultralytics measures them: batches of ``batch`` images.

    ``parameters`` and ``gflops`` (an image of ``imgsz`` squared) are of the model as it runs, with
    its layers fused; null where an older evaluation did not count them.
    """

    preprocess_ms: float
    inference_ms: float
    postprocess_ms: float
    batch: int
    device_name: str
    parameters: int | None
    gflops: float | None


class MetricSet(TypedDict):
    """0 … 1, of one class or as means over the classes that have labels.

    All four are Ultralytics' own: precision and recall are matched within the class, interpolated,
    and taken at the confidence where its smoothed mean F1 is highest (``ultralytics_confidence``).
    What Segloop calls precision and recall is ``operating``.
    """

    precision: float
    recall: float
    map50: float
    map50_95: float


class ClassMetrics(TypedDict):
    """One class that has labels in the split. ``images``: those with at least one such label."""

    class_index: int
    name: str
    images: int
    instances: int
    box: MetricSet
    mask: MetricSet


class BestConfidence(TypedDict):
    """The confidence with the highest mean F1, of boxes and of masks."""

    box: float
    mask: float


class Summary(TypedDict):
    """An evaluation in figures; ``per_class`` leaves out classes without labels.

    ``class_names``: those of the dataset, then ``extra_classes``, which only the model knows.
    ``unknown_classes``: those of the dataset that the model does not know. ``speed`` is null and
    the classes are empty where the engine did not say. ``operating``: precision, recall and F1 at
    ``best_confidence``; null in older folders, whose best confidence is Ultralytics'.
    """

    format: int
    split: str
    image_count: int
    instance_count: int
    class_names: list[str]
    box: MetricSet
    mask: MetricSet
    per_class: list[ClassMetrics]
    confidence_floor: float
    best_confidence: BestConfidence
    ultralytics_confidence: BestConfidence
    operating: BestPoints | None
    unknown_classes: list[str]
    extra_classes: list[str]
    speed: Speed | None


def known_speed(speed: Speed | None) -> Speed | None:
    """As evaluations are written today; older ones lack what the model has and costs."""
    if speed is None:
        return None
    return {**speed, "parameters": speed.get("parameters"), "gflops": speed.get("gflops")}
