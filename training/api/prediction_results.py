"""What comes of a prediction: images, counts, files, and the way into a dataset."""

import gzip
from functools import partial
from typing import Any, TypedDict
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.serializers.exports import FORMAT_NAMES, ExportPreviewSerializer
from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.downloads import resumable_response
from annotator.api.web.streaming import stream_response
from annotator.api.web.view import APIView
from annotator.exports.downloads import Files, make_key
from annotator.exports.losses import find_losses, tell_left_out
from annotator.kernel.stored_zip import dos_stamp, stream_zip
from annotator.labels.formats import FORMATS
from annotator.models import Split
from annotator.permissions import LEADS, get_dataset_for, get_image_for
from training.checkpoints.usable import model_of
from training.models import Prediction
from training.permissions import get_prediction_for, get_prediction_to_carry_for
from training.predictions.results import columns as kept
from training.predictions.results import drawing, ghosts, outgoing, payloads, rows, tables, taking
from training.predictions.results.cut import Cut, parse_cut

from .base import list_of, page_of, paginate
from .schema import schema_of

MOST_POSITIONS = 100
MOST_TAKEN = 200_000
ANSWER_SECONDS = 3.0
"""How long one answer takes in rows that were not counted yet; the page asks again."""
PREVIEW_SECONDS = 0.8
ZIP = {(200, "application/zip"): OpenApiTypes.BINARY}


class CutSerializer(serializers.Serializer[Any]):
    """From which confidence on an object counts."""

    confidence = serializers.FloatField(required=False, min_value=0.0, max_value=1.0)
    confidences = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100_000,
        help_text="For single classes, by index: “0:0.5,2:0.25”.",
    )
    classes = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100_000,
        help_text="Indices of the classes that count: “0,2”; without it all.",
    )


class CountsCsvSerializer(CutSerializer):
    by = serializers.ChoiceField(choices=["image", "class"], default="image")


class SomeImagesSerializer(serializers.Serializer[Any]):
    positions = serializers.CharField(
        max_length=10 * MOST_POSITIONS, help_text="Separated by commas."
    )

    def validate_positions(self, value: str) -> list[int]:
        parts = value.split(",")
        if len(parts) > MOST_POSITIONS:
            raise serializers.ValidationError(f"At most {MOST_POSITIONS} images at once.")
        if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
            raise serializers.ValidationError("Positions are numbers, separated by commas.")
        return [int(part) for part in parts]


class CropsSerializer(CutSerializer):
    margin = serializers.FloatField(
        default=0.05,
        min_value=0.0,
        max_value=2.0,
        help_text="Around the box, as a share of its longer side.",
    )
    cut_out = serializers.BooleanField(
        default=False, help_text="PNG in which all outside the mask is transparent."
    )


class PredictionExportSerializer(CutSerializer):
    format = serializers.ChoiceField(choices=FORMAT_NAMES, default="yolo")


class PredictionExportPreviewSerializer(PredictionExportSerializer):
    cursor = serializers.CharField(default="", max_length=20, allow_blank=True)

    def validate_cursor(self, value: str) -> str:
        if value and not (value.isascii() and value.isdecimal()):
            raise serializers.ValidationError("This is no cursor of this list.")
        return value


class IntoDatasetSerializer(CutSerializer):
    """`positions`, or `all` that `show` and `class_index` leave."""

    dataset = serializers.SlugField()
    positions = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=2**31 - 1),
        required=False,
        allow_empty=False,
        max_length=MOST_TAKEN,
    )
    all = serializers.BooleanField(default=False)
    show = serializers.ChoiceField(choices=["all", "found", "nothing"], default="all")
    class_index = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=2**15
    )
    split = serializers.ChoiceField(
        choices=Split.choices,
        required=False,
        help_text="Without it one image in five goes to val.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["all"] == ("positions" in values):
            raise serializers.ValidationError("Name the positions, or choose all.")
        return values


class GhostsQuerySerializer(serializers.Serializer[Any]):
    prediction = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


class TakingPayload(TypedDict):
    """``import_id``: of the import that takes them in, to be watched and taken back."""

    import_id: int
    dataset: str
    image_count: int


def cut_of(prediction: Prediction, values: dict[str, Any]) -> Cut:
    return parse_cut(
        values, default=prediction.confidence, class_names=rows.class_names_of(prediction)
    )


# --- images and counts ------------------------------------------------------------------------


class PredictedImageListView(APIView):
    @extend_schema(
        operation_id="predicted_images_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(payloads.PredictedImagePayload),
    )
    def get(self, request: Request, prediction_id: int) -> Response:
        """List the images with all instances from 5 % confidence on."""
        prediction = get_prediction_for(current_user(request), prediction_id)
        show = partial(payloads.image_payload, model=model_of(prediction))
        images = rows.result_rows(prediction)
        return paginate(self, request, images, show, ordering=("position",))


class SomePredictedImagesView(APIView):
    @extend_schema(
        operation_id="predicted_images_some",
        parameters=[SomeImagesSerializer],
        responses=list_of(payloads.PredictedImagePayload),
    )
    def get(self, request: Request, prediction_id: int) -> Response:
        """Return some images, by their positions; those that are not there are left out."""
        prediction = get_prediction_for(current_user(request), prediction_id)
        positions = parse(SomeImagesSerializer, request.query_params)["positions"]
        images = rows.result_rows(prediction).filter(position__in=positions)
        model = model_of(prediction)
        return Response([payloads.image_payload(image, model) for image in images])


class ColumnsView(APIView):
    @extend_schema(
        operation_id="predictions_columns",
        description=kept.__doc__,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, prediction_id: int) -> HttpResponse:
        prediction = get_prediction_for(current_user(request), prediction_id)
        columns = kept.read_columns(prediction, seconds=ANSWER_SECONDS)
        content = kept.pack_columns(prediction, columns)
        answer = HttpResponse(content_type="application/octet-stream")
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            content = gzip.compress(content, compresslevel=1)
            answer["Content-Encoding"] = "gzip"
        answer.content = content
        answer["Cache-Control"] = "private, no-store"
        patch_vary_headers(answer, ["Accept-Encoding"])
        return answer


class CountsView(APIView):
    @extend_schema(
        operation_id="predictions_counts",
        responses=schema_of(payloads.PredictionCountsPayload),
    )
    def get(self, request: Request, prediction_id: int) -> Response:
        """Count objects by class and confidence, in steps of 0.01.

        Until `is_whole` there are images that are not counted yet: ask again.
        """
        prediction = get_prediction_for(current_user(request), prediction_id)
        columns = kept.read_columns(prediction, seconds=ANSWER_SECONDS)
        return Response(payloads.counts_payload(prediction, columns, model_of(prediction)))


class CountsCsvView(APIView):
    @extend_schema(
        operation_id="predictions_counts_csv",
        parameters=[CountsCsvSerializer],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, prediction_id: int) -> StreamingHttpResponse:
        """Download how many objects of each class are in each image or frame, or in all."""
        prediction = get_prediction_for(current_user(request), prediction_id)
        values = parse(CountsCsvSerializer, request.query_params)
        by_image = values["by"] == "image"
        write = tables.write_image_counts if by_image else tables.write_class_counts
        pieces = write(prediction, kept.read_columns(prediction), cut_of(prediction, values))
        name = drawing.name_of_archive(prediction, f"counts-by-{values['by']}") + ".csv"
        return stream_response(request, pieces, name=name, media_type="text/csv")


# --- files ------------------------------------------------------------------------------------


def _zip(request: Request, files: Files, name: str) -> StreamingHttpResponse:
    """An archive of what is drawn while it is sent."""
    pieces = stream_zip(files, stamp=dos_stamp(0))
    return stream_response(request, pieces, name=f"{name}.zip", media_type="application/zip")


class LabelsView(APIView):
    @extend_schema(operation_id="predictions_labels", parameters=[CutSerializer], responses=ZIP)
    def get(self, request: Request, prediction_id: int) -> StreamingHttpResponse:
        """Download YOLO label files, one an image."""
        user = current_user(request)
        prediction = get_prediction_for(user, prediction_id)
        cut = cut_of(prediction, parse(CutSerializer, request.query_params))
        return resumable_response(
            request,
            lambda: tables.label_files(prediction, cut),
            key=make_key("prediction-labels", user.pk, prediction.pk, cut.key()),
            name=f"{drawing.name_of_archive(prediction, 'labels')}.zip",
        )


class JsonView(APIView):
    @extend_schema(
        operation_id="predictions_result",
        parameters=[CutSerializer],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, prediction_id: int) -> StreamingHttpResponse:
        """Download everything as one JSON object, coordinates in pixels."""
        prediction = get_prediction_for(current_user(request), prediction_id)
        cut = cut_of(prediction, parse(CutSerializer, request.query_params))
        pieces = tables.write_json(prediction, cut, confidence=cut.default / 1000)
        name = f"prediction-{prediction.pk}.json"
        return stream_response(request, pieces, name=name, media_type="application/json")


class JsonLinesView(APIView):
    @extend_schema(
        operation_id="predictions_result_lines",
        parameters=[CutSerializer],
        responses={(200, "application/x-ndjson"): OpenApiTypes.STR},
    )
    def get(self, request: Request, prediction_id: int) -> StreamingHttpResponse:
        """Download everything as lines of JSON, one an image, coordinates in pixels."""
        prediction = get_prediction_for(current_user(request), prediction_id)
        cut = cut_of(prediction, parse(CutSerializer, request.query_params))
        pieces = tables.write_json_lines(prediction, cut)
        name = f"prediction-{prediction.pk}.jsonl"
        return stream_response(request, pieces, name=name, media_type="application/x-ndjson")


class OverlaysView(APIView):
    @extend_schema(operation_id="predictions_overlays", parameters=[CutSerializer], responses=ZIP)
    def get(self, request: Request, prediction_id: int) -> StreamingHttpResponse:
        """Download the images with their masks drawn on them, in the colours of their classes."""
        prediction = get_prediction_to_carry_for(current_user(request), prediction_id)
        cut = cut_of(prediction, parse(CutSerializer, request.query_params))
        name = drawing.name_of_archive(prediction, "overlays")
        return _zip(request, drawing.overlay_files(prediction, cut), name)


class CropsView(APIView):
    @extend_schema(operation_id="predictions_crops", parameters=[CropsSerializer], responses=ZIP)
    def get(self, request: Request, prediction_id: int) -> StreamingHttpResponse:
        """Download each object as an image, in a folder of its class."""
        prediction = get_prediction_to_carry_for(current_user(request), prediction_id)
        values = parse(CropsSerializer, request.query_params)
        style = drawing.CropStyle(values["margin"], values["cut_out"])
        files = drawing.crop_files(prediction, cut_of(prediction, values), style)
        return _zip(request, files, drawing.name_of_archive(prediction, "crops"))


class ExportView(APIView):
    @extend_schema(
        operation_id="predictions_export",
        parameters=[PredictionExportSerializer],
        responses=ZIP,
    )
    def get(self, request: Request, prediction_id: int) -> StreamingHttpResponse:
        """Download images and predictions as a dataset in a format; a broken download goes on, as
        that of a dataset does."""
        user = current_user(request)
        prediction = get_prediction_to_carry_for(user, prediction_id)
        values = parse(PredictionExportSerializer, request.query_params)
        cut = cut_of(prediction, values)
        kind = FORMATS[values["format"]]

        def list_files() -> Files:
            material = outgoing.material_of(prediction, cut)
            return kind.write(material.classes, material.images)

        return resumable_response(
            request,
            list_files,
            key=make_key("prediction", user.pk, prediction.pk, kind.name, cut.key()),
            name=f"{drawing.name_of_archive(prediction, kind.name)}.zip",
        )


class ExportPreviewView(APIView):
    @extend_schema(
        operation_id="predictions_export_preview",
        parameters=[PredictionExportPreviewSerializer],
        responses=ExportPreviewSerializer,
    )
    def get(self, request: Request, prediction_id: int) -> Response:
        """What would go out, and what the format cannot hold; where `next` is not null, ask again
        with it as `cursor`."""
        prediction = get_prediction_to_carry_for(current_user(request), prediction_id)
        values = parse(PredictionExportPreviewSerializer, request.query_params)
        material = outgoing.material_of(prediction, cut_of(prediction, values))
        kind = FORMATS[values["format"]]
        losses = find_losses(kind, material, cursor=values["cursor"], seconds=PREVIEW_SECONDS)
        counts = None if values["cursor"] else material.count()
        answer = {"counts": counts, "leaves_out": tell_left_out(kind, counts), "losses": losses}
        return Response(ExportPreviewSerializer(answer).data)


# --- into a dataset, and the editor -----------------------------------------------------------


class IntoDatasetView(APIView):
    @extend_schema(
        operation_id="predictions_into_dataset",
        request=IntoDatasetSerializer,
        responses={202: schema_of(TakingPayload)},
    )
    def post(self, request: Request, prediction_id: int) -> Response:
        """Make images of a dataset out of images of a prediction, without labels.

        What was predicted shows in the editor as ghosts. The answer names the import that does it.
        """
        user = current_user(request)
        prediction = get_prediction_to_carry_for(user, prediction_id)
        values = parse(IntoDatasetSerializer, request.data)
        dataset = get_dataset_for(user, values["dataset"], LEADS)
        positions = values.get("positions") or self._all(prediction, values)
        job = taking.take_into_dataset(
            prediction, dataset, positions, split=values.get("split", ""), created_by=user
        )
        answer: TakingPayload = {
            "import_id": job.pk,
            "dataset": dataset.slug,
            "image_count": len(set(positions)),
        }
        return Response(answer, status=status.HTTP_202_ACCEPTED)

    @staticmethod
    def _all(prediction: Prediction, values: dict[str, Any]) -> list[int]:
        return taking.matching_positions(
            kept.read_columns(prediction),
            cut_of(prediction, values),
            taking.Filter(values["show"], values.get("class_index")),
            class_count=len(rows.class_names_of(prediction)),
        )


class GhostsView(APIView):
    @extend_schema(
        operation_id="images_ghosts",
        parameters=[GhostsQuerySerializer],
        responses=schema_of(ghosts.GhostsPayload),
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """What predictions found in an image: which there are, and the objects of one of them."""
        user = current_user(request)
        image = get_image_for(user, image_id)
        wanted = parse(GhostsQuerySerializer, request.query_params).get("prediction")
        return Response(ghosts.ghosts_payload(user, image, wanted))
