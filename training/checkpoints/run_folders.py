"""A run folder as Ultralytics left it, in a .zip that comes from elsewhere: pure reading of it."""

import csv
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.labels.formats.trees import FileReadError, Tree, TreeError
from annotator.labels.safe_yaml import MAX_BYTES, YamlError, load_yaml
from annotator.labels.safe_zip import ArchiveLimits
from training.runs.epochs import parse_results
from training.runs.payloads import EpochValues, RunParameters

from .elsewhere import MARKER

LIMITS = ArchiveLimits(max_entries=20_000, max_total_bytes=20 * 1024**3)
MAX_WEIGHTS_BYTES = 4 * 1024**3
MOST_EPOCHS = 10_000
_MOST_COLUMNS = 200
_MAX_TABLE_BYTES = 4 << 20
_MAX_MARKER_BYTES = 64 << 10
MAX_PLOT_BYTES = 32 << 20
_MOST_PLOTS = 60
_PLOT = re.compile(r"[\w-][\w.-]{0,120}\.(png|jpg)")
_DEFAULT_BATCH = 16
_DEFAULT_PATIENCE = 100

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class RunFolder:
    """What of a run folder is taken. ``weights``: kind → path in the archive; ``texts`` and
    ``plots``: name → path; ``content_sha256``: of the version it was trained on, "" if unsaid."""

    weights: dict[str, str]
    texts: dict[str, str]
    plots: dict[str, str]
    arguments: Arguments
    epochs: list[EpochValues]
    content_sha256: str


def read_run_folder(tree: Tree) -> RunFolder:
    """Find the one run in an archive and read its tables. Raises TreeError with a sentence."""
    root = _find_root(tree)
    names = tree.names(root)
    weights = {
        kind: _join(root, f"weights/{kind}.pt")
        for kind in ("best", "last")
        if f"{kind}.pt" in tree.names(_join(root, "weights"))
    }
    texts = {name: _join(root, name) for name in names if name in ("args.yaml", "results.csv")}
    plots = [name for name in names if _PLOT.fullmatch(name)][:_MOST_PLOTS]
    return RunFolder(
        weights=weights,
        texts=texts,
        plots={
            name: _join(root, name)
            for name in plots
            if tree.size(_join(root, name)) <= MAX_PLOT_BYTES
        },
        arguments=_read_arguments(tree, texts.get("args.yaml")),
        epochs=_read_epochs(tree, texts.get("results.csv")),
        content_sha256=_read_marker(tree, _join(root, MARKER) if MARKER in names else None),
    )


def _find_root(tree: Tree) -> str:
    """The folder that holds weights/best.pt; system folders of a Mac do not count."""
    roots = [
        folder.rpartition("/")[0]
        for folder in tree.folders()
        if folder.rpartition("/")[2] == "weights"
        and "best.pt" in tree.names(folder)
        and not folder.startswith("__MACOSX")
    ]
    if not roots:
        raise TreeError(
            "The archive holds no weights/best.pt. Pack the whole folder that Ultralytics wrote, "
            "such as runs/segment/train."
        )
    if len(roots) > 1:
        shown = ", ".join(f"“{root}”" for root in roots[:3])
        raise TreeError(f"The archive holds several runs ({shown}): pack one at a time.")
    return roots[0]


def _join(root: str, name: str) -> str:
    return f"{root}/{name}" if root else name


def _read(tree: Tree, path: str, limit_bytes: int) -> bytes:
    try:
        return tree.read(path, limit_bytes=limit_bytes)
    except FileReadError as error:
        raise TreeError(f"{path}: {error}") from error


def _read_arguments(tree: Tree, path: str | None) -> Arguments:
    if path is None:
        return {}
    try:
        content = load_yaml(_read(tree, path, MAX_BYTES))
    except YamlError as error:
        raise TreeError(f"{path} {error}") from error
    return content if isinstance(content, dict) else {}


def _read_epochs(tree: Tree, path: str | None) -> list[EpochValues]:
    if path is None:
        return []
    text = _read(tree, path, _MAX_TABLE_BYTES).decode("utf-8", errors="replace")
    head = text.partition("\n")[0]
    if head.count(",") > _MOST_COLUMNS or text.count("\n") > 2 * MOST_EPOCHS:
        raise TreeError(f"{path} is no table of a training: it has far too many rows or columns.")
    try:
        epochs = parse_results(text)
    except (ValueError, csv.Error) as error:
        raise TreeError(f"{path} holds text where a number should be: {error}") from error
    rows = {row["epoch"]: row for row in epochs if row["epoch"] >= 1}
    if len(rows) > MOST_EPOCHS:
        raise TreeError(f"{path} has more than {MOST_EPOCHS:,} epochs.")
    return [rows[number] for number in sorted(rows)]


def _read_marker(tree: Tree, path: str | None) -> str:
    if path is None:
        return ""
    try:
        content = json.loads(_read(tree, path, _MAX_MARKER_BYTES))
    except (ValueError, RecursionError):
        return ""
    return str(content.get("content_sha256", "")) if isinstance(content, dict) else ""


def find_best_epoch(epochs: list[EpochValues]) -> EpochValues | None:
    """Return the epoch that Ultralytics kept as best.pt: mAP50-95 of boxes and masks together."""
    return max(
        epochs, key=lambda row: row["box"]["map50_95"] + row["mask"]["map50_95"], default=None
    )


def make_parameters(
    arguments: Arguments, *, epoch_count: int, image_size: int, defaults: Arguments
) -> RunParameters:
    """Return a run's parameters from Ultralytics' own. ``defaults``: further arguments that a run
    may have; those that differ are kept."""
    size = _whole(arguments.get("imgsz"), image_size)
    learning_rate = arguments.get("lr0")
    is_chosen = arguments.get("optimizer", "auto") != "auto" and _is_number(learning_rate)
    return {
        "epochs": max(_whole(arguments.get("epochs"), 1), epoch_count),
        "image_size": -(-size // 32) * 32,
        "batch": _whole(arguments.get("batch"), _DEFAULT_BATCH),
        "device": "auto",
        "seed": _whole(arguments.get("seed"), 0),
        "learning_rate": float(learning_rate) if is_chosen and learning_rate else None,
        "patience": _whole(arguments.get("patience"), _DEFAULT_PATIENCE),
        "sample_every": 0,
        "fold": None,
        "arguments": {
            name: arguments[name]
            for name, default in defaults.items()
            if name in arguments
            and arguments[name] != default
            and (
                arguments[name] is None
                or isinstance(arguments[name], bool | str)
                or _is_number(arguments[name])
            )
        },
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: object, otherwise: int) -> int:
    """The value where it is a positive whole number of a size that makes sense."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31:
        return value
    return otherwise
