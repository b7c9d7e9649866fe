"""What the engine says of a prediction's options, such as one that has no effect on its device."""

from typing import Any

from training.models import Prediction

MOST_NOTES = 20


def notes_of(job: Prediction) -> list[str]:
    notes: list[str] = job.source.get("notes", [])
    return notes


def with_note(job: Prediction, message: str) -> dict[str, Any]:
    """Return ``source`` with one more note: each once, however often engines are started."""
    notes = notes_of(job)
    if message not in notes and len(notes) < MOST_NOTES:
        notes = [*notes, message]
    return {**job.source, "notes": notes}
