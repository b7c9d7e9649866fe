"""The sentences of a report: how good the model is, and how it was trained, in plain words."""

from typing import Any

from annotator.models import Split
from training.evaluation.scores.breakdown import SizeCounts
from training.evaluation.scores.error_types import ErrorType
from training.evaluation.scores.figures import Speed
from training.evaluation.scores.operating import ChosenPoint, ClassRates
from training.evaluation.sizes import Size
from training.models import Evaluation, Run
from training.models.runs import RunOrigin
from training.versions.folds import fold_of

ERROR_WORDS: dict[ErrorType, tuple[str, str]] = {
    "classification": ("Wrong class", "on an object, but named as another class"),
    "localisation": ("Loose outline", "of the right class, but it overlaps its object too little"),
    "both": ("Wrong class and loose outline", "near an object of another class"),
    "duplicate": ("Found twice", "a second prediction of an object that is found already"),
    "background": ("Nothing there", "a prediction where nothing is labelled"),
    "missed": ("Missed", "an object that no prediction is near"),
}
SIZE_WORDS: dict[Size, str] = {
    "small": "Small (under 32 × 32 pixels)",
    "medium": "Medium (up to 96 × 96 pixels)",
    "large": "Large",
}
SPLIT_WORDS: dict[str, str] = {
    Split.TRAIN: "the images that it was trained on (train)",
    Split.VAL: "images kept for validation (val), which it was not trained on",
    Split.TEST: "images kept for testing (test), which it was not trained on",
}
FACT_WORDS = {
    "epochs": "Epochs asked for",
    "image_size": "Image size",
    "batch": "Batch size asked for",
    "device": "Device asked for",
    "seed": "Seed",
    "learning_rate": "Learning rate",
    "patience": "Patience",
    "sample_every": "Samples of val",
    "fold": "Fold",
}
ARGUMENT_WORDS = {
    "amp": "Mixed precision",
    "augment": "Augmented predictions",
    "auto_augment": "Automatic augmentation",
    "bgr": "Chance to swap red and blue",
    "box": "Weight of the boxes' loss",
    "cache": "Images kept in memory",
    "close_mosaic": "Last epochs without mosaic",
    "cls": "Weight of the classes' loss",
    "copy_paste": "Chance to copy objects between images",
    "cos_lr": "Learning rate falls as a cosine",
    "cutmix": "Chance to cut and mix images",
    "degrees": "Rotation, degrees at most",
    "deterministic": "Repeatable arithmetic",
    "dfl": "Weight of the box edges' loss",
    "dropout": "Dropout",
    "erasing": "Chance to erase a part",
    "fliplr": "Chance to flip left and right",
    "flipud": "Chance to flip up and down",
    "fraction": "Share of the images trained on",
    "freeze": "Frozen layers",
    "hsv_h": "Change of hue",
    "hsv_s": "Change of saturation",
    "hsv_v": "Change of brightness",
    "lr0": "First learning rate",
    "lrf": "Last learning rate, of the first",
    "mask_ratio": "Masks made smaller by",
    "mixup": "Chance to mix two images",
    "momentum": "Momentum",
    "mosaic": "Chance of mosaics of four images",
    "multi_scale": "Several image sizes",
    "nbs": "Nominal batch size",
    "optimizer": "Optimizer",
    "overlap_mask": "Masks may overlap",
    "perspective": "Perspective",
    "plots": "Plots drawn",
    "rect": "Rectangular batches",
    "scale": "Change of scale",
    "shear": "Shear, degrees at most",
    "single_cls": "All classes as one",
    "time": "Longest time, hours",
    "translate": "Shift, of the image's size",
    "val": "Validated after each epoch",
    "warmup_bias_lr": "Learning rate of biases at first",
    "warmup_epochs": "Epochs of warming up",
    "warmup_momentum": "Momentum at first",
    "weight_decay": "Weight decay",
    "workers": "Processes that load images",
}
"""What Ultralytics' arguments are, for a reader who never saw them."""

LEAST_CLEAR = 0.05
"""Sizes and classes whose figures are nearer than this are not told apart."""


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def conclude(
    evaluation: Evaluation,
    point: ChosenPoint,
    sizes: dict[Size, SizeCounts] | None,
    errors: dict[ErrorType, int],
) -> list[str]:
    """Return what a reader without the field's words takes from the figures, in sentences."""
    objects = _count(evaluation.instance_count, "object")
    images = _count(evaluation.image_count, "image")
    measured = f"Measured on {images} with {objects}: {_split_words(evaluation)}."
    confidence = f"confidence {point['confidence']:.3f}"
    if point["reason"] == "nothing_to_measure":
        return [
            measured,
            "No object is labelled in these images, so there is nothing to measure: evaluate on "
            "images with labels.",
        ]
    if point["reason"] == "nothing_found":
        return [
            measured,
            f"At {confidence} the model finds nothing. It needs more training, more labels, or a "
            "lower confidence.",
        ]
    right, predictions = point["true_positives"], point["predictions"]
    sentences = [
        measured,
        f"At {confidence} it finds {right} of the {objects} ({percent(right / point['labels'])}) "
        f"in the right class; of its {_count(predictions, 'prediction')}, "
        f"{percent(right / predictions)} are right.",
    ]
    return [
        *sentences,
        *_class_words(point["class_rates"]),
        *_size_words(sizes),
        *_error_words(errors),
    ]


def _split_words(evaluation: Evaluation) -> str:
    """What the images are to the model; of one that was trained elsewhere that is not known."""
    if evaluation.run.origin != RunOrigin.HERE:
        return (
            f"the split {evaluation.split} of version {evaluation.version.number}. The model was "
            "trained elsewhere, so whether it has seen these images is not known"
        )
    return SPLIT_WORDS.get(evaluation.split, evaluation.split)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _class_words(classes: list[ClassRates]) -> list[str]:
    known = [row for row in classes if row["labels"]]
    if len(known) < 2:
        return []
    best = max(known, key=lambda row: row["f1"] or 0.0)
    worst = min(known, key=lambda row: row["f1"] or 0.0)
    if (best["f1"] or 0.0) - (worst["f1"] or 0.0) < LEAST_CLEAR:
        return ["It does about as well on each class."]
    return [
        f"It does best on {best['name']} (F1 {best['f1'] or 0.0:.3f}) and worst on "
        f"{worst['name']} ({_f1_words(worst)})."
    ]


def _f1_words(row: ClassRates) -> str:
    return "nothing found" if not row["f1"] else f"F1 {row['f1']:.3f}"


def _size_words(sizes: dict[Size, SizeCounts] | None) -> list[str]:
    known = [(size, counts) for size, counts in (sizes or {}).items() if counts.labels]
    if len(known) < 2:
        return []
    recalls = [(counts.right / counts.labels, size, counts.labels) for size, counts in known]
    low, high = min(recalls), max(recalls)
    if high[0] - low[0] < LEAST_CLEAR:
        return ["It finds objects of every size about as often."]
    return [
        f"It finds {percent(high[0])} of the {high[2]} {high[1]} objects and {percent(low[0])} of "
        f"the {low[2]} {low[1]} ones."
    ]


def _error_words(errors: dict[ErrorType, int]) -> list[str]:
    count, kind = max(((count, kind) for kind, count in errors.items()), default=(0, "missed"))
    if count == 0:
        return ["It makes no errors on these images at this confidence."]
    word, meaning = ERROR_WORDS[kind]
    return [f"The most common error is “{word.lower()}” ({count} times): {meaning}."]


def training_words(run: Run) -> str:
    """ "42 epochs on NVIDIA H200", or that it was trained elsewhere."""
    if run.origin == RunOrigin.UPLOADED:
        return "trained elsewhere, of which only the checkpoint was brought in"
    epochs = _count(run.epoch, "epoch")
    if run.origin == RunOrigin.ELSEWHERE:
        return f"trained elsewhere, {epochs}"
    return epochs + (f" on {run.device_name}" if run.device_name else "")


def speed_rows(speed: Speed | None) -> list[tuple[str, str]]:
    if speed is None:
        return [("Speed", "not measured")]
    steps = [speed[name] for name in ("preprocess_ms", "inference_ms", "postprocess_ms")]
    parts = ", ".join(
        f"{word} {value:.1f}"
        for word, value in zip(("preparing", "network", "masks"), steps, strict=True)
    )
    total = sum(steps)
    rate = f", about {1000 / total:.0f} images a second" if total > 0 else ""
    rows = [
        ("Time an image", f"{total:.1f} ms ({parts}){rate}"),
        ("Timed on", f"{speed['device_name']}, {speed['batch']} images at a time"),
    ]
    if speed["parameters"] is not None:
        rows.append(("Parameters", f"{speed['parameters']:,}"))
    if speed["gflops"] is not None:
        rows.append(("Operations an image", f"{speed['gflops']:.1f} GFLOPs"))
    return rows


def parameter_rows(run: Run) -> list[tuple[str, str]]:
    """What was asked of the training, without the names that only programs know."""
    fold = fold_of(run)
    rows = [
        (FACT_WORDS[name], _fact(name, value))
        for name, value in run.parameters.items()
        if name in FACT_WORDS and name != "fold" and _is_told(run, name, value)
    ]
    if fold:
        rows.append(("Fold", f"{fold['number']} of {fold['count']}"))
    arguments = run.parameters.get("arguments", {})
    return [
        *rows,
        *((_argument_words(name), _fact(name, arguments[name])) for name in sorted(arguments)),
    ]


def _is_told(run: Run, name: str, value: Any) -> bool:
    """Of a run that was trained elsewhere, what this machine would have chosen is not told."""
    if value is None or (name == "sample_every" and not value):
        return False
    return run.origin == RunOrigin.HERE or name not in ("device", "sample_every")


def _fact(name: str, value: Any) -> str:
    if name == "image_size":
        return f"{value} pixels"
    if name == "patience":
        return f"{value} epochs without a better one"
    if name == "sample_every":
        return f"every {value} epochs"
    if name == "device" and value == "auto":
        return "chosen by Segloop"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)


def _argument_words(name: str) -> str:
    """What an argument is; one that is not known here is written as words."""
    words = name.replace("_", " ")
    return ARGUMENT_WORDS.get(name) or words[:1].upper() + words[1:]
