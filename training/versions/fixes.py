"""Which fixes of labels a version was frozen with, and where they came from."""

from collections import Counter
from collections.abc import Mapping
from typing import TypedDict
from uuid import UUID

from django.db.models import QuerySet

from annotator.kernel.turns import write_in_turns
from training.models import Verdict, VerdictKind, VerdictState, Version


class FixSource(TypedDict):
    run: int
    run_name: str
    count: int


class VersionFixes(TypedDict):
    """``sources``: the runs whose evaluations showed them, those with most fixes first."""

    total: int
    missing: int
    extra: int
    wrong_class: int
    outline: int
    sources: list[FixSource]


def include_fixes(version: Version, revisions: Mapping[UUID, int]) -> None:
    """Note in ``version`` what was fixed since the last one. ``revisions``: what of each image is
    in it; a fix that was saved later waits for the next version."""
    fixed = Verdict.objects.filter(
        dataset_id=version.dataset_id, state=VerdictState.FIXED, included_in__isnull=True
    )
    rows = fixed.values_list("pk", "image_id", "fixed_by__number")
    included = [
        pk
        for pk, image_id, number in rows
        if image_id in revisions and (number or 0) <= revisions[image_id]
    ]
    write_in_turns(
        included, lambda batch: Verdict.objects.filter(pk__in=batch).update(included_in=version)
    )


def release_fixes(version: Version) -> None:
    """Let the fixes wait for another version: this one did not come about."""
    held = list(Verdict.objects.filter(included_in=version).values_list("pk", flat=True))
    write_in_turns(
        held, lambda batch: Verdict.objects.filter(pk__in=batch).update(included_in=None)
    )


def fixes_for_payload() -> QuerySet[Verdict]:
    """What :func:`count_fixes` reads, to be fetched for many versions in one query."""
    rows = Verdict.objects.select_related("evaluation__run").order_by("id")
    return rows.only("kind", "included_in", "evaluation__run__name")


def count_fixes(version: Version) -> VersionFixes:
    fixes = list(version.fixes.all())
    kinds = Counter(fix.kind for fix in fixes)
    sources = Counter(
        (fix.evaluation.run_id, fix.evaluation.run.name) for fix in fixes if fix.evaluation
    )
    return {
        "total": len(fixes),
        "missing": kinds[VerdictKind.MISSING],
        "extra": kinds[VerdictKind.EXTRA],
        "wrong_class": kinds[VerdictKind.WRONG_CLASS],
        "outline": kinds[VerdictKind.OUTLINE],
        "sources": [
            {"run": run, "run_name": name, "count": count}
            for (run, name), count in sources.most_common()
        ],
    }
