"""Splitting a dataset again: what would move, and the images that do."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict
from uuid import UUID

from django.db.models import Count

from annotator.images.likeness import count_uncompared, hash_images, nudge_hashing
from annotator.labels.near_duplicates import group_near_duplicates
from annotator.labels.splitting import Division, Label, SplitItem, Unit, divide
from annotator.models import FINISHED, Dataset, Image, Instance, Split

EMPTY = "empty"
UNSEEN = "unseen"
"""What is divided evenly besides classes: finished images with nothing in them, and images that
nobody has finished and nothing is drawn in."""

MOST_FORCED = 50

Row = tuple[UUID, str, str, bool, int | None, str, int]


class SplitOptions(TypedDict):
    """``ratios`` in percent. ``keep_groups``, ``keep_near_duplicates``: whole, in one split."""

    ratios: dict[str, int]
    seed: int
    keep_groups: bool
    keep_near_duplicates: bool


class SplitCounts(TypedDict):
    train: int
    val: int
    test: int


class SplitLine(TypedDict):
    """Images and objects of one class in each split, before and after; ``what`` for what is no
    class (``class_id`` is None then)."""

    what: str
    class_id: int | None
    images_before: SplitCounts
    images_after: SplitCounts
    objects_before: SplitCounts
    objects_after: SplitCounts


class Forced(TypedDict):
    """Images that go to ``split`` as one. ``torn``: pins keep some of them elsewhere."""

    because: str
    name: str
    images: int
    split: str
    torn: bool


class SplitPreview(TypedDict):
    images_before: SplitCounts
    images_after: SplitCounts
    lines: list[SplitLine]
    moves: int
    pinned: int
    groups: int
    near_duplicates: int
    uncompared: int
    forced: list[Forced]
    forced_count: int
    notes: list[str]


def preview_split(dataset: Dataset, options: SplitOptions) -> SplitPreview:
    """Work out a new split, and what it changes; nothing is written."""
    rows = _read_rows(dataset)
    objects = _read_objects(dataset)
    items, ties = _make_items(rows, objects, options)
    division = divide(items, options["ratios"], seed=options["seed"])
    before = {str(row[0]): row[2] for row in rows}
    after = division.splits
    joined = [unit for unit in division.units if unit.size > 1]
    uncompared = count_uncompared(dataset) if options["keep_near_duplicates"] else 0
    if uncompared:
        nudge_hashing()
    forced = sorted(joined, key=lambda unit: (-unit.size, unit.items[0].key))
    return {
        "images_before": _counts(Counter(before.values())),
        "images_after": _counts(Counter(after.values())),
        "lines": _lines(dataset, items, before, after),
        "moves": sum(after[key] != split for key, split in before.items()),
        "pinned": sum(item.pinned is not None for item in items),
        "groups": len({tie for tie in ties.values() if tie[0] == "group"}),
        "near_duplicates": len({tie for tie in ties.values() if tie[0] == "alike"}),
        "uncompared": uncompared,
        "forced": [_describe(unit, division) for unit in forced[:MOST_FORCED]],
        "forced_count": len(forced),
        "notes": _notes(division, options, items),
    }


def plan_split(dataset: Dataset, options: Mapping[str, Any]) -> Iterator[tuple[UUID, str]]:
    """Yield the images that move, and where to, in the order of their names."""
    wanted: SplitOptions = options  # type: ignore[assignment]
    if wanted["keep_near_duplicates"]:
        hash_images(dataset)
    rows = _read_rows(dataset)
    items, _ = _make_items(rows, _read_objects(dataset), wanted)
    after = divide(items, wanted["ratios"], seed=wanted["seed"]).splits
    for pk, _group, split, *_ in rows:
        if after[str(pk)] != split:
            yield pk, after[str(pk)]


def _read_rows(dataset: Dataset) -> list[Row]:
    rows = Image.objects.filter(dataset=dataset).order_by("stem")
    return list(
        rows.values_list(
            *("pk", "group", "split", "is_split_pinned", "perceptual_hash", "status"),
            "instance_count",
        )
    )


def _read_objects(dataset: Dataset) -> dict[UUID, dict[Label, int]]:
    """Objects of each class in each image."""
    rows = Instance.objects.filter(image__dataset=dataset, image__deleted_at__isnull=True)
    counts = rows.order_by().values_list("image_id", "dataset_class_id").annotate(n=Count("pk"))
    found: dict[UUID, dict[Label, int]] = defaultdict(dict)
    for image_id, class_id, count in counts.iterator(chunk_size=5_000):
        found[image_id][class_id] = count
    return found


def _make_items(
    rows: Sequence[Row], objects: Mapping[UUID, Mapping[Label, int]], options: SplitOptions
) -> tuple[list[SplitItem], dict[tuple[str, str], tuple[str, str | int]]]:
    """Return the images, and the ties among them by (image, kind)."""
    alike: list[int | None] = [None] * len(rows)
    if options["keep_near_duplicates"]:
        alike = group_near_duplicates([row[4] for row in rows])
    ties: dict[tuple[str, str], tuple[str, str | int]] = {}
    items: list[SplitItem] = []
    for (pk, group, split, is_pinned, _, status, count), likeness in zip(rows, alike, strict=True):
        key = str(pk)
        its: list[tuple[str, str | int]] = []
        if group and options["keep_groups"]:
            its.append(("group", group))
        if likeness is not None:
            its.append(("alike", likeness))
        ties |= {(key, tie[0]): tie for tie in its}
        nothing: Label = EMPTY if status in FINISHED and not count else UNSEEN
        labels = objects.get(pk) or {nothing: 1}
        items.append(SplitItem(key, labels, tuple(its), pinned=split if is_pinned else None))
    return items, ties


def _counts(counts: Mapping[str, int]) -> SplitCounts:
    return {
        "train": counts.get(Split.TRAIN, 0),
        "val": counts.get(Split.VAL, 0),
        "test": counts.get(Split.TEST, 0),
    }


def _lines(
    dataset: Dataset,
    items: Sequence[SplitItem],
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> list[SplitLine]:
    tallies: dict[Label, list[Counter[str]]] = defaultdict(lambda: [Counter() for _ in range(4)])
    for item in items:
        old, new = before[item.key], after[item.key]
        for label, count in item.labels.items():
            tally = tallies[label]
            tally[0][old] += 1
            tally[1][new] += 1
            tally[2][old] += count
            tally[3][new] += count
    classes = [pk for pk in dataset.classes.values_list("pk", flat=True) if pk in tallies]
    kinds = [kind for kind in (EMPTY, UNSEEN) if kind in tallies]
    lines: list[SplitLine] = []
    for label in [*classes, *kinds]:
        sums = [_counts(counts) for counts in tallies[label]]
        is_class = label not in kinds
        nothing = _counts({})
        lines.append(
            {
                "what": "class" if is_class else str(label),
                "class_id": label if is_class else None,  # type: ignore[typeddict-item]
                "images_before": sums[0],
                "images_after": sums[1],
                "objects_before": sums[2] if is_class else nothing,
                "objects_after": sums[3] if is_class else nothing,
            }
        )
    return lines


def _describe(unit: Unit, division: Division) -> Forced:
    groups = sorted({str(tie[1]) for item in unit.items for tie in item.ties if tie[0] == "group"})  # type: ignore[index]
    is_alike = any(tie[0] == "alike" for item in unit.items for tie in item.ties)  # type: ignore[index]
    name = ", ".join(groups[:3]) + (f" and {len(groups) - 3} more" if len(groups) > 3 else "")
    kind = ("both" if is_alike else "group") if groups else "near_duplicates"
    return {
        "because": kind,
        "name": name,
        "images": unit.size,
        "split": unit.split,
        "torn": any(unit is other for other in division.torn),
    }


def _notes(division: Division, options: SplitOptions, items: Sequence[SplitItem]) -> list[str]:
    """What the person should know before the images move."""
    notes: list[str] = []
    ratios = options["ratios"]
    total = sum(ratios.values())
    smallest = min((ratio for ratio in ratios.values() if ratio), default=0) / total
    room = max(1, round(smallest * len(items)))
    large = [unit for unit in division.units if unit.size > max(room, 1) and unit.size > 1]
    if large:
        most = max(large, key=lambda unit: unit.size)
        notes.append(
            f"{most.size:,} images stay together and are more than the smallest split is to have "
            f"({room:,}): the shares cannot be kept exactly."
        )
    found = Counter(division.splits.values())
    split = max(ratios, key=lambda name: abs(found[name] - len(items) * ratios[name] / total))
    wanted = len(items) * ratios[split] / total
    if not large and abs(found[split] - wanted) > max(2, len(items) / 50):
        notes.append(
            f"{split.capitalize()} gets {found[split]:,} images and not {wanted:,.0f}: classes of "
            "few images have some in each split, and pinned images stay."
        )
    if division.torn:
        notes.append(
            f"Pins keep {len(division.torn):,} groups in several splits: free an image of each to "
            "bring it together."
            if len(division.torn) > 1
            else "Pins keep one group in several splits: free an image of it to bring it together."
        )
    return notes
