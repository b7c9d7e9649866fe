"""What Ultralytics' datasets of a training really hold, read from themselves."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ultralytics.data.utils import load_dataset_cache_file

from training.engine.protocol import DataEvent, SplitData

_DUPLICATES = re.compile(r"(\d+) duplicate labels removed")
_RESTORED = re.compile("corrupt JPEG restored")
MOST_MESSAGES = 20
_MESSAGE_CHARACTERS = 400


def data_event(trainer: Any) -> DataEvent:
    """Count train and val of a trainer whose loaders are made."""
    splits = [("train", trainer.train_loader), ("val", getattr(trainer, "test_loader", None))]
    return {
        "type": "data",
        "splits": [_count(name, loader.dataset) for name, loader in splits if loader is not None],
    }


def _count(split: Any, dataset: Any) -> SplitData:
    labels: list[dict[str, Any]] = dataset.labels
    # The dataset forgets the files that it refuses; its own listing still has them.
    listed = len(dataset.get_img_files(dataset.img_path))
    messages = list(_messages(dataset))
    counts: dict[int, int] = {}
    for label in labels:
        for class_index in label["cls"].reshape(-1):
            counts[int(class_index)] = counts.get(int(class_index), 0) + 1
    return {
        "split": split,
        "listed": listed,
        "images": len(labels),
        "backgrounds": sum(len(label["cls"]) == 0 for label in labels),
        "corrupt": max(0, listed - len(labels)),
        "instances": sum(counts.values()),
        "class_instances": {str(index): count for index, count in sorted(counts.items())},
        "duplicates": sum(int(found[1]) for found in map(_DUPLICATES.search, messages) if found),
        "restored": sum(bool(_RESTORED.search(each)) for each in messages),
        "messages": messages[:MOST_MESSAGES],
    }


def _messages(dataset: Any) -> Iterator[str]:
    """What it said of single files while it read them: its cache of labels keeps that."""
    if not dataset.label_files:
        return
    try:
        cache = load_dataset_cache_file(Path(dataset.label_files[0]).parent.with_suffix(".cache"))
    except Exception:  # not writable, or of another Ultralytics: then the counts say it all
        return
    folder = str(Path(dataset.img_path).parent) if isinstance(dataset.img_path, str) else ""
    for message in cache.get("msgs", []):
        said = str(message).replace(f"{folder}/", "") if folder else str(message)
        yield said.removeprefix(dataset.prefix).strip()[:_MESSAGE_CHARACTERS]
