"""Epochs: as the engine tells them, and as results.csv has them where nobody was listening.

An engine whose worker was killed may still finish the epoch it is in. Its figures are then only in
the results.csv of Ultralytics, from where they are taken when the run goes on.
"""

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from training.models import Epoch, Run

from .payloads import EpochValues, Losses, MetricSet


def store_epoch(run: Run, values: EpochValues) -> Epoch:
    """Store one epoch of a run; one that was trained again replaces what it came to before."""
    row, _ = Epoch.objects.update_or_create(
        run=run,
        number=values["epoch"],
        defaults={
            "train_losses": values["train"],
            "val_losses": values["val"],
            "box": values["box"],
            "mask": values["mask"],
            "learning_rate": values["learning_rate"],
            "seconds": values["seconds"],
        },
    )
    return row


def add_epochs(run: Run, epochs: Iterable[EpochValues]) -> None:
    """Store the epochs of a run that has none yet, few statements for all."""
    rows = [
        Epoch(
            run=run,
            number=values["epoch"],
            train_losses=values["train"],
            val_losses=values["val"],
            box=values["box"],
            mask=values["mask"],
            learning_rate=values["learning_rate"],
            seconds=values["seconds"],
        )
        for values in epochs
    ]
    Epoch.objects.bulk_create(rows, batch_size=100)


def fill_gaps(run: Run, results_csv: Path, *, below: int) -> int:
    """Store the epochs under number ``below`` that are missing. Returns how many were found."""
    have = set(run.epoch_rows.values_list("number", flat=True))
    missing = set(range(1, below)) - have
    if not missing:
        return 0
    found = [values for values in read_results(results_csv) if values["epoch"] in missing]
    for values in found:
        store_epoch(run, values)
    return len(found)


def draw_sparkline(run: Run) -> list[float]:
    """Return map50_95 of the masks, epoch by epoch."""
    rows = run.epoch_rows.order_by("number").values_list("mask", flat=True)
    return [round(mask["map50_95"], 5) for mask in rows]


def read_results(path: Path) -> list[EpochValues]:
    """Read Ultralytics' results.csv, [] where there is none."""
    try:
        return parse_results(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []


def parse_results(text: str) -> list[EpochValues]:
    """Return the epochs of a results.csv. A line that was cut short is left out.

    Raises ValueError for text where a number should be.
    """
    epochs: list[EpochValues] = []
    elapsed = 0.0
    for line in csv.DictReader(text.splitlines(), skipinitialspace=True):
        row = {str(name).strip(): value for name, value in line.items()}
        if None in row.values() or "" in row.values():
            continue
        seconds = _number(row, "time")
        epochs.append(
            {
                "epoch": int(_number(row, "epoch")),
                "train": _losses(row, "train"),
                "val": _losses(row, "val"),
                "box": _metrics(row, "B"),
                "mask": _metrics(row, "M"),
                "learning_rate": _number(row, "lr/pg0"),
                # "time" counts from the start of the attempt, so it falls back when one begins
                "seconds": round(seconds - elapsed if seconds > elapsed else seconds, 3),
            }
        )
        elapsed = seconds
    return epochs


def _number(row: Mapping[str, str], name: str) -> float:
    value = float(row.get(name) or 0.0)
    return value if math.isfinite(value) else 0.0


def _losses(row: Mapping[str, str], part: str) -> Losses:
    return {
        "box": _number(row, f"{part}/box_loss"),
        "seg": _number(row, f"{part}/seg_loss"),
        "cls": _number(row, f"{part}/cls_loss"),
        "dfl": _number(row, f"{part}/dfl_loss") or _number(row, f"{part}/l1_loss"),
    }


def _metrics(row: Mapping[str, str], suffix: str) -> MetricSet:
    return {
        "precision": _number(row, f"metrics/precision({suffix})"),
        "recall": _number(row, f"metrics/recall({suffix})"),
        "map50": _number(row, f"metrics/mAP50({suffix})"),
        "map50_95": _number(row, f"metrics/mAP50-95({suffix})"),
    }
