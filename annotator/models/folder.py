"""What other programs changed in the live folders, and what is done about it."""

from django.db import models

from .datasets import Dataset
from .images import Image
from .jobs import Job


class FolderPolicy(models.TextChoices):
    """What becomes of a change that another program made in the folder."""

    ASK = "ask"
    TAKE = "take"
    PUT_BACK = "put_back"


class LiveFolder(models.Model):
    """The live folder of a dataset: when it is looked at, and what a look does about changes.

    ``look_minutes``: time between two looks by themselves, 0 for none. ``look_after``: the next
    look that was asked for before that, as files were still being written. ``trouble``: why the
    last look did not lead to anything by itself, "" for nothing. ``is_watched``: the file system
    tells of changes; ``watch_note``: why it does not.
    """

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="live_folder")
    policy = models.CharField(max_length=8, choices=FolderPolicy.choices, default=FolderPolicy.ASK)
    look_minutes = models.PositiveIntegerField(default=60)
    looked_at = models.DateTimeField(null=True)
    look_after = models.DateTimeField(null=True)
    trouble = models.TextField(blank=True, default="")
    is_watched = models.BooleanField(default=False)
    watch_note = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"folder of {self.dataset}"


class FolderAction(models.TextChoices):
    LOOK = "look"
    TAKE = "take"
    PUT_BACK = "put_back"


class FolderJob(Job):
    """A look at a live folder, or what is done about the changes that a look found.

    ``options``: which changes, ``{"ids": [...]}`` or ``{"subject": ..., "kind": ...}``; {} for
    all. ``settled`` and ``left`` count changes: those that were taken in or put back, and those
    that could not be.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="folder_jobs")
    action = models.CharField(max_length=8, choices=FolderAction.choices)
    options = models.JSONField(default=dict, blank=True)
    settled = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.pk} of the folder of dataset {self.dataset_id}"


class ChangeSubject(models.TextChoices):
    IMAGE = "image"
    LABEL = "label"


class ChangeKind(models.TextChoices):
    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    REMOVED = "removed"
    STRANGE = "strange"


class ChangeState(models.TextChoices):
    """A change waits until it is taken in or put back, or until a look finds it gone.

    ::

        waiting ──take──▶ taken
           └──put back──▶ put_back
    """

    WAITING = "waiting"
    TAKEN = "taken"
    PUT_BACK = "put_back"


class FolderChange(models.Model):
    """One file of a live folder that is not as Segloop left it.

    ``path`` is below the dataset's folder; ``from_path``: where a moved file was, or the label
    that goes with an image. ``sha256`` is of the file as the look found it, "" where there is
    none, ``label_sha256`` of the label of a new image: what changed since is not taken in.
    ``revision``: of the image at that moment.
    ``before`` and ``after`` draw the annotation as ``Image.outline`` does; ``before_count`` and
    ``after_count`` are objects. ``problems``: rows of the label that are repaired or refused,
    ``[{"outcome", "line", "reason", "times"}]``. ``reason``: what a person should know; of a
    strange file why it is left alone. ``asks``: it is never settled by itself.
    ``look``: the last look that found it. ``kept``: where a file that was put back lies now.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="folder_changes")
    image = models.ForeignKey(
        Image, null=True, on_delete=models.CASCADE, related_name="folder_changes"
    )
    look = models.ForeignKey(
        FolderJob, null=True, on_delete=models.SET_NULL, related_name="changes"
    )
    subject = models.CharField(max_length=5, choices=ChangeSubject.choices)
    kind = models.CharField(max_length=7, choices=ChangeKind.choices)
    state = models.CharField(max_length=8, choices=ChangeState.choices, default=ChangeState.WAITING)
    path = models.TextField()
    from_path = models.TextField(blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    label_sha256 = models.CharField(max_length=64, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    before = models.JSONField(default=list)
    after = models.JSONField(default=list)
    before_count = models.PositiveIntegerField(default=0)
    after_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    reason = models.TextField(blank=True, default="")
    asks = models.BooleanField(default=False)
    kept = models.TextField(blank=True, default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["dataset", "state", "subject", "kind"], name="folder_change_state"
            ),
            models.Index(
                fields=["dataset", "path"],
                name="folder_change_waiting",
                condition=models.Q(state="waiting"),
            ),
            models.Index(fields=["settled_at"], name="folder_change_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.kind}: {self.path}"
