"""Jobs of the engine that leave a file or figures: exports of a checkpoint, checks before a run."""

from django.db import models

from annotator.models import Dataset
from annotator.models.jobs import Job

from .runs import Checkpoint
from .versions import Version


class ExportFormat(models.TextChoices):
    """Of training/engine/checkpoints/export_formats.py."""

    ONNX = "onnx", "ONNX"
    ONNX_FP16 = "onnx_fp16", "ONNX fp16"
    ONNX_INT8 = "onnx_int8", "ONNX int8"
    OPENVINO = "openvino", "OpenVINO"
    OPENVINO_INT8 = "openvino_int8", "OpenVINO int8"
    TORCHSCRIPT = "torchscript", "TorchScript"
    TENSORRT = "engine", "TensorRT"
    COREML = "coreml", "Core ML"
    TFLITE = "tflite", "TFLite"
    NCNN = "ncnn", "NCNN"


class Export(Job):
    """A checkpoint in another format, verified by predicting the same images with both.

    ``verification``: image_count, matched, mean_mask_iou, worst_mask_iou,
    max_confidence_difference, missing, extra; null where the worker cannot run the format.
    ``certificate``: how its figures on a split compare with the checkpoint's
    (training/evaluations/certificates.py); null until it was evaluated.
    ``file_sha256``: of what is loaded, the file or the folder; "" until a warm engine was first
    asked to.
    """

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(max_length=16, choices=ExportFormat.choices)
    image_size = models.PositiveIntegerField()
    file_name = models.CharField(max_length=255, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    verification = models.JSONField(null=True)
    certificate = models.JSONField(null=True)
    file_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"export {self.pk}"


class RunCheck(Job):
    """A few steps of a run that is not started yet: whether it fits, and how long it would take.

    ``request``: what the engine is asked (but for paths). ``steps``: name, ok, detail of each
    check. ``result``: what the engine measured.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="run_checks")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    source_checkpoint = models.ForeignKey(Checkpoint, null=True, on_delete=models.CASCADE)
    base_model = models.CharField(max_length=40)
    parameters = models.JSONField()
    steps = models.JSONField(default=list)
    result = models.JSONField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"run check {self.pk}"
