"""Ultralytics' segmentation trainer, with what its callbacks cannot do.

Checkpoints are written so that a kill or a full disk leaves the old or the new one whole; a full
disk is waited out; label caches are written in turn; a checkpoint of another kind of model is
refused with a sentence; Ultralytics' integrations (its platform, Comet …) stay out. Everything else
is Ultralytics' as it is.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ultralytics.models.yolo.segment import SegmentationTrainer
from ultralytics.nn.tasks import SegmentationModel

from training.engine.checkpoints.weights import check_segmentation, unreadable_checkpoint
from training.engine.host.disk import DiskPatience
from training.engine.measuring.label_cache import label_cache_turn
from training.engine.protocol import EngineError

_CHECKPOINTS_OF_ROOM = 3
_FIRST_CHECKPOINT_BYTES_PER_PARAMETER = 12  # averaged weights, and the state of the optimizer
_RESULTS_BYTES = 1 << 16


class SegmentationRun(SegmentationTrainer):  # type: ignore[misc]
    """Without "Trainer" in its name, Ultralytics adds no integrations to it."""

    last: Path
    best: Path
    patience_with_disk: DiskPatience | None = None

    def setup_model(self) -> Any:
        name = str(self.model)
        try:
            return super().setup_model()
        except EngineError:
            raise
        except Exception as error:
            if name.endswith(".pt"):
                raise unreadable_checkpoint(name) from error
            raise

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
        if weights is not None:
            check_segmentation(
                self.args.model, is_segmentation=isinstance(weights, SegmentationModel)
            )
        return super().get_model(cfg, weights, verbose)

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        with label_cache_turn(img_path):
            return super().build_dataset(img_path, mode, batch)

    def checkpoint_bytes(self) -> int:
        """How large the next checkpoint will be, about."""
        if self.last.exists():
            return self.last.stat().st_size
        count: int = sum(parameter.numel() for parameter in self.model.parameters())
        return count * _FIRST_CHECKPOINT_BYTES_PER_PARAMETER

    def save_model(self) -> bool:
        def save() -> bool:
            with self._written_beside():
                return bool(super(SegmentationRun, self).save_model())

        return bool(self._when_there_is_room(save))

    def save_metrics(self, metrics: dict[str, Any]) -> None:
        """One row of results.csv, whole or not at all."""
        size = self.csv.stat().st_size if self.csv.exists() else None

        def save() -> None:
            try:
                super(SegmentationRun, self).save_metrics(metrics)
            except OSError:
                if size is None:
                    self.csv.unlink(missing_ok=True)
                else:
                    with self.csv.open("rb+") as file:
                        file.truncate(size)
                raise

        if self.patience_with_disk is None:
            save()
        else:
            self.patience_with_disk.write(save, needed_bytes=_RESULTS_BYTES)

    def final_eval(self) -> None:
        """Ultralytics strips the optimizers out of both checkpoints in place: let it work on copies
        that replace them once they are whole."""

        def evaluate() -> None:
            with self._written_beside(is_copy=True):
                super(SegmentationRun, self).final_eval()

        self._when_there_is_room(evaluate)

    def _when_there_is_room(self, action: Any) -> Any:
        if self.patience_with_disk is None:
            return action()
        needed = _CHECKPOINTS_OF_ROOM * self.checkpoint_bytes()
        return self.patience_with_disk.write(action, needed_bytes=needed)

    @contextmanager
    def _written_beside(self, *, is_copy: bool = False) -> Iterator[None]:
        """``last`` and ``best`` name files beside the real ones, which they replace at the end."""
        paths = (self.last, self.best)
        beside = tuple(path.with_name(f"{path.stem}.writing{path.suffix}") for path in paths)
        try:
            if is_copy:
                for path, copy in zip(paths, beside, strict=True):
                    if path.exists():
                        shutil.copyfile(path, copy)
            self.last, self.best = beside
            yield
            for path, copy in zip(paths, beside, strict=True):
                if copy.exists():
                    copy.replace(path)
        finally:
            self.last, self.best = paths
            for copy in beside:
                copy.unlink(missing_ok=True)
