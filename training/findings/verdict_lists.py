"""Looking at verdicts: filters, the next one to work on, counts."""

from typing import TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, QuerySet

from training.models import Verdict, VerdictKind, VerdictState


class VerdictFilters(TypedDict, total=False):
    """``assignee``: "me", "none" or a user's id."""

    state: str
    kind: str
    assignee: str
    evaluation: int
    image: UUID


def filter_verdicts(
    rows: QuerySet[Verdict], filters: VerdictFilters, *, user: User
) -> QuerySet[Verdict]:
    for name in ("state", "kind", "evaluation", "image"):
        if filters.get(name):
            rows = rows.filter(**{name: filters[name]})
    assignee = filters.get("assignee")
    if assignee == "none":
        return rows.filter(assignee__isnull=True)
    if assignee:
        wanted = user.pk if assignee == "me" else int(assignee)
        return rows.filter(assignee_id=wanted)
    return rows


def find_next(rows: QuerySet[Verdict], *, after: int) -> Verdict | None:
    """Return the next verdict on a label after ``after``, else the first of those before it."""
    rows = rows.exclude(kind=VerdictKind.MODEL).order_by("id")
    return rows.filter(pk__gt=after).first() or rows.filter(pk__lt=after).first()


class VerdictKindCount(TypedDict):
    kind: VerdictKind
    count: int


class VerdictAssigneeCount(TypedDict):
    assignee: int | None
    username: str
    count: int


class VerdictSourceCount(TypedDict):
    evaluation: int
    run: int
    run_name: str
    count: int


class VerdictSummary(TypedDict):
    """Of the open verdicts on labels, and of the hard cases (``model``)."""

    open: int
    hard: int
    fixed: int
    by_kind: list[VerdictKindCount]
    by_assignee: list[VerdictAssigneeCount]
    by_evaluation: list[VerdictSourceCount]


def summarise_verdicts(rows: QuerySet[Verdict]) -> VerdictSummary:
    """Count verdicts: what is open, whose it is and where it comes from. ``fixed``: since the last
    version."""
    rows = rows.order_by()
    waiting = rows.filter(state=VerdictState.OPEN)
    kinds = waiting.values_list("kind").annotate(n=Count("pk"))
    by_kind: list[VerdictKindCount] = [{"kind": VerdictKind(k), "count": n} for k, n in kinds]
    labels = waiting.exclude(kind=VerdictKind.MODEL)
    people = labels.values_list("assignee", "assignee__username").annotate(n=Count("pk"))
    sources = labels.filter(evaluation__isnull=False).values_list(
        "evaluation", "evaluation__run", "evaluation__run__name"
    )
    hard = sum(item["count"] for item in by_kind if item["kind"] == VerdictKind.MODEL)
    return {
        "open": sum(item["count"] for item in by_kind) - hard,
        "hard": hard,
        "fixed": rows.filter(state=VerdictState.FIXED, included_in__isnull=True).count(),
        "by_kind": by_kind,
        "by_assignee": [
            {"assignee": pk, "username": name or "", "count": n} for pk, name, n in people
        ],
        "by_evaluation": [
            {"evaluation": pk, "run": run, "run_name": name, "count": n}
            for pk, run, name, n in sources.annotate(n=Count("pk"))
        ],
    }


class AssignedFixes(TypedDict):
    dataset: str
    dataset_name: str
    count: int


def count_assigned(rows: QuerySet[Verdict]) -> list[AssignedFixes]:
    """Count what of ``rows`` waits to be mended, by dataset."""
    labels = rows.filter(state=VerdictState.OPEN).exclude(kind=VerdictKind.MODEL)
    grouped = labels.order_by("dataset__name").values_list("dataset__slug", "dataset__name")
    return [
        {"dataset": slug, "dataset_name": name, "count": n}
        for slug, name, n in grouped.annotate(n=Count("pk"))
    ]
