"""Presets: what a person who does not want to choose gets. Data, so that every client shows it."""

from typing import Literal, TypedDict


class PresetValues(TypedDict):
    base_model: str
    epochs: int
    image_size: int
    batch: int
    patience: int


class Preset(TypedDict):
    """``values`` are fields of the request for a run."""

    id: Literal["quick", "balanced", "best"]
    title: str
    description: str
    values: PresetValues


def list_presets() -> list[Preset]:
    return [
        {
            "id": "quick",
            "title": "Quick look",
            "description": "Whether the labels teach anything at all: a small model, few epochs.",
            "values": _values("yolo26n-seg.pt", epochs=20, image_size=480, patience=10),
        },
        {
            "id": "balanced",
            "title": "Balanced",
            "description": "Good masks at a speed that suits most cameras and most GPUs.",
            "values": _values("yolo26s-seg.pt", epochs=100, image_size=640, patience=30),
        },
        {
            "id": "best",
            "title": "Best",
            "description": "The finest masks, for which training may take a night.",
            "values": _values("yolo26l-seg.pt", epochs=300, image_size=960, batch=8, patience=60),
        },
    ]


def _values(
    base_model: str, *, epochs: int, image_size: int, patience: int, batch: int = 16
) -> PresetValues:
    return {
        "base_model": base_model,
        "epochs": epochs,
        "image_size": image_size,
        "batch": batch,
        "patience": patience,
    }
