"""Images with their masks drawn on them, and objects cut out, made while they are sent."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from threading import BoundedSemaphore
from typing import Any

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from annotator.kernel.stored_zip import Content
from annotator.labels.stems import clean_stem
from training.checkpoints.usable import UsableModel, model_of
from training.models import PredictedImage, Prediction

from .cut import Cut
from .rows import class_names_of, file_of, walk_images
from .tables import FreeNames, kept_instances

MOST_SIDE_PX = 4096
"""Of what is drawn; larger images are made smaller, so that memory stays bounded."""

_FILL_OPACITY = 90  # of 255
_AT_ONCE = BoundedSemaphore(2)
"""Images held decoded by one web process."""

Instances = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class CropStyle:
    """``margin``: around the box, a share of its longer side. ``is_cut_out``: what lies outside the
    mask is transparent."""

    margin: float = 0.05
    is_cut_out: bool = False


def overlay_files(prediction: Prediction, cut: Cut) -> Iterator[tuple[str, Content]]:
    """A JPEG for each image that could be read and lies on the disk."""
    model, names = model_of(prediction), FreeNames()
    for image in walk_images(prediction):
        file = None if image.error else file_of(image)
        if file is not None:
            stem = names.take(clean_stem(image.file_name))
            yield f"{stem}.jpg", draw_overlay(file, image, kept_instances(image, cut), model)


def draw_overlay(
    file: Path, image: PredictedImage, instances: Instances, model: UsableModel
) -> bytes:
    """Masks in the colours of their classes, with class and confidence."""
    with _AT_ONCE:
        picture, scale = _open(file, image)
        layer = Pillow.new("RGBA", picture.size)
        draw = ImageDraw.Draw(layer)
        line = max(2, round(max(picture.size) / 500))
        for item in reversed(instances):  # the most confident on top
            points = _points(item["polygon"], scale)
            if len(points) < 3:
                continue
            color = _rgb(model.colors[item["class_index"]])
            part = Pillow.new("L", picture.size)
            ImageDraw.Draw(part).polygon(points, fill=_FILL_OPACITY)
            layer.paste(Pillow.new("RGBA", picture.size, (*color, _FILL_OPACITY)), mask=part)
            draw.line([*points, points[0], points[1]], fill=(*color, 255), width=line)
        for item in reversed(instances):
            _caption(draw, item, model, scale, picture.size)
        picture.paste(layer, mask=layer)
        return _encode(picture, "JPEG", quality=90)


def _caption(
    draw: ImageDraw.ImageDraw,
    item: dict[str, Any],
    model: UsableModel,
    scale: float,
    size: tuple[int, int],
) -> None:
    font = _font(max(11, round(max(size) / 60)))
    text = f"{model.class_names[item['class_index']]} {item['confidence']:.2f}"
    left, top = item["box"][0] * scale, item["box"][1] * scale
    width, height = draw.textlength(text, font=font), font.size * 1.3
    left = max(0.0, min(left, size[0] - width - 8))
    top = max(0.0, top - height)
    color = _rgb(model.colors[item["class_index"]])
    draw.rectangle((left, top, left + width + 8, top + height), fill=(*color, 230))
    is_bright = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] > 150
    draw.text(
        (left + 4, top + height * 0.08), text, font=font, fill="#000" if is_bright else "#fff"
    )


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # noqa: S101 - a size was given
    return font


def crop_files(prediction: Prediction, cut: Cut, style: CropStyle) -> Iterator[tuple[str, Content]]:
    """Each object as an image, in a folder of its class."""
    names = FreeNames()
    folders = [
        clean_stem(name) or f"class-{i}" for i, name in enumerate(class_names_of(prediction))
    ]
    for image in walk_images(prediction):
        file = None if image.error else file_of(image)
        instances = kept_instances(image, cut)
        if file is None or not instances:
            continue
        stem = names.take(clean_stem(image.file_name))
        for number, content in enumerate(draw_crops(file, image, instances, style), start=1):
            item = instances[number - 1]
            suffix = "png" if style.is_cut_out else "jpg"
            name = f"{stem}-{number:03}-{item['confidence']:.2f}.{suffix}"
            yield f"{folders[item['class_index']]}/{name}", content


def draw_crops(
    file: Path, image: PredictedImage, instances: Instances, style: CropStyle
) -> Iterable[bytes]:
    """The objects of one image, which is decoded once."""
    with _AT_ONCE:
        picture, scale = _open(file, image)
    for item in instances:
        left, top, right, bottom = (number * scale for number in item["box"])
        margin = style.margin * max(right - left, bottom - top)
        box = (
            max(0, int(left - margin)),
            max(0, int(top - margin)),
            min(picture.width, max(int(left) + 1, int(right + margin + 0.999))),
            min(picture.height, max(int(top) + 1, int(bottom + margin + 0.999))),
        )
        crop = picture.crop(box)
        if not style.is_cut_out:
            yield _encode(crop, "JPEG", quality=95, subsampling=0)
            continue
        mask = Pillow.new("L", crop.size)
        points = [(x - box[0], y - box[1]) for x, y in _points(item["polygon"], scale)]
        if len(points) >= 3:
            ImageDraw.Draw(mask).polygon(points, fill=255)
        crop.putalpha(mask)
        yield _encode(crop, "PNG")


def _open(file: Path, image: PredictedImage) -> tuple[Pillow.Image, float]:
    """The image in RGB, and by how much it was made smaller than polygons are."""
    with Pillow.open(file) as opened:
        opened.draft("RGB", (MOST_SIDE_PX, MOST_SIDE_PX))
        picture = opened.convert("RGB")
    picture.thumbnail((MOST_SIDE_PX, MOST_SIDE_PX))
    return picture, picture.width / (image.width or picture.width)


def _points(polygon: Sequence[float], scale: float) -> list[tuple[float, float]]:
    return [(x * scale, y * scale) for x, y in zip(polygon[::2], polygon[1::2], strict=True)]


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _encode(picture: Pillow.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def name_of_archive(prediction: Prediction, what: str) -> str:
    source = PurePosixPath(prediction.source_name).stem
    return "-".join(
        filter(None, (f"prediction-{prediction.pk}", clean_stem(source) if source else "", what))
    )
