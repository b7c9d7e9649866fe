"""Searches: many short runs with other arguments each, to find those that suit a dataset."""

from django.conf import settings
from django.db import models

from .runs import Run, RunGroup
from .versions import Version


class SearchState(models.TextChoices):
    """``running`` → one of the others, for good."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"  # by a person
    FAILED = "failed"  # no further trial could be started, or too many failed in a row


class Pruner(models.TextChoices):
    """How trials that fall behind are stopped early, as Optuna calls them."""

    NONE = "none"
    MEDIAN = "median"
    HYPERBAND = "hyperband"


class Search(models.Model):
    """A search over the runs of ``group``, all on ``version``.

    ``request`` is what each trial's run is asked for beside the arguments that are searched.
    ``space``: ``[{"name": "lr0", "low": 0.0001, "high": 0.01, "log": true, "kind": "float"}]``.
    Optuna's study is rebuilt from the trials whenever it is needed: no process holds it.
    ``importance``: each argument's share in the differences of the results, {} until it is known.
    """

    group = models.OneToOneField(RunGroup, on_delete=models.CASCADE, related_name="search")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="searches")
    request = models.JSONField()
    space = models.JSONField()
    trial_count = models.PositiveIntegerField()
    parallel = models.PositiveIntegerField(default=1)
    pruner = models.CharField(max_length=9, choices=Pruner.choices, default=Pruner.MEDIAN)
    seed = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=SearchState.choices, default=SearchState.RUNNING)
    error = models.TextField(blank=True, default="")
    importance = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"search {self.pk}"


class Trial(models.Model):
    """One try of a search: ``parameters`` are the searched arguments that its run was given.

    What came of it, its run says; ``run`` is null once somebody deleted that. ``pruned_at``: the
    epoch after which it was found hopeless.
    """

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="trials")
    number = models.PositiveIntegerField()
    parameters = models.JSONField()
    run = models.OneToOneField(Run, null=True, on_delete=models.SET_NULL, related_name="trial")
    pruned_at = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["search", "number"], name="trial_number_unique"),
        ]

    def __str__(self) -> str:
        return f"trial {self.number} of search {self.search_id}"
