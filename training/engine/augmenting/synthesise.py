"""New train images: real objects of chosen classes, pasted onto real images of the same dataset.

The same request gives the same bytes: everything that is drawn comes from the seed. What a label
says of an object that nothing was pasted over stays as it was written, byte for byte.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, TextIO, get_args

import cv2
import numpy as np

from annotator.labels.formats.yolo.rows import format_row
from annotator.labels.polygons.contours import polygons_of_mask
from training.engine.emitter import Emitter
from training.engine.protocol import (
    EngineError,
    SyntheticClass,
    SyntheticPaste,
    SyntheticRecord,
)
from training.engine.requests import SynthesiseRequest
from training.engine.stopping import Stopping

from .compositing import LEAST_SCALE, MOST_SCALE, Blend, Layer, Pasted, Place, paste
from .cutouts import Cutout, Mask, Pixels
from .stock import (
    MOST_MASK_PIXELS,
    MOST_PIXELS,
    REASONS,
    ClassStock,
    Habit,
    Labels,
    Photo,
    Spot,
    Stock,
    mask_of_row,
    read_labels,
    read_pixels,
)

RECORDS = "records.jsonl"
MOST_IMAGES = 100_000
MOST_A_IMAGE = 20
MOST_TRIES = 12
"""Places that are tried for one object."""
MOST_FAILURES = 100
"""Images in a row onto which nothing could be pasted; then it ends with what it has."""
PLACE_JITTER, SIZE_JITTER = 0.08, 0.15
"""Standard deviations: of a centre, as a share of the image, and of the logarithm of a size."""
_JPEG_QUALITY = 95
_BLENDS: list[Blend] = ["feather", "poisson"]
_PICTURES = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"))
_REPORT_EVERY = 25


class _Plan(NamedTuple):
    """An object, and where it goes; ``bottom``: its lower edge in the image (px)."""

    spot: Spot
    cutout: Cutout
    place: Place
    blend: Blend
    bottom: float


class _Made(NamedTuple):
    bgr: Pixels
    label: bytes
    plans: list[_Plan]
    instances: int
    pasted_rows: list[int]


def synthesise(request: SynthesiseRequest, emit: Emitter, stopping: Stopping) -> None:
    """Write images, labels and a record of each; answer how many there are of each class."""
    _check(request)
    emit(
        {
            "type": "started",
            "device": "cpu",
            "device_name": "processor",
            "torch": version("torch"),
            "ultralytics": version("ultralytics"),
        }
    )
    stopping.enter_batches()
    stock = Stock(
        list(_photos_of(request)),
        sorted(set(request["class_indices"])),
        len(request["class_names"]),
    )
    wanted = request.get("images", 0) or request.get("instances_per_class", 0)
    total = len(stock.photos) + wanted * (1 if request.get("images") else len(stock.classes))

    def look(place: int) -> None:
        stopping.check()
        if place % _REPORT_EVERY == 0:
            emit({"type": "progress", "done": place, "total": total})

    stock.survey(np.random.default_rng([request["seed"], 0]), look)
    work = _Synthesis(request, stock)
    out = Path(request["out_dir"])
    out.mkdir(parents=True, exist_ok=True)
    with (out / RECORDS).open("w", encoding="utf-8") as records:
        for done in work.make_all(out, records):
            stopping.check()
            emit({"type": "progress", "done": len(stock.photos) + done, "total": total})
    emit(
        {
            "type": "finished",
            "images": work.image_count,
            "classes": [
                _class_of(found, work.pasted[found.class_index]) for found in stock.classes.values()
            ],
            "messages": list(work.tell()),
        }
    )


def _check(request: SynthesiseRequest) -> None:
    """Raise EngineError for a request that cannot be answered."""
    count = len(request["class_names"])
    indices = request["class_indices"]
    blends = request.get("blends", _BLENDS)
    reason = ""
    if not indices or any(not 0 <= index < count for index in indices):
        reason = "Choose at least one of the classes."
    elif request.get("images") and request.get("instances_per_class"):
        reason = "Give a number of images or of objects for each class, not both."
    elif max(request.get("images", 0), request.get("instances_per_class", 0)) > MOST_IMAGES:
        reason = f"At most {MOST_IMAGES:,} synthetic images are made in one go."
    elif not 1 <= request.get("max_per_image", 1) <= MOST_A_IMAGE:
        reason = f"1 to {MOST_A_IMAGE} objects are pasted onto an image."
    elif not blends or any(blend not in get_args(Blend) for blend in blends):
        reason = f"The ways of blending are {', '.join(get_args(Blend))}."
    elif request["seed"] < 0:
        reason = "A seed is 0 or more."
    elif ("folder" in request) == ("sources" in request):
        reason = "Give either the folder of a version or a list of images."
    if reason:
        raise EngineError("bad_request", reason)


def _photos_of(request: SynthesiseRequest) -> Iterator[Photo]:
    """The train images. Those with ignore regions are left out: parts of them are painted over."""
    for source in request.get("sources", []):
        yield Photo(source["image"], Path(source["image"]), Path(source["label"]))
    if "folder" not in request:
        return
    folder = Path(request["folder"])
    images = folder / "images" / "train"
    for path in sorted(images.rglob("*")):
        name = path.relative_to(images)
        if path.suffix.lower() not in _PICTURES or not path.is_file():
            continue
        if (folder / "ignore" / "train" / name.with_suffix(".json")).exists():
            continue
        label = folder / "labels" / "train" / name.with_suffix(".txt")
        yield Photo(path.relative_to(folder).as_posix(), path, label)


@dataclass
class _Synthesis:
    """Makes images until there are enough, or no more can be made."""

    request: SynthesiseRequest
    stock: Stock

    def __post_init__(self) -> None:
        self.image_count = 0
        self.pasted: Counter[int] = Counter()
        self.classes = [found for found in self.stock.classes.values() if found.spots]
        self.prefix = self.request.get("prefix") or f"syn-{self.request['seed']}"
        self.blends: list[Blend] = list(dict.fromkeys(self.request.get("blends") or _BLENDS))
        self.gave_up = False

    def make_all(self, out: Path, records: TextIO) -> Iterator[int]:
        """Write what is wanted; yields how much of it is done after each image."""
        failures = attempt = 0
        grounds = self._grounds()
        while self._open_classes() and self.stock.photos:
            attempt += 1
            ground = next(grounds)
            made = self._make(ground, np.random.default_rng([self.request["seed"], 2, attempt]))
            if made is None:
                failures += 1
                if failures >= MOST_FAILURES:
                    self.gave_up = True
                    return
                yield self._done()
                continue
            failures = 0
            self._write(ground, made, out, records)
            yield self._done()

    def _done(self) -> int:
        if self.request.get("images"):
            return self.image_count
        most = self.request.get("instances_per_class", 0)
        return sum(min(most, self.pasted[index]) for index in self.stock.classes)

    def _open_classes(self) -> list[ClassStock]:
        """The classes of which more is wanted."""
        if self.request.get("images"):
            return self.classes if self.image_count < self.request["images"] else []
        most = self.request.get("instances_per_class", 0)
        return [found for found in self.classes if self.pasted[found.class_index] < most]

    def _grounds(self) -> Iterator[int]:
        """Each image once in an order that is drawn, then again in another."""
        generator = np.random.default_rng([self.request["seed"], 1])
        while True:
            yield from generator.permutation(len(self.stock.photos)).tolist()

    def _make(self, ground: int, generator: np.random.Generator) -> _Made | None:
        """Paste onto one image; None where nothing could be pasted."""
        photo = self.stock.photos[ground]
        bgr = read_pixels(photo.image)
        if bgr is None or bgr.shape[0] * bgr.shape[1] > MOST_PIXELS:
            return None
        size_wh = (bgr.shape[1], bgr.shape[0])
        labels = read_labels(photo, size_wh, self.stock.class_count)
        most = self.request.get("max_per_image", 3)
        if labels is None or (len(labels.rows) + most) * bgr[..., 0].size > MOST_MASK_PIXELS:
            return None
        layers = []
        for row in labels.rows:
            mask = mask_of_row(row, size_wh)
            layers.append(Layer(row.class_index, mask, int(mask.sum())))
        first = Pasted(bgr, layers)
        plans: list[_Plan] = []
        result = first
        planned: Counter[int] = Counter()
        for _ in range(int(generator.integers(1, most + 1))):
            found = self._next_class(planned)
            if found is None:
                break
            for _ in range(MOST_TRIES):
                plan = self._plan(found, ground, size_wh, generator)
                tried = None if plan is None else _compose(first, result, plans, plan)
                if plan is not None and tried is not None:
                    result = tried
                    plans = sorted([*plans, plan], key=lambda each: each.bottom)
                    planned[found.class_index] += 1
                    break
        if not plans:
            return None
        return self._finish(result, labels, plans, size_wh)

    def _next_class(self, planned: Counter[int]) -> ClassStock | None:
        """The class of which the fewest were pasted, so that all come to the same number."""
        counts = self.pasted + planned
        open_classes = self._open_classes()
        if not self.request.get("images"):
            most = self.request.get("instances_per_class", 0)
            open_classes = [found for found in open_classes if counts[found.class_index] < most]
        return min(
            open_classes,
            key=lambda found: (counts[found.class_index], found.class_index),
            default=None,
        )

    def _plan(
        self,
        found: ClassStock,
        ground: int,
        size_wh: tuple[int, int],
        generator: np.random.Generator,
    ) -> _Plan | None:
        """Draw an object of a class and a place for it; None where it would not fit."""
        spot = found.spots[int(generator.integers(len(found.spots)))]
        habit = found.habits[int(generator.integers(len(found.habits)))]
        jitter = generator.normal(0, [PLACE_JITTER, PLACE_JITTER, SIZE_JITTER])
        mirrored = bool(generator.random() < 0.5)
        blend: Blend = self.blends[int(generator.integers(len(self.blends)))]
        if spot.photo == ground and any(other.photo != ground for other in found.spots):
            return None
        cutout = self.stock.cut(spot)
        if cutout is None:
            return None
        place = draw_place(habit, jitter.tolist(), cutout, size_wh, mirrored=mirrored)
        if place is None:
            return None
        bottom = place.center_xy[1] + cutout.size_wh[1] * place.scale / 2
        return _Plan(spot, cutout, place, blend, bottom)

    def _finish(
        self, result: Pasted, labels: Labels, plans: list[_Plan], size_wh: tuple[int, int]
    ) -> _Made:
        """Write the label: rows that did not change as they were, the others from their masks."""
        lines: list[str] = []
        pasted_rows: list[int] = []
        before = len(labels.rows)
        covered: Mask = np.zeros((size_wh[1], size_wh[0]), dtype=bool)
        for layer in result.layers[before:]:
            covered |= layer.mask
        for number, layer in enumerate(result.layers):
            is_pasted = number >= before
            if not is_pasted and not layer.is_changed:
                if layer.area or not _is_under(labels.rows[number].ring, covered):
                    lines.append(labels.lines[number])
                continue
            polygons = polygons_of_mask(layer.mask)
            if not polygons:
                continue
            if is_pasted:
                pasted_rows.append(len(lines))
            lines.append(format_row(layer.class_index, polygons, size_wh=size_wh))
        label = "".join(f"{line}\n" for line in lines).encode()
        return _Made(result.bgr, label, plans, len(lines), pasted_rows)

    def _write(self, ground: int, made: _Made, out: Path, records: TextIO) -> None:
        self.image_count += 1
        photo = self.stock.photos[ground]
        is_jpeg = photo.image.suffix.lower() in {".jpg", ".jpeg"}
        stem = f"{self.prefix}-{self.image_count}"
        name = f"{stem}{'.jpg' if is_jpeg else '.png'}"
        options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if is_jpeg else []
        done, data = cv2.imencode(name[-4:], made.bgr, options)
        if not done:
            raise EngineError("unexpected", f"{name} could not be encoded.")
        (out / name).write_bytes(data.tobytes())
        (out / f"{stem}.txt").write_bytes(made.label)
        for plan in made.plans:
            self.pasted[plan.cutout.class_index] += 1
        record: SyntheticRecord = {
            "name": name,
            "ground": photo.key,
            "width": made.bgr.shape[1],
            "height": made.bgr.shape[0],
            "instances": made.instances,
            "pasted_rows": made.pasted_rows,
            "pasted": [self._record(plan) for plan in made.plans],
        }
        records.write(json.dumps(record, ensure_ascii=False) + "\n")

    def _record(self, plan: _Plan) -> SyntheticPaste:
        return {
            "class_index": plan.cutout.class_index,
            "source": self.stock.photos[plan.spot.photo].key,
            "row": plan.spot.row,
            "center_xy": [round(value, 2) for value in plan.place.center_xy],
            "scale": round(plan.place.scale, 4),
            "mirrored": plan.place.mirrored,
            "blend": plan.blend,
        }

    def tell(self) -> Iterator[str]:
        """Say in sentences what could not be done."""
        names = self.request["class_names"]
        for found in self.stock.classes.values():
            if found.usable < found.objects or not found.objects:
                yield f"{names[found.class_index]}: {explain_class(found)}"
        if self.stock.unreadable:
            images = _count(self.stock.unreadable, "image")
            yield f"{images} could not be used: the image or a row of its label cannot be read."
        if self.gave_up:
            yield (
                f"It ended with {_count(self.image_count, 'image')}: on {MOST_FAILURES} images in "
                "a row no place was found where an object covers no more than it may."
            )


def _compose(first: Pasted, result: Pasted, plans: list[_Plan], plan: _Plan) -> Pasted | None:
    """Paste one more object, behind those that stand lower; None where one covers too much."""
    if not plans or plan.bottom >= plans[-1].bottom:
        return paste(result.bgr, result.layers, plan.cutout, plan.place, plan.blend)
    tried: Pasted | None = first
    for each in sorted([*plans, plan], key=lambda one: one.bottom):
        if tried is None:
            return None
        tried = paste(tried.bgr, tried.layers, each.cutout, each.place, each.blend)
    return tried


def draw_place(
    habit: Habit,
    jitter: Sequence[float],
    cutout: Cutout,
    size_wh: tuple[int, int],
    *,
    mirrored: bool,
) -> Place | None:
    """The place of a real object of the class, moved and scaled by ``jitter``.

    None where the object would have to be made much larger or smaller than it is.
    """
    width, height = size_wh
    size = habit.size * float(np.exp(jitter[2])) * float(np.sqrt(width * height))
    scale = size / float(np.sqrt(max(1, int(cutout.mask.sum()))))
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        return None
    x, y = (habit.x + jitter[0]) * width, (habit.y + jitter[1]) * height
    return Place((float(x), float(y)), scale, mirrored)


def _is_under(ring: Sequence[float], covered: Mask) -> bool:
    """Whether something was pasted over an object so small that its mask has no pixel."""
    x = min(covered.shape[1] - 1, max(0, int(np.mean(ring[0::2]))))
    y = min(covered.shape[0] - 1, max(0, int(np.mean(ring[1::2]))))
    return bool(covered[y, x])


_WHY = {
    "small": ("is too small", "are too small"),
    "border": ("touches the border", "touch the border"),
    "covered": ("may be covered", "may be covered"),
    "box": ("is a box without an outline", "are boxes without an outline"),
    "large": ("lies in an image that is too large", "lie in images that are too large"),
}


def explain_class(found: ClassStock) -> str:
    """“only 1 object of 14 can be cut out: 9 touch the border, 4 may be covered”."""
    if not found.objects:
        return "there is no object in train"
    reasons = [
        f"{found.reasons[reason]} {_WHY[reason][found.reasons[reason] != 1]}"
        for reason in REASONS
        if found.reasons[reason]
    ]
    usable = "none" if not found.usable else f"only {found.usable:,}"
    objects = _count(found.objects, "object")
    return f"{usable} of {objects} can be cut out: {', '.join(reasons)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _class_of(found: ClassStock, pasted: int) -> SyntheticClass:
    return {
        "class_index": found.class_index,
        "objects": found.objects,
        "usable": found.usable,
        "reasons": dict(found.reasons),
        "pasted": pasted,
    }
