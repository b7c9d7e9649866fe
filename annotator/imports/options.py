"""What a person chooses for an import: format, conflicts with what is here already, classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from annotator.kernel.errors import ServiceError
from annotator.kernel.plain_text import is_one_line
from annotator.labels.formats import FORMATS
from annotator.labels.polygons.simplifying import MAX_TOLERANCE_PX
from annotator.labels.safe_yaml import YamlError, load_yaml
from annotator.labels.video.rules import FrameRule, RuleError, parse_rule
from annotator.models import Split

VIDEO = "video"
"""What the format of a source is called that holds videos and nothing else."""

OnConflict = Literal["skip", "replace", "both", "add"]
ON_CONFLICT: tuple[OnConflict, ...] = get_args(OnConflict)

_NULL = {"", "~", "null", "Null", "NULL"}
MAX_CLASS_NAME = 80
MAX_CLASSES = 10_000
MAX_ALSO = 1_000
MAX_PATH = 1_000
_KNOWN = frozenset(
    ("format", "on_conflict", "classes", "splits", "also", "simplify_px", "crowds", "video")
)


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """``format``: "" to recognise it.

    ``on_conflict``: what becomes of an image that is here already, by its hash or its name.
    ``skip``: it stays as it is. ``replace``: its annotation becomes the source's. ``both``: a
    second image. ``add``: objects that it does not have yet. "" is ``skip``, and ``replace`` for
    labels that come without their image: they are there to update one.

    ``classes``: names in the source → names here, None: to be ignored; a class that is not named
    keeps its name; ``__ignore__``: its objects become ignore regions. ``splits``: of the source →
    here. ``also``: folders of the source to take that its dataset does not name. ``simplify_px``:
    outlines lose the points that move them by no more than this; 0 keeps every point. ``crowds``:
    "ignore" takes crowds (COCO's ``iscrowd``) as ignore regions, "" as objects. ``video``: which
    frames of a video become images.
    """

    format: str = ""
    on_conflict: OnConflict | Literal[""] = ""
    classes: Mapping[str, str | None] = field(default_factory=dict)
    splits: Mapping[str, str] = field(default_factory=dict)
    also: Sequence[str] = ()
    simplify_px: float = 0.0
    crowds: Literal["", "ignore"] = ""
    video: FrameRule = field(default_factory=FrameRule)

    def to_json(self) -> dict[str, object]:
        """What ``Import.options`` keeps: only what was chosen."""
        values = {
            "format": self.format,
            "on_conflict": self.on_conflict,
            "classes": dict(self.classes),
            "splits": dict(self.splits),
            "also": list(self.also),
            "simplify_px": self.simplify_px,
            "crowds": self.crowds,
            "video": self.video.to_json(),
        }
        return {name: value for name, value in values.items() if value}

    def split_of(self, split: str) -> str:
        return self.splits.get(split, split)

    def conflict_rule(self, *, has_image: bool) -> OnConflict:
        """The rule for an image that is here already; ``has_image``: the source has it too."""
        if not self.on_conflict:
            return "skip" if has_image else "replace"
        if self.on_conflict == "both" and not has_image:
            return "add"
        return self.on_conflict


def parse_options(raw: Mapping[str, object]) -> ImportOptions:
    """Read ``Import.options`` or a request. Raises ServiceError for what is unknown."""
    if unknown := sorted(set(raw) - _KNOWN):
        raise ServiceError(f"An import has no option “{unknown[0]}”.", code="unknown_option")
    chosen = _text(raw, "format")
    if chosen and chosen not in {*FORMATS, VIDEO}:
        known = ", ".join(FORMATS)
        raise ServiceError(f"There is no format “{chosen}”; there are {known}.", code="bad_format")
    on_conflict: Any = _text(raw, "on_conflict")
    if on_conflict and on_conflict not in ON_CONFLICT:
        known = ", ".join(ON_CONFLICT)
        raise ServiceError(
            f"“{on_conflict}” is no answer to images that are here already: choose {known}.",
            code="bad_conflict",
        )
    crowds: Any = _text(raw, "crowds")
    if crowds not in ("", "ignore"):
        raise ServiceError(
            f"“{crowds}” is nothing that crowds can be taken as: choose ignore, or leave it out.",
            code="bad_crowds",
        )
    return ImportOptions(
        format=chosen,
        on_conflict=on_conflict,
        classes=parse_class_map(raw.get("classes", {})),
        splits=_parse_splits(raw.get("splits", {})),
        also=_parse_also(raw.get("also", [])),
        simplify_px=_parse_tolerance(raw.get("simplify_px", 0)),
        crowds=crowds,
        video=_parse_video(raw.get("video", {})),
    )


def read_class_map(content: bytes) -> dict[str, str | None]:
    """Read the file of ``--classes``: {name in the source: name here, or null to ignore it}.

    Raises ServiceError.
    """
    try:
        raw = load_yaml(content, as_text=True)  # so that a class named "no" or "1" keeps its name
    except YamlError as error:
        raise ServiceError(f"The class map {error}", code="bad_classes") from error
    if isinstance(raw, dict):
        raw = {name: None if target in _NULL else target for name, target in raw.items()}
    return parse_class_map(raw)


def parse_class_map(raw: object) -> dict[str, str | None]:
    """Check a class map. Raises ServiceError."""
    if not isinstance(raw, Mapping) or len(raw) > MAX_CLASSES:
        raise ServiceError(
            "The class map names for each class of the source the class here, or null to ignore "
            "it.",
            code="bad_classes",
        )
    for name, target in raw.items():
        if not isinstance(name, str) or not isinstance(target, str | None):
            raise ServiceError("In the class map, names are text.", code="bad_classes")
        if target is not None and not (
            target.strip() and len(target) <= MAX_CLASS_NAME and is_one_line(target)
        ):
            raise ServiceError(
                f"“{target[:100]}” is no name of a class: a name is one line of 1 to "
                f"{MAX_CLASS_NAME} characters.",
                code="bad_classes",
            )
    return {name: target.strip() if target is not None else None for name, target in raw.items()}


def _text(raw: Mapping[str, object], name: str) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise ServiceError(f"The option “{name}” is text.", code="unknown_option")
    return value


def _parse_also(raw: object) -> tuple[str, ...]:
    folders = raw if isinstance(raw, list | tuple) else [None]
    found = [each for each in folders if isinstance(each, str) and 0 < len(each) <= MAX_PATH]
    if len(found) < len(folders) or len(found) > MAX_ALSO:
        raise ServiceError(
            f"“also” is a list of at most {MAX_ALSO:,} folders of the source.", code="bad_folders"
        )
    return tuple(found)


def _parse_tolerance(raw: object) -> float:
    is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
    value = float(str(raw)) if is_number else -1.0
    if not 0 <= value <= MAX_TOLERANCE_PX:
        raise ServiceError(
            f"Outlines are simplified by 0 to {MAX_TOLERANCE_PX:g} pixels.", code="bad_tolerance"
        )
    return value


def _parse_video(raw: object) -> FrameRule:
    try:
        return parse_rule(raw)
    except RuleError as error:
        raise ServiceError(str(error), code="bad_video_rule") from error


def _parse_splits(raw: object) -> dict[str, str]:
    if not isinstance(raw, Mapping) or not all(
        name in Split.values and target in Split.values for name, target in raw.items()
    ):
        raise ServiceError(
            "Splits are train, val and test: name for each of the source the one here.",
            code="bad_splits",
        )
    return dict(raw)
