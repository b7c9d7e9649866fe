"""Random evaluations: a few images with labels, predictions and overlaps."""

import numpy as np
from hypothesis import strategies as st

from training.evaluation.files.store import Picture

CLASS_COUNT = 3


@st.composite
def pictures(draw: st.DrawFn, *, max_images: int = 4, max_objects: int = 6) -> list[Picture]:
    """Overlaps from a coarse grid, so that ties and thresholds hit exactly do occur."""
    result = []
    for index in range(draw(st.integers(0, max_images))):
        labels = draw(st.integers(0, max_objects))
        predictions = draw(st.integers(0, max_objects))
        seed = draw(st.integers(0, 2**32 - 1))
        result.append(random_picture(index, labels, predictions, seed=seed))
    return result


def random_picture(index: int, labels: int, predictions: int, *, seed: int) -> Picture:
    rng = np.random.default_rng(seed)
    grid = np.array([0, 0, 0.05, 0.25, 0.45, 0.5, 0.6, 0.75, 0.8, 0.95, 1.0], dtype=np.float32)
    label_class = rng.integers(0, CLASS_COUNT, labels)
    prediction_class = rng.integers(0, CLASS_COUNT, predictions)
    confidence = np.sort(rng.choice(np.linspace(0.01, 0.99, 25), predictions))[::-1]
    shown = confidence >= 0.05
    return Picture(
        record={
            "file_name": f"image_{index}.png",
            "width": 100,
            "height": 80,
            "labels": [
                {
                    "class_index": int(label),
                    "polygon": [place, 0.0, 9.0, 0.0, 9.0, 9.0],
                    "box": [0.0, 0.0, 9.0, 9.0],
                }
                for place, label in enumerate(label_class)
            ],
            "predictions": [
                {
                    "class_index": int(prediction_class[place]),
                    "polygon": [place, 1.0, 9.0, 0.0, 9.0, 9.0],
                    "box": [0.0, 0.0, 9.0, 9.0],
                    "confidence": float(confidence[place]),
                }
                for place in np.flatnonzero(shown).tolist()
            ],
        },
        label_class=label_class,
        prediction_class=prediction_class,
        confidence=confidence.astype(np.float32),
        box_iou=rng.choice(grid, (labels, predictions)),
        mask_iou=rng.choice(grid, (labels, predictions)),
    )
