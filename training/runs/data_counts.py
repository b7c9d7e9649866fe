"""What a run was really trained on, beside what its version holds, and why they differ."""

from typing import Any, TypedDict

from annotator.models import Split
from training.models import Run, Version
from training.versions.folds import fold_of
from training.versions.version_index import SplitTotals, VersionIndex


class UsedSplit(TypedDict):
    """``version_*``: what the version holds, null where a fold divides it anew or its files are
    gone. ``differences`` say in sentences what is not as in the version; [] where all is."""

    split: str
    version_images: int | None
    version_backgrounds: int | None
    version_instances: int | None
    images: int
    backgrounds: int
    corrupt: int
    instances: int
    duplicates: int
    restored: int
    messages: list[str]
    differences: list[str]


class UsedData(TypedDict):
    """``splits`` is [] while the trainer has not said what it read."""

    splits: list[UsedSplit]
    differs: bool


def read_used_data(run: Run) -> UsedData:
    """Return what the trainer counted, beside the version's counts."""
    counted: list[dict[str, Any]] = run.data_counts or []
    try:
        totals = VersionIndex(run.version).count_by_split() if counted else {}
    except FileNotFoundError:
        totals = {}
    if run.version.synthetic and Split.TRAIN in totals:
        totals[Split.TRAIN] = _with_synthetic(totals[Split.TRAIN], run.version)
    is_fold = fold_of(run) is not None
    own = {} if is_fold else totals
    splits = [_used(run, split, own.get(split["split"])) for split in counted]
    if is_fold and totals and splits and not run.version.synthetic:
        _compare_fold(splits, totals)
    return {"splits": splits, "differs": any(split["differences"] for split in splits)}


def _with_synthetic(totals: SplitTotals, version: Version) -> SplitTotals:
    """The index of a version has its real images alone; the trainer reads the others too."""
    more = version.synthetic or {}
    return totals._replace(
        images=totals.images + more["images"], instances=totals.instances + more["instances"]
    )


def _used(run: Run, split: dict[str, Any], total: SplitTotals | None) -> UsedSplit:
    used: UsedSplit = {
        "split": split["split"],
        "version_images": total and total.images,
        "version_backgrounds": total and total.backgrounds,
        "version_instances": total and total.instances,
        "images": split["images"],
        "backgrounds": split["backgrounds"],
        "corrupt": split["corrupt"],
        "instances": split["instances"],
        "duplicates": split["duplicates"],
        "restored": split["restored"],
        "messages": split["messages"],
        "differences": [],
    }
    used["differences"] = _differences(used, run.parameters.get("arguments", {}), split["listed"])
    return used


def _differences(used: UsedSplit, arguments: dict[str, Any], listed: int) -> list[str]:
    """Why the counts are not those of the version."""
    told: list[str] = []
    images, instances = used["version_images"], used["version_instances"]
    if used["corrupt"]:
        told.append(f"{_count(used['corrupt'], 'image')} refused as damaged or with a bad label.")
    if images is not None and listed < images:
        fraction = arguments.get("fraction")
        why = (
            f"the run was asked for a fraction of {fraction}"
            if fraction not in (None, 1, 1.0) and used["split"] == Split.TRAIN
            else "the trainer did not find the others"
        )
        told.append(f"{_count(listed, 'image')} read of {images:,}: {why}.")
    if used["duplicates"]:
        told.append(f"{_count(used['duplicates'], 'repeated row')} removed.")
    if used["restored"]:
        told.append(f"{_count(used['restored'], 'damaged JPEG')} repaired while it was read.")
    if instances is not None and used["instances"] + used["duplicates"] != instances:
        if arguments.get("classes") is not None:
            told.append(
                f"{_count(used['instances'], 'object')} of {instances:,}: the run was asked for "
                "some classes alone."
            )
        elif not told:
            told.append(
                f"{_count(used['instances'], 'object')} of {instances:,}: the run's log says which "
                "were left out."
            )
    return told


def _compare_fold(splits: list[UsedSplit], totals: dict[str, SplitTotals]) -> None:
    """A fold divides train and val anew: only their sums can be compared."""
    known = [totals[name] for name in (Split.TRAIN, Split.VAL) if name in totals]
    images = sum(split["images"] + split["corrupt"] for split in splits)
    expected = sum(total.images for total in known)
    if len(splits) == len(known) and images != expected:
        splits[0]["differences"].append(
            f"{_count(images, 'image')} read in train and val of {expected:,} in the version."
        )


def _count(number: int, one: str) -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {one}s"
