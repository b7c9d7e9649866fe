"""The figures of the People page as CSV (RFC 4180)."""

from collections.abc import Sequence

from annotator.kernel.plain_text import csv_line
from annotator.models import SendBackReason

from .people import PersonFigures

_COLUMNS = (
    "user", "name", "role", "finished", "objects", "waiting_for_review", "accepted", "sent_back",
    "first_verdicts", "accepted_at_first", "active_seconds", "seconds_per_image",
    "seconds_per_object", "left", "left_sent_back", "left_second_annotations",
    "ground_truth_images", "ground_truth_score",
)  # fmt: skip


def write_people_csv(people: Sequence[PersonFigures]) -> bytes:
    """One line a person; an empty field is a figure that does not exist."""
    head = [*_COLUMNS, *(f"sent_back_{reason}" for reason in SendBackReason.values)]
    return b"".join([csv_line(head), *(csv_line(_values(row)) for row in people)])


def _values(row: PersonFigures) -> list[object]:
    user, seconds = row["user"], row["active_seconds"]
    return [
        user.get_username(),
        user.get_full_name(),
        str(row["role"]),
        row["finished"],
        row["objects"],
        row["waiting_for_review"],
        row["accepted"],
        row["sent_back"],
        row["first_pass"]["judged"],
        row["first_pass"]["accepted"],
        round(seconds, 1),
        _ratio(seconds, row["finished"]),
        _ratio(seconds, row["objects"]),
        row["left"],
        row["left_sent_back"],
        row["left_second"],
        row["ground_truth"]["images"],
        row["ground_truth"]["score"],
        *(row["reasons"].get(reason, 0) for reason in SendBackReason.values),
    ]


def _ratio(seconds: float, count: int) -> float | None:
    return round(seconds / count, 1) if seconds and count else None
