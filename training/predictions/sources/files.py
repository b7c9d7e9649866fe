"""Where the file of a predicted image lies: in the prediction, the live dataset, or a version."""

from functools import cached_property
from pathlib import Path

from annotator.images.places import find_image_file
from training import paths
from training.models import PredictedImage, Prediction, SourceKind, Version


class PredictedFiles:
    """The files of one prediction's images. Rows want ``select_related("source_image__dataset")``
    where there are many."""

    def __init__(self, prediction: Prediction) -> None:
        self.prediction = prediction

    def find(self, image: PredictedImage) -> Path | None:
        """Return where the pixels of a row lie; None where they are gone."""
        path = self._path(image)
        return path if path is not None and path.is_file() else None

    def _path(self, image: PredictedImage) -> Path | None:
        match self.prediction.source_kind:
            case SourceKind.DATASET:
                source = image.source_image
                is_gone = source is None or source.deleted_at is not None
                return None if source is None or is_gone else find_image_file(source)
            case SourceKind.VERSION:
                return self._split_dir / image.file_name if self._split_dir else None
        if not image.extension:
            return None
        image.prediction = self.prediction
        return paths.predicted_image_path(image)

    @cached_property
    def _split_dir(self) -> Path | None:
        source = self.prediction.source
        rows = Version.objects.select_related("dataset").filter(pk=source["version"])
        version = rows.filter(deleted_at__isnull=True).first()
        if version is None:
            return None
        return paths.version_dir(version) / "images" / str(source["split"])
