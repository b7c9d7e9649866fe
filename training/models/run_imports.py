"""Run imports: runs and checkpoints that were trained elsewhere and come back as a file."""

from django.db import models

from annotator.models import Dataset
from annotator.models.jobs import Job

from .runs import Run
from .versions import Version


class RunImport(Job):
    """An uploaded run folder (.zip) or checkpoint (.pt), to become a run on ``version``.

    ``run``: what it became, once finished. The upload is deleted when the job has ended.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="run_imports")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    source_name = models.CharField(max_length=255)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"run import {self.pk}"
