"""``manage.py export_model MODEL --format onnx --out FILE``: a checkpoint in another format, with
its certificate."""

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotator.management.base import WITH_LOSSES, JsonCommand
from annotator.models import Split
from annotator.models.jobs import JobState
from training.checkpoints.certifying import find_measuring, start_certificate
from training.checkpoints.exports import find_export_file, start_export
from training.checkpoints.usable import find_model
from training.evaluations.certificates import Certificate
from training.management.jobs import follow_job
from training.models import Checkpoint, Export, ExportFormat


class Command(JsonCommand):
    help = (
        "Export a checkpoint to another format and measure it beside the checkpoint. Exit status: "
        "0 for the same figures (green), 2 for others or none, 1 where it was not made."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("model", help="a run's id, checkpoint:ID, or a served name")
        parser.add_argument("--format", required=True, choices=ExportFormat.values)
        parser.add_argument("--imgsz", type=int, help="default: what it was trained at")
        parser.add_argument("--split", choices=Split.values, default=Split.VAL)
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="copy it there: file or folder"
        )

    def run(self, **options: Any) -> dict[str, object]:
        checkpoint = _checkpoint_of(options["model"])
        size = options["imgsz"]
        if size is not None and (size % 32 or not 32 <= size <= 4096):
            raise CommandError("--imgsz must be a multiple of 32, from 32 to 4096.")
        export = start_export(
            checkpoint, format=options["format"], image_size=size, created_by=None
        )
        follow_job(export, self.say)
        certificate = self._certify(export, options["split"])
        if certificate["grade"] != "green":
            self.exit_status = WITH_LOSSES
        self.say(certificate["sentence"])
        path = find_export_file(export)
        if options["out"] is not None:
            path = _copy(path, options["out"])
        return {
            "export": export.pk,
            "reference": f"export:{export.pk}",
            "format": export.format,
            "file": str(path),
            "size_bytes": export.size_bytes,
            "seconds": export.seconds,
            "grade": certificate["grade"],
            "certificate": certificate,
        }

    def _certify(self, export: Export, split: str) -> Certificate:
        """Wait for the certificate; one of another split than val is asked for after that."""
        self._wait(export)
        if split != Split.VAL:
            start_certificate(export, split=split, version=None, created_by_id=None)
            self._wait(export)
        certificate: Certificate | None = export.certificate
        if certificate is None:
            raise CommandError("The export was made, but its measuring was cancelled.")
        return certificate

    def _wait(self, export: Export) -> None:
        evaluation = find_measuring(export)
        if evaluation is not None:
            try:
                follow_job(evaluation, self.say)
            except CommandError:
                # One that failed says why in the certificate.
                evaluation.refresh_from_db()
                if evaluation.state != JobState.FAILED:
                    raise
        export.refresh_from_db()


def _checkpoint_of(reference: str) -> Checkpoint:
    row = find_model(reference).row
    if not isinstance(row, Checkpoint):
        raise CommandError(f"“{reference}” is no checkpoint: only a checkpoint can be exported.")
    return row


def _copy(path: Path, target: Path) -> Path:
    """Copy a file of the exports, whole or not at all; into ``target`` where that is a folder."""
    target = target / path.name if target.is_dir() else target
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(path, part)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
    return target
