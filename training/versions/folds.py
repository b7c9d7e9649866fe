"""Folds: a version's train and val images divided anew, for cross-validation.

A run on fold 2 of 5 validates on the second fifth and trains on the rest; test stays what it is. No
picture is copied: Ultralytics reads two lists of paths, beside a data.yaml, in the run's folder.
"""

import random
from collections import Counter
from collections.abc import Mapping, Set
from pathlib import Path, PurePosixPath

import yaml

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.files import write_atomically
from annotator.models import Dataset, Split
from annotator.models.jobs import JobState
from training import paths
from training.models import Evaluation, Run, Version

from .freezing import read_manifest
from .payloads import Fold, class_names, count_synthetic
from .versions import preview_version

FEWEST_FOLDS, MOST_FOLDS = 2, 20


def divide(classes: Mapping[str, Set[int]], *, count: int, seed: int) -> list[list[str]]:
    """Divide images into ``count`` folds of equal size (±1) with each class spread evenly.

    ``classes``: image → the classes in it. Iterative stratification (Sechidis et al. 2011, "On the
    Stratification of Multi-Label Data"): the rarest class first, each of its images to the fold
    that lacks it most. The same seed gives the same folds.
    """
    waiting = sorted(classes)
    random.Random(seed).shuffle(waiting)  # noqa: S311 - no secret
    small, larger = divmod(len(waiting), count)
    room = [small + (number < larger) for number in range(count)]
    totals = Counter(item for image in waiting for item in classes[image])
    wanted = [{item: total / count for item, total in totals.items()} for _ in range(count)]
    folds: list[list[str]] = [[] for _ in range(count)]

    def place(image: str, rarest: int | None) -> None:
        open_folds = [number for number in range(count) if room[number]]
        chosen = max(
            open_folds,
            key=lambda n: (0.0 if rarest is None else wanted[n][rarest], room[n], -n),
        )
        folds[chosen].append(image)
        room[chosen] -= 1
        for item in classes[image]:
            wanted[chosen][item] -= 1

    while totals:
        rarest = min(totals, key=lambda item: (totals[item], item))
        for image in [image for image in waiting if rarest in classes[image]]:
            place(image, rarest)
            totals.subtract(classes[image])
        waiting = [image for image in waiting if rarest not in classes[image]]
        totals = +totals
    for image in waiting:  # backgrounds
        place(image, None)
    return folds


def check_fold(dataset: Dataset, version: Version | None, fold: Fold) -> None:
    """Raise ServiceError for a fold that cannot be. Without a frozen version, judged by what
    freezing now would come to."""
    if not 1 <= fold["number"] <= fold["count"] or fold["count"] < FEWEST_FOLDS:
        raise ServiceError(
            f"There is no fold {fold['number']} of {fold['count']}.", code="wrong_fold"
        )
    if version is not None and version.state == JobState.FINISHED:
        images = version.train_count + version.val_count - count_synthetic(version)
    else:
        counts = preview_version(dataset)["image_counts"]
        images = counts["train"] + counts["val"]
    if images < fold["count"]:
        raise ServiceError(
            f"{fold['count']} folds need as many images in train and val; there are {images}.",
            code="wrong_fold",
        )


def fold_of(run: Run) -> Fold | None:
    fold: Fold | None = run.parameters.get("fold")
    return fold


def is_of_fold(evaluation: Evaluation) -> bool:
    """Whether its train and val are those of the run's fold, not of the version."""
    return (
        fold_of(evaluation.run) is not None and evaluation.version_id == evaluation.run.version_id
    )


def val_pictures(run: Run) -> set[str]:
    """Return the images that a run is validated on, as paths in its version's folder."""
    fold = fold_of(run)
    if fold is not None:
        return set(_divide_version(run.version, fold)[fold["number"] - 1])
    head = f"images/{Split.VAL}/"
    images = read_manifest(run.version)["images"]
    return {image["path"] for image in images if image["path"].startswith(head)}


def data_yaml_of(run: Run) -> Path:
    """Return what a run trains and is evaluated on: its version, or its fold, whose lists are
    written where they are not there or the version's folder has moved since."""
    fold = fold_of(run)
    if fold is None:
        return paths.data_yaml_path(run.version)
    folder, source = paths.fold_dir(run), paths.version_dir(run.version)
    folds = _divide_version(run.version, fold)
    val = folds.pop(fold["number"] - 1)
    train = [path for rest in folds for path in rest] + _synthetic_without(run.version, val)
    for name, pictures in (("train", train), ("val", val)):
        lines = "".join(f"{source / picture}\n" for picture in sorted(pictures))
        _write(folder / f"{name}.txt", lines)
    content: dict[str, object] = {
        "train": str(folder / "train.txt"),
        "val": str(folder / "val.txt"),
        **({"test": str(source / "images" / Split.TEST)} if run.version.test_count else {}),
        "nc": len(run.version.classes),
        "names": dict(enumerate(class_names(run.version))),
    }
    head = f"# Fold {fold['number']} of {fold['count']} of version {run.version.number}\n"
    _write(
        folder / "data.yaml",
        head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True),
    )
    return folder / "data.yaml"


def _divide_version(version: Version, fold: Fold) -> list[list[str]]:
    folder = paths.version_dir(version)
    try:
        images = read_manifest(version)["images"]
    except FileNotFoundError:
        raise ConflictError(
            f"Version {version.number} is not frozen (yet): its folds are not known.",
            code="version_busy",
        ) from None
    heads = tuple(f"images/{split}/" for split in (Split.TRAIN, Split.VAL))
    classes = {
        image["path"]: _classes_in(folder, image["path"]) if image["instances"] else frozenset()
        for image in images
        if image["path"].startswith(heads) and not image.get("synthetic")
    }
    return divide(classes, count=fold["count"], seed=fold["seed"])


def _synthetic_without(version: Version, val: list[str]) -> list[str]:
    """The synthetic images that show no part of an image in ``val``."""
    if not count_synthetic(version):
        return []
    images = read_manifest(version)["images"]
    held_out = set(val)
    hidden = {image["id"] for image in images if image["path"] in held_out}
    return [
        image["path"]
        for image in images
        if image.get("synthetic") and hidden.isdisjoint(image.get("shows", []))
    ]


def _classes_in(folder: Path, picture: str) -> frozenset[int]:
    name = PurePosixPath(picture).relative_to("images").with_suffix(".txt")
    label = folder / "labels" / name
    rows = label.read_text(encoding="utf-8").splitlines()
    return frozenset(int(row.split(maxsplit=1)[0]) for row in rows if row.strip())


def _write(path: Path, text: str) -> None:
    content = text.encode()
    if not (path.is_file() and path.read_bytes() == content):
        write_atomically(path, content)
