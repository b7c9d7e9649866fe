"""Who did what in a dataset, counted from the history of its images.

A fixed number of grouped queries, whatever the number of images; two indexes cover those over
revisions, so that
none reads a polygon: one holds all of them, the other the few that moved an image on.

- *finished*: images that the person marked done; one that came back and was finished again is one.
- *accepted*, *sent_back*: verdicts about the person's work, less those that were taken back.
- *first_pass*: of the images whose first verdict fell in the period, how many were accepted at it.
- *reasons*: how often the person's work was sent back for which reason.
- *imported*: what came in finished or with objects: nobody's work.
- *left*: assigned and not finished; *left_second*: second annotations yet to be drawn.
- *active_seconds*: the sum of ``AnnotationRevision.active_time``: the time between two saves of an
  image that follow each other and are both the person's, where it is no longer than
  ``status_rules.PAUSE``. Thinking before the first save is not seen.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, TypedDict

from django.contrib.auth.models import User
from django.db.models import CharField, Count, Exists, F, Func, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Cast, Substr
from django.utils import timezone

from annotator.models import (
    FINISHED,
    UNFINISHED,
    AnnotationRevision,
    Dataset,
    ImageStatus,
    IndependentAnnotation,
    Membership,
    RevisionSource,
    Role,
)

from .ground_truth import Score, score_people
from .verdicts import split_reasons

THROUGHPUT_DAYS = 60


class FirstPass(TypedDict):
    """``judged``: images that had their first verdict; ``accepted``: those accepted at it."""

    judged: int
    accepted: int


class Imported(TypedDict):
    """What nobody drew or finished here."""

    images: int
    objects: int


class Period(NamedTuple):
    """Days, both included; None: without end."""

    since: date | None = None
    until: date | None = None

    def filter(self, rows: QuerySet[AnnotationRevision]) -> QuerySet[AnnotationRevision]:
        if self.since is not None:
            rows = rows.filter(created_at__gte=_midnight(self.since))
        if self.until is not None:
            rows = rows.filter(created_at__lt=_midnight(self.until + timedelta(days=1)))
        return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


EVER = Period()


class PersonFigures(TypedDict):
    user: User
    role: Role
    finished: int
    objects: int
    accepted: int
    sent_back: int
    active_seconds: float
    left: int
    left_sent_back: int
    left_second: int
    waiting_for_review: int
    first_pass: FirstPass
    reasons: dict[str, int]
    ground_truth: Score


class DayOfPerson(TypedDict):
    day: date
    user_id: int
    finished: int


class DayOfDataset(TypedDict):
    day: date
    images: int
    finished: int
    accepted: int


class People(TypedDict):
    people: list[PersonFigures]
    throughput: list[DayOfPerson]
    progress: list[DayOfDataset]
    imported: Imported
    reasons: dict[str, int]


class _Move(NamedTuple):
    """How often images went from one status to another on a day, by whom and whose work."""

    day: date
    author: int | None
    judged: int | None
    before: str
    after: str
    times: int

    @property
    def is_handed_in(self) -> bool:
        is_verdict = self.judged is not None
        return self.after == ImageStatus.DONE and self.before not in FINISHED and not is_verdict


def measure_people(dataset: Dataset, *, only: User | None = None, period: Period = EVER) -> People:
    """Return the figures of the members, or of one of them, and the progress of the dataset.

    ``period`` bounds what was done; what is left and the progress are as they are now.
    """
    members = dataset.memberships.select_related("user").order_by("user__username")
    if only is not None:
        members = members.filter(user_id=only.pk)
    rows = list(members)
    moves = _read_moves(dataset)
    reasons = _count_reasons(dataset, period)
    drawn = _read_drawn(dataset, period)
    finished = _count_finished(dataset)
    return {
        "people": _figures_of(dataset, rows, moves, period, _Counts(drawn, finished, reasons)),
        "throughput": _throughput({row.user_id for row in rows}, moves),
        "progress": _progress(dataset, moves),
        "imported": {
            "images": sum(n for (user_id, _), n in finished.items() if user_id is None),
            "objects": sum(
                each.objects
                for (_, source), each in drawn.items()
                if source == RevisionSource.IMPORT
            ),
        },
        "reasons": dict(sum(reasons.values(), Counter())),
    }


def _revisions(dataset: Dataset) -> QuerySet[AnnotationRevision]:
    rows = AnnotationRevision.objects.order_by()
    return rows.filter(image__dataset=dataset, image__deleted_at__isnull=True)


def _day_of(field: str) -> Func:
    """The day (UTC) as text; the database does this itself, dates go through Python on SQLite."""
    return Substr(Cast(field, CharField()), 1, 10)


def _read_moves(dataset: Dataset) -> list[_Move]:
    rows = (
        _revisions(dataset)
        .exclude(status=F("status_before"))
        .annotate(day=_day_of("created_at"))
        .values_list("day", "author", "judged", "status_before", "status")
        .annotate(n=Count("pk"))
    )
    return [_Move(date.fromisoformat(day), *others) for day, *others in rows]


class _Drawn(NamedTuple):
    finished: int
    objects: int
    time: timedelta


NOTHING_DRAWN = _Drawn(0, 0, timedelta())


class _Counts(NamedTuple):
    """``drawn``: by author and source; ``finished``: images by finisher and status, as they are
    now; ``reasons``: by whose work it is."""

    drawn: dict[tuple[int | None, str], _Drawn]
    finished: dict[tuple[int | None, str], int]
    reasons: dict[int | None, Counter[str]]


def _read_drawn(dataset: Dataset, period: Period) -> dict[tuple[int | None, str], _Drawn]:
    # Of everybody: asked for members alone, SQLite goes by author and reads rows of polygons.
    rows = (
        period.filter(_revisions(dataset))
        .values_list("author", "source")
        .annotate(
            finished=Count(
                "image",
                distinct=True,
                filter=Q(status=ImageStatus.DONE, judged__isnull=True)
                & ~Q(status_before__in=FINISHED),
            ),
            drawn=Sum("added"),
            spent=Sum("active_time"),
        )
    )
    return {(author, source): _Drawn(*figures) for author, source, *figures in rows}


def _count_finished(dataset: Dataset) -> dict[tuple[int | None, str], int]:
    rows = dataset.images.order_by().filter(status__in=FINISHED)
    counts = rows.values_list("finished_by", "status").annotate(n=Count("pk"))
    return {(user_id, status): n for user_id, status, n in counts}


def _figures_of(
    dataset: Dataset,
    members: list[Membership],
    moves: list[_Move],
    period: Period,
    counts: _Counts,
) -> list[PersonFigures]:
    ids = [row.user_id for row in members]
    verdicts = _count_verdicts(move for move in moves if _is_within(move.day, period))
    first_pass = _count_first_pass(dataset, period)
    scores = score_people(dataset)
    second = dict(
        IndependentAnnotation.objects.filter(
            image__dataset=dataset,
            image__deleted_at__isnull=True,
            annotator__in=ids,
            state=IndependentAnnotation.State.IN_PROGRESS,
        )
        .order_by()
        .values_list("annotator_id")
        .annotate(n=Count("pk"))
    )
    assigned = dataset.images.order_by().filter(assignee__in=ids, status__in=UNFINISHED)
    left: dict[int, Counter[str]] = defaultdict(Counter)
    for user_id, status, n in assigned.values_list("assignee", "status").annotate(n=Count("pk")):
        left[user_id][status] = n
    figures: list[PersonFigures] = []
    for row in members:
        drawn = counts.drawn.get((row.user_id, RevisionSource.USER), NOTHING_DRAWN)
        figures.append(
            {
                "user": row.user,
                "role": Role(row.role),
                "finished": drawn.finished,
                "objects": drawn.objects,
                "accepted": verdicts[row.user_id, ImageStatus.ACCEPTED],
                "sent_back": verdicts[row.user_id, ImageStatus.SENT_BACK],
                "active_seconds": drawn.time.total_seconds(),
                "left": left[row.user_id].total() + second.get(row.user_id, 0),
                "left_second": second.get(row.user_id, 0),
                "left_sent_back": left[row.user_id][ImageStatus.SENT_BACK],
                "waiting_for_review": counts.finished.get((row.user_id, ImageStatus.DONE), 0),
                "first_pass": first_pass.get(row.user_id, {"judged": 0, "accepted": 0}),
                "reasons": dict(counts.reasons.get(row.user_id, {})),
                "ground_truth": scores.get(row.user_id, {"images": 0, "score": None}),
            }
        )
    return figures


def _count_verdicts(moves: Iterable[_Move]) -> Counter[tuple[int | None, str]]:
    """Return ``{(whose work, verdict): how often}``; a verdict that was taken back is none."""
    counts: Counter[tuple[int | None, str]] = Counter()
    for move in moves:
        if move.judged is None:
            continue
        if move.after == ImageStatus.DONE:
            counts[move.judged, move.before] -= move.times
        else:
            counts[move.judged, move.after] += move.times
    return counts


def _is_within(day: date, period: Period) -> bool:
    return (period.since is None or day >= period.since) and (
        period.until is None or day <= period.until
    )


def _standing_verdicts(dataset: Dataset, period: Period) -> QuerySet[AnnotationRevision]:
    """Verdicts that accepted or sent back, less those that the next revision took back."""
    taken_back = AnnotationRevision.objects.filter(
        image=OuterRef("image"),
        # The one that follows, as a range: so the index that holds the other fields is taken.
        number__gt=OuterRef("number"),
        number__lte=OuterRef("number") + 1,
        judged__isnull=False,
        status=ImageStatus.DONE,
    )
    rows = period.filter(_revisions(dataset)).filter(
        judged__isnull=False, status__in=(ImageStatus.ACCEPTED, ImageStatus.SENT_BACK)
    )
    return rows.exclude(status=F("status_before")).exclude(Exists(taken_back))


def _count_reasons(dataset: Dataset, period: Period) -> dict[int | None, Counter[str]]:
    """Return ``{whose work: {reason: how often}}``, less those that were taken back."""
    counts: dict[int | None, Counter[str]] = defaultdict(Counter)
    rows = period.filter(_revisions(dataset)).exclude(reasons="")
    for judged, status, reasons, n in rows.values_list("judged", "status", "reasons").annotate(
        n=Count("pk")
    ):
        times = n if status == ImageStatus.SENT_BACK else -n
        for reason in split_reasons(reasons):
            counts[judged][reason] += times
    return {judged: +reasons for judged, reasons in counts.items()}


def _count_first_pass(dataset: Dataset, period: Period) -> dict[int, FirstPass]:
    """Return the first verdicts on images, by whose work they are about."""
    earlier = AnnotationRevision.objects.filter(
        image=OuterRef("image"), number__lt=OuterRef("number"), status=ImageStatus.SENT_BACK
    ).exclude(status=F("status_before"))
    first = _standing_verdicts(dataset, period).exclude(Exists(earlier))
    rows = first.values_list("judged").annotate(
        judged_images=Count("image", distinct=True),
        accepted=Count("image", distinct=True, filter=Q(status=ImageStatus.ACCEPTED)),
    )
    return {judged: {"judged": n, "accepted": accepted} for judged, n, accepted in rows}


def _throughput(ids: set[int], moves: Iterable[_Move]) -> list[DayOfPerson]:
    since = (timezone.now() - timedelta(days=THROUGHPUT_DAYS)).date()
    counts: Counter[tuple[date, int]] = Counter()
    for move in moves:
        if move.is_handed_in and move.author in ids and move.day >= since:
            counts[move.day, move.author] += move.times
    return [
        {"day": day, "user_id": user_id, "finished": count}
        for (day, user_id), count in sorted(counts.items())
    ]


def _progress(dataset: Dataset, moves: Iterable[_Move]) -> list[DayOfDataset]:
    """Return how far the dataset was at the end of each day on which something happened."""
    came = dataset.images.order_by().annotate(day=_day_of("created_at")).values_list("day")
    images = Counter({date.fromisoformat(day): n for day, n in came.annotate(n=Count("pk"))})
    finished: Counter[date] = Counter()
    accepted: Counter[date] = Counter()
    for move in moves:
        for counts, statuses in ((finished, FINISHED), (accepted, (ImageStatus.ACCEPTED,))):
            counts[move.day] += move.times * ((move.after in statuses) - (move.before in statuses))
    progress: list[DayOfDataset] = []
    totals = [0, 0, 0]
    for day in sorted({*images, *finished}):
        totals = [
            total + counts[day]
            for total, counts in zip(totals, (images, finished, accepted), strict=True)
        ]
        progress.append(
            {"day": day, "images": totals[0], "finished": totals[1], "accepted": totals[2]}
        )
    return progress
