"""Exporting: a gpu worker writes a checkpoint in another format, and verifies it.

The end of the job asks for the export's certificate, in one transaction: an export that was made
always has one, or an evaluation that will write it.
"""

import shutil
from pathlib import Path

from training import paths
from training.evaluations.evaluations import unchanged_checkpoint
from training.jobs.device_holds import AUTO
from training.jobs.engine_job import EngineJob
from training.jobs.engine_process import EngineEvent
from training.jobs.short_places import THIS_DEVICE, Need
from training.jobs.supervising import Outcome
from training.models import Export, ExportFormat
from training.runs.samples import choose_sample_images
from training.versions.folds import data_yaml_of

from .certifying import ask_for_certificate


class Exporting(EngineJob[Export]):
    model = Export
    command = "export"
    urgency = 1

    @property
    def folder(self) -> Path:
        return paths.export_dir(self.job)

    def place(self) -> tuple[str, Need]:
        # TensorRT needs the GPU that it will run on; everything else is made on the processor.
        return AUTO if self.job.format == ExportFormat.TENSORRT else "cpu", THIS_DEVICE

    def request(self, device: str) -> dict[str, object]:
        checkpoint = unchanged_checkpoint(self.job.checkpoint)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return {
            "checkpoint": checkpoint,
            "format": self.job.format,
            "imgsz": self.job.image_size,
            "device": device,
            "out_dir": str(self.folder),
            "verify_images": choose_sample_images(self.job.checkpoint.run),
            "data_yaml": str(data_yaml_of(self.job.checkpoint.run)),
        }

    def log(self) -> Path:
        return self.folder / paths.LOG_NAME

    def attempt(self) -> Outcome:
        """A format that is a folder is packed, so that it can be downloaded as one file."""
        outcome = super().attempt()
        if outcome.state == "finished" and (path := Path(outcome.event["path"])).is_dir():
            outcome.event["path"] = shutil.make_archive(str(path), "zip", path.parent, path.name)
        return outcome

    def finish(self, event: EngineEvent) -> dict[str, object]:
        path = Path(event["path"])
        export = self.job
        export.file_name, export.size_bytes = path.name, path.stat().st_size
        certificate = ask_for_certificate(export, created_by_id=export.created_by_id)
        return {
            "certificate": certificate,
            "file_name": export.file_name,
            "size_bytes": export.size_bytes,
            "seconds": event["seconds"],
            "verification": event["verified"],
        }
