"""Everything a confidence slider needs, once, as compact binary columns.

A match made once holds at every confidence (see ``matching``), so with these columns a browser
counts outcomes at any confidence by itself. Layout, little endian::

    uint32   H, the length of the header in bytes, a multiple of 4
    H bytes  the header: JSON in UTF-8, padded with spaces
             the arrays, as the header lists them; ``offset`` counts from the header's end

Each array begins at a multiple of 4 bytes. N images, L labels, P predictions from the confidence
floor on (of weaker ones no shape is kept, and they are matched last, so leaving them out changes no
match)::

    image_place               int32 (N)      place by file name; image i has the key str(i)
    label_start               int32 (N + 1)  labels of image i: label_start[i] … label_start[i + 1]
    prediction_start          int32 (N + 1)  the same of predictions, in falling confidence
    label_class               int16 (L)
    label_area                float32 (L)    pixels of the stored image; NaN in format 1
    label_match               int32 (L)      the prediction that found it, or -1
    prediction_class          int16 (P)
    prediction_confidence     float32 (P)
    prediction_area           float32 (P)    NaN in format 1
    prediction_match          int32 (P)      the label that it found, or -1
    prediction_iou            float32 (P)    of that match, 0 without
    prediction_boundary_iou   float32 (P)    of that match, NaN where it was not measured
    prediction_error          int16 (P)      its place in ERROR_TYPES, -1 where it is right
    prediction_target         int32 (P)      the label that it found or aims at, or -1
    prediction_ignored        int16 (P)      1: it lies in an ignore region and found no label, and
                                             counts nowhere; 0 else

The two before the last are of masks at IoU 0.50, whatever the others are (see ``error_types``).

Labels and predictions are numbered through the split; the number less the image's start is the
index in every list of shapes. A prediction is present when its confidence is above the threshold,
both as float32 (``Math.fround`` in a browser).
"""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.matching import Basis, Floats
from training.evaluation.scores.error_types import type_predictions
from training.evaluation.thresholds import CONFIDENCE_FLOOR

from .loading import Loaded, check_iou, open_folder

FORMAT = 1
_TYPES = {"<i4": "int32", "<i2": "int16", "<f4": "float32"}


def read_columns(
    folder: Path, *, evaluation: int, iou: float = 0.5, basis: Basis = "mask"
) -> bytes:
    """The columns of an evaluation, matched at ``iou``. ``ValueError``: out of range."""
    check_iou(iou)
    loaded = open_folder(folder)
    arrays = _arrays(loaded, iou=iou, basis=basis)
    listed: list[dict[str, Any]] = []
    parts: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        content = array.tobytes()
        listed.append(
            {
                "name": name,
                "type": _TYPES[array.dtype.newbyteorder("<").str],
                "length": len(array),
                "offset": offset,
            }
        )
        parts.append(content + bytes(-len(content) % 4))
        offset += len(parts[-1])
    header = {
        "format": FORMAT,
        "evaluation": evaluation,
        "iou": iou,
        "basis": basis,
        "confidence_floor": CONFIDENCE_FLOOR,
        "best_confidence": loaded.summary["best_confidence"][basis],
        "class_names": loaded.summary["class_names"],
        "image_count": len(arrays["image_place"]),
        "label_count": len(arrays["label_class"]),
        "prediction_count": len(arrays["prediction_class"]),
        "arrays": listed,
    }
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


def _arrays(loaded: Loaded, *, iou: float, basis: Basis) -> dict[str, npt.NDArray[Any]]:
    statistics, native = loaded.statistics, loaded.statistics.native
    matches = loaded.matches(iou=iou, basis=basis)
    shown = np.flatnonzero(statistics.confidence >= np.float32(CONFIDENCE_FLOOR))
    shown_of_image = np.bincount(
        loaded.image_of_prediction[shown], minlength=len(statistics.file_name)
    )
    match = matches.label[shown]
    finder = np.flatnonzero(match >= 0)
    label_match = np.full(len(statistics.label_class), -1)
    label_match[match[finder]] = finder
    typed = type_predictions(statistics)
    unknown: Floats = np.full(len(statistics.label_class), np.nan, dtype=np.float32)
    return {
        "image_place": loaded.place_by_name.astype("<i4"),
        "label_start": statistics.label_start.astype("<i4"),
        "prediction_start": np.cumsum([0, *shown_of_image]).astype("<i4"),
        "label_class": statistics.label_class.astype("<i2"),
        "label_area": (native.label_area if native else unknown).astype("<f4"),
        "label_match": label_match.astype("<i4"),
        "prediction_class": statistics.prediction_class[shown].astype("<i2"),
        "prediction_confidence": statistics.confidence[shown].astype("<f4"),
        "prediction_area": _native_areas(loaded)[shown].astype("<f4"),
        "prediction_match": match.astype("<i4"),
        "prediction_iou": matches.iou[shown].astype("<f4"),
        "prediction_boundary_iou": statistics.native_of_matches(matches.label, "boundary_iou")[
            shown
        ].astype("<f4"),
        "prediction_error": np.maximum(typed.type[shown], -1).astype("<i2"),
        "prediction_target": typed.target[shown].astype("<i4"),
        "prediction_ignored": loaded.aside(iou=iou, basis=basis)[shown].astype("<i2"),
    }


def _native_areas(loaded: Loaded) -> Floats:
    native = loaded.statistics.native
    if native:
        return native.prediction_area
    return np.full(len(loaded.statistics.confidence), np.nan, dtype=np.float32)
