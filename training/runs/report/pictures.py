"""The images of a report: outlines, class names and confidences as SVG over a small JPEG."""

import base64
from typing import TypedDict

from django.template.loader import render_to_string

from annotator.labels.pixels.images import ImageError, make_thumbnail
from training.evaluation.files import reading
from training.evaluation.files.reading import Shape
from training.evaluations.evaluated_images import evaluation_folder
from training.evaluations.image_places import find_picture
from training.evaluations.payloads import EvaluationPayload
from training.models import Evaluation

from .charts import Drawing, printable

IMAGES_OF_A_KIND = 6
IMAGE_SIDE_PX = 560
PICTURE_WIDTH = 270
"""What an image is wide on the page, about, in the units of its outlines' width."""

LINE_WIDTH = 2
LEAST_OF_A_LINE, LINES_ACROSS = 0.35, 6
"""An object narrower than so many lines gets a finer one that does not hide it, down to a share."""

LETTERS_HIGH = 8
"""A caption on the page, about, in the units of ``PICTURE_WIDTH``."""

LETTER_WIDTH = 0.6
"""Of the height of a letter, about."""


class Outline(TypedDict):
    """A polygon as SVG has it, in pixels of the image; ``line`` is the width of its outline.

    ``caption`` stands at ``x``, ``y`` in letters so high: "cat 0.912" over a prediction, "cat"
    over a label that was missed, "" where there is none.
    """

    points: str
    title: str
    is_wrong: bool
    line: float
    dashes: str
    caption: str
    x: float
    y: float
    letters: float
    halo: float


def draw_images(
    evaluation: Evaluation, told: EvaluationPayload, confidence: float
) -> tuple[list[Drawing], list[Drawing]]:
    """The worst images and, where there are more than these, the best."""
    folder = evaluation_folder(evaluation)

    def page(offset: int, limit: int) -> list[Drawing]:
        found = reading.list_images(
            folder,
            confidence=confidence,
            only="all",
            class_index=None,
            ordering="worst",
            offset=offset,
            limit=limit,
        )
        pictures = (_picture(evaluation, image, told["class_names"]) for image in found["results"])
        return [picture for picture in pictures if picture is not None]

    rest = max(0, told["image_count"] - IMAGES_OF_A_KIND)
    best = min(IMAGES_OF_A_KIND, rest)
    return (
        page(0, IMAGES_OF_A_KIND),
        page(told["image_count"] - best, best)[::-1] if best else [],
    )


def _picture(
    evaluation: Evaluation, image: reading.EvaluatedImage, names: list[str]
) -> Drawing | None:
    path = find_picture(evaluation, image["file_name"])
    if path is None:
        return None
    try:
        small = make_thumbnail(path.read_bytes(), side_px=IMAGE_SIDE_PX, as_jpeg=True)
    except ImageError:
        return None
    words = [
        f"{image['true_positives']} right",
        f"{image['false_negatives']} missed",
        f"{image['false_positives']} false",
        f"{image['wrong_class']} wrong class",
    ]
    told = ", ".join(word for word in words if not word.startswith("0 ")) or "nothing in it"
    longest = max(image["width"], image["height"])
    line = LINE_WIDTH * longest / PICTURE_WIDTH
    letters = LETTERS_HIGH * longest / PICTURE_WIDTH
    drawn = {
        "name": printable(image["file_name"]),
        "width": image["width"],
        "height": image["height"],
        "data": base64.b64encode(small).decode(),
        "labels": [outline(shape, names, line, letters) for shape in image["labels"]],
        "predictions": [outline(shape, names, line, letters) for shape in image["predictions"]],
    }
    return {
        "title": image["file_name"],
        "words": told,
        "svg": render_to_string("training/report_picture.svg", {"picture": drawn}),
        "keys": [],
    }


def outline(shape: Shape, names: list[str], line: float, letters: float) -> Outline:
    points = shape["polygon"]
    left, top, right, bottom = shape["box"]
    fine = min(right - left, bottom - top) / LINES_ACROSS
    line = max(min(line, fine), line * LEAST_OF_A_LINE)
    confidence = shape["confidence"]
    told = "label" if confidence is None else f"confidence {confidence:.3f}"
    name = names[shape["class_index"]]
    caption = f"{name} {confidence:.3f}" if confidence is not None else ""
    # Missed labels often stand in a crowd: theirs is written where it fits over the object.
    if shape["outcome"] == "fn" and len(name) * letters * LETTER_WIDTH < right - left:
        caption = name
    return {
        "points": " ".join(f"{x:g},{y:g}" for x, y in zip(points[::2], points[1::2], strict=True)),
        "title": printable(f"{name}, {told}"),
        "is_wrong": shape["outcome"] != "tp",
        "line": round(line, 2),
        "dashes": f"{2.5 * line:.2f} {2 * line:.2f}",
        "caption": printable(caption),
        "x": round(left, 1),
        "y": round(max(top - letters * 0.3, letters), 1),
        "letters": round(letters, 1),
        "halo": round(letters / 4, 2),
    }
