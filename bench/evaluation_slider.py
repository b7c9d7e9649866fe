"""P9, server side: what a page pays once, so that its confidence slider never asks again.

    .venv/bin/python bench/evaluation_slider.py [--objects 50000 1000000]

A made-up evaluation with as many labels and predictions as asked for, ten objects an image: the
binary columns first (with reading the folder and matching) and again, their bytes as they are and
packed, and what a script pays for the same by the list of objects, the likely label errors and the
figures that the engine computes once.
"""

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import print_table, write_result
from confidence_slider import write_evaluation

from training.evaluation.files import reading
from training.evaluation.files.columns import read_columns
from training.evaluation.files.loading import open_folder
from training.evaluation.objects.label_errors import list_suspects
from training.evaluation.scores.breakdown import compute_figures
from training.evaluation.scores.statistics import score_statistics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, nargs="+", default=[50_000, 1_000_000])
    options = parser.parse_args()
    rows = [_measure(count) for count in options.objects]
    print_table(rows)
    print(write_result("evaluation_slider", rows, target="P9"))


def _measure(objects: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image_count = write_evaluation(folder, objects, labels_per_image=5)
        first = _milliseconds(lambda: read_columns(folder, evaluation=1))
        content = read_columns(folder, evaluation=1)
        packed: list[bytes] = []
        gzip_ms = _milliseconds(lambda: packed.append(gzip.compress(content, compresslevel=1)))
        return {
            "images": image_count,
            "objects": objects,
            "columns_first_ms": first,
            "columns_again_ms": _milliseconds(lambda: read_columns(folder, evaluation=1)),
            "gzip_ms": gzip_ms,
            "mb": len(content) / 1e6,
            "mb_packed": len(packed[0]) / 1e6,
            "suspects_ms": _milliseconds(lambda: list_suspects(folder)),
            "figures_s": _milliseconds(lambda: _compute(folder)) / 1e3,
        }


def _compute(folder: Path) -> None:
    loaded = open_folder(folder)
    box, mask = score_statistics(loaded.statistics)
    compute_figures(loaded.statistics, box=box, mask=mask, summary=reading.read_summary(folder))


def _milliseconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
