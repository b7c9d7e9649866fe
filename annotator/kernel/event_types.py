"""The live events of all rooms, one union that is told apart by ``kind``.

The server publishes nothing else (mypy checks it), the API's schema describes them (component
``Event``), and the pages switch over them. An event says what to look at again: ``id`` is that of
the image or the row. It carries data only where a page shows it at once and does not ask again.
"""

from typing import Literal, TypedDict, get_args, get_type_hints

ImageKind = Literal["image.changed", "comments.changed"]
ObjectKind = Literal[
    "bulk_change.changed",
    "checkpoint.changed",
    "dataset.changed",
    "dataset_export.changed",
    "evaluation.changed",
    "export.changed",
    "export.ready",
    "folder.changed",
    "import.changed",
    "independent.changed",
    "pin.changed",
    "prediction.changed",
    "run.changed",
    "run.epoch",
    "run.sample",
    "run_check.changed",
    "run_import.changed",
    "search.changed",
    "synthetic_preview.changed",
    "batch_preview.changed",
    "served.changed",
    "verdict.changed",
    "version.changed",
    "version_check.changed",
    "weights.changed",
]


class ImageHint(TypedDict):
    """An image was saved, moved, deleted or restored; or somebody wrote about it."""

    kind: ImageKind
    dataset: str
    id: str


class ImagesHint(TypedDict):
    """Many images of a dataset changed at once; or its figures and findings were computed anew."""

    kind: Literal["images.changed", "insights.changed"]
    dataset: str


class ObjectHint(TypedDict):
    """A row changed, was made, or is gone; a run has one epoch, or one sample, more."""

    kind: ObjectKind
    dataset: str
    id: int


class WorkersHint(TypedDict):
    """Something about the workers changed: everybody is told."""

    kind: Literal["worker.changed"]


class Present(TypedDict):
    """A person who has an image open in one tab."""

    user_id: int
    username: str
    display_name: str
    tab: str
    editing: bool


class People(TypedDict):
    people: list[Present]


class ImagePresence(TypedDict):
    """Who has the image open now."""

    kind: Literal["image.presence"]
    dataset: str
    id: str
    data: People


class TilesState(TypedDict):
    state: Literal["ready", "making", "failed"]
    detail: str


class ImageTiles(TypedDict):
    """The tiles of a big image are there, or cannot be made."""

    kind: Literal["image.tiles"]
    dataset: str
    id: str
    data: TilesState


class BatchLosses(TypedDict):
    box: float
    seg: float
    cls: float
    dfl: float


class BatchNumbers(TypedDict):
    """As the engine tells them, at most five times a second (training/engine/protocol.py)."""

    epoch: int
    batch: int
    batches: int
    losses: BatchLosses
    eta_seconds: float
    learning_rate: float
    images_per_second: float
    gpu_memory_mb: float | None
    gpu_utilisation_percent: float | None


class RunBatch(TypedDict):
    """A batch of a run is trained."""

    kind: Literal["run.batch"]
    dataset: str
    id: int
    data: BatchNumbers


Event = ImageHint | ImagesHint | ObjectHint | WorkersHint | ImagePresence | ImageTiles | RunBatch

EVENT_TYPES: dict[str, type] = {
    kind: event for event in get_args(Event) for kind in get_args(get_type_hints(event)["kind"])
}
"""The type of each kind."""
