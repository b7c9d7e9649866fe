"""Runs, their epochs and their checkpoints."""

from django.conf import settings
from django.db import models

from annotator.models import Dataset
from annotator.models.jobs import Job

from .versions import Version


class StopMode(models.TextChoices):
    """How a run that is being cancelled shall stop."""

    KEEP = "keep"  # at this batch, with the checkpoints validated: it ends as finished
    NOW = "now"  # at this batch, and no more: it ends as cancelled


class RunOrigin(models.TextChoices):
    """Where a run was trained."""

    HERE = "here"
    ELSEWHERE = "elsewhere"  # its folder was brought back
    UPLOADED = "uploaded"  # nothing but a checkpoint is known of it


class RunPriority(models.IntegerChoices):
    """Which of the runs that wait is trained first."""

    HIGH = 1
    NORMAL = 2
    LOW = 3


class RunGroup(models.Model):
    """Runs that were started in one go: several models or seeds, or the folds of a version."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="run_groups")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Run(Job):
    """One training of a model on a version.

    The starting point is ``base_model`` (``yolov8n-seg.pt`` pretrained, ``yolov8n-seg.yaml`` from
    scratch) or, when set, ``source_checkpoint`` (then ``base_model`` names the architecture that
    the checkpoint began with). ``parameters``: epochs, image_size, batch, device, seed,
    learning_rate (None: the trainer's choice), patience. ``epoch`` counts finished epochs.
    ``best_*`` describe the best epoch so far: sets of precision, recall, map50, map50_95.
    ``sparkline`` holds map50_95 of the masks, one number an epoch.

    ``batch`` and ``loader_workers``: what it trains with by now, smaller than asked for where the
    memory did not hold it; null until it is known. ``is_paused``: the engine waits (for space on
    the disk); ``progress_message`` says so. ``eta_seconds``: until its last epoch ends, as its
    engine told last. ``data_counts``: what the trainer read of each split (the engine's event
    ``data``). ``resumed_by``: who asked for the next attempt by hand.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(Version, on_delete=models.RESTRICT, related_name="runs")
    name = models.CharField(max_length=120)
    origin = models.CharField(
        max_length=9, choices=RunOrigin.choices, default=RunOrigin.HERE, db_default=RunOrigin.HERE
    )
    base_model = models.CharField(max_length=40)
    source_checkpoint = models.ForeignKey(
        "training.Checkpoint", null=True, on_delete=models.RESTRICT, related_name="derived_runs"
    )
    parameters = models.JSONField()
    epoch = models.PositiveIntegerField(default=0)
    device_name = models.CharField(max_length=120, blank=True, default="")
    best_epoch = models.PositiveIntegerField(null=True)
    best_box = models.JSONField(null=True)
    best_mask = models.JSONField(null=True)
    sparkline = models.JSONField(default=list)
    allow_smaller_batch = models.BooleanField(default=True)
    batch = models.PositiveIntegerField(null=True)
    loader_workers = models.PositiveIntegerField(null=True)
    priority = models.PositiveSmallIntegerField(
        choices=RunPriority.choices, default=RunPriority.NORMAL
    )
    group = models.ForeignKey(RunGroup, null=True, on_delete=models.SET_NULL, related_name="runs")
    stop_mode = models.CharField(max_length=4, choices=StopMode.choices, blank=True, default="")
    stopped_early = models.BooleanField(default=False)
    is_paused = models.BooleanField(default=False)
    eta_seconds = models.FloatField(null=True)
    data_counts = models.JSONField(null=True)
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["dataset", "-id"], name="run_dataset_newest"),
            models.Index(fields=["state", "lease_until"], name="run_state_lease"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class Epoch(models.Model):
    """What one epoch came to; one row an epoch, also when a run was taken up again.

    ``train_losses`` and ``val_losses``: box, seg, cls, dfl. ``box`` and ``mask``: precision,
    recall, map50, map50_95 on the val split.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="epoch_rows")
    number = models.PositiveIntegerField()
    train_losses = models.JSONField()
    val_losses = models.JSONField()
    box = models.JSONField()
    mask = models.JSONField()
    learning_rate = models.FloatField()
    seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="epoch_number_unique"),
        ]

    def __str__(self) -> str:
        return f"epoch {self.number} of run {self.run_id}"


class CheckpointKind(models.TextChoices):
    BEST = "best"
    LAST = "last"


class Checkpoint(models.Model):
    """The weights that a run left: best.pt or last.pt. ``sha256`` is of the file.

    ``tags``: words of the team's own; "production" is on one checkpoint of a dataset at most.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checkpoints")
    kind = models.CharField(max_length=4, choices=CheckpointKind.choices)
    epoch = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    box = models.JSONField(null=True)
    mask = models.JSONField(null=True)
    tags = models.JSONField(default=list)
    notes = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "kind"], name="checkpoint_kind_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}.pt of run {self.run_id}"
