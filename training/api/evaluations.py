"""Evaluations: figures, curves, confusion matrix, single images."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.files import picture_response
from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.view import APIView
from annotator.models import Split
from annotator.models.jobs import JobState
from annotator.permissions import LEADS, REVIEWERS, datasets_of
from training.evaluation.scores.curves import Curves
from training.evaluation.scores.operating import IOU, ChosenPoint
from training.evaluations import evaluated_images as images
from training.evaluations.evaluations import (
    choose_checkpoint,
    choose_export,
    choose_version,
    delete_evaluation,
    start_evaluation,
)
from training.evaluations.image_places import read_frozen_picture, read_frozen_thumbnail
from training.evaluations.payloads import (
    EvaluationPayload,
    evaluation_payload,
    evaluations_for_payload,
)
from training.jobs.waiting import Waiting
from training.permissions import get_evaluation_for, get_run_for, get_version_for

from .base import OffsetQuerySerializer, list_of, offset_page_of, offset_response, page_of, paginate
from .schema import schema_of

DEFAULT_CONFIDENCE = 0.25
DEFAULT_IOU = 0.45


class EvaluationCreateSerializer(serializers.Serializer[Any]):
    """Without ``checkpoint``: the run's best.pt; without ``version``: the one it was trained on.

    ``export``: an export of one of the run's checkpoints, measured in that one's place.
    """

    split = serializers.ChoiceField(choices=Split.choices)
    checkpoint = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
    version = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
    export = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
    again = serializers.BooleanField(
        required=False, help_text="Whether to evaluate anew where there is a finished one."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "export" in attrs and "checkpoint" in attrs:
            raise serializers.ValidationError("Say a checkpoint or an export, not both.")
        return attrs


class ImageQuerySerializer(serializers.Serializer[Any]):
    confidence = serializers.FloatField(default=DEFAULT_CONFIDENCE, min_value=0.0, max_value=1.0)


class ImagesQuerySerializer(ImageQuerySerializer, OffsetQuerySerializer):
    filter = serializers.ChoiceField(
        choices=["all", "missed", "false", "wrong_class", "low_iou"], default="all"
    )
    ordering = serializers.ChoiceField(choices=["worst", "name"], default="worst")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["class"] = serializers.IntegerField(
            required=False, min_value=0, max_value=2**31 - 1, help_text="A class index."
        )
        return fields


class RunEvaluationListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="run_evaluations_list", responses=list_of(EvaluationPayload))
    def get(self, request: Request, run_id: int) -> Response:
        """List the evaluations of a run, the newest first."""
        run = get_run_for(current_user(request), run_id)
        rows, waiting = evaluations_for_payload().filter(run=run), Waiting.for_list()
        return Response([evaluation_payload(row, waiting) for row in rows])

    @extend_schema(
        operation_id="evaluations_create",
        request=EvaluationCreateSerializer,
        responses={202: schema_of(EvaluationPayload)},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Evaluate a checkpoint of the run on a split of a version of its dataset."""
        user = current_user(request)
        run = get_run_for(user, run_id, REVIEWERS)
        values = parse(EvaluationCreateSerializer, request.data)
        export = choose_export(run, values["export"]) if "export" in values else None
        checkpoint = (
            export.checkpoint if export else choose_checkpoint(run, values.get("checkpoint"))
        )
        evaluation = start_evaluation(
            checkpoint,
            values["split"],
            created_by_id=user.pk,
            version=choose_version(run, values.get("version")),
            export=export,
            again=values.get("again", False),
        )
        evaluation = get_evaluation_for(user, evaluation.pk)
        return Response(evaluation_payload(evaluation), status=status.HTTP_202_ACCEPTED)


class EvaluationFilterSerializer(serializers.Serializer[Any]):
    dataset = serializers.SlugField(required=False, help_text="The slug of a dataset.")
    run = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
    checkpoint = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
    export = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
    version = serializers.IntegerField(required=False, min_value=0, max_value=2**62)
    split = serializers.ChoiceField(choices=Split.choices, required=False)
    state = serializers.ChoiceField(choices=JobState.choices, required=False)


class EvaluationListView(APIView):
    @extend_schema(
        operation_id="evaluations_list",
        parameters=[EvaluationFilterSerializer, *CURSOR_PARAMETERS],
        responses=page_of(EvaluationPayload),
    )
    def get(self, request: Request) -> Response:
        """List the evaluations of your datasets, the newest first."""
        values = parse(EvaluationFilterSerializer, request.query_params)
        if "dataset" in values:
            values["run__dataset__slug"] = values.pop("dataset")
        mine = datasets_of(current_user(request))
        rows = evaluations_for_payload().filter(run__dataset__in=mine, **values)
        return paginate(self, request, rows, evaluation_payload)


class EvaluationView(APIView):
    @extend_schema(operation_id="evaluations_read", responses=schema_of(EvaluationPayload))
    def get(self, request: Request, evaluation_id: int) -> Response:
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        return Response(evaluation_payload(evaluation))

    @extend_schema(operation_id="evaluations_delete", responses={204: None})
    def delete(self, request: Request, evaluation_id: int) -> Response:
        """Delete an evaluation that is not running; the checkpoint stays."""
        delete_evaluation(get_evaluation_for(current_user(request), evaluation_id, LEADS))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CurvesView(APIView):
    @extend_schema(operation_id="evaluations_curves", responses=schema_of(Curves))
    def get(self, request: Request, evaluation_id: int) -> Response:
        """Precision, recall and F1 against confidence, and precision against recall."""
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        return Response(images.read_curves(evaluation))


class FiguresView(APIView):
    @extend_schema(operation_id="evaluations_figures", responses=schema_of(images.FiguresPayload))
    def get(self, request: Request, evaluation_id: int) -> Response:
        """Figures by size, class and IoU; COCO's; overlap, calibration, types of errors, speed.

        Null where an older evaluation did not measure them; ``notes`` say so.
        """
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        return Response(images.read_figures(evaluation))


class OperatingQuerySerializer(serializers.Serializer[Any]):
    confidence = serializers.FloatField(
        required=False,
        min_value=0.0,
        max_value=1.0,
        help_text="Predictions above it count; without it the evaluation's best confidence.",
    )
    iou = serializers.FloatField(
        default=IOU, min_value=0.0, max_value=1.0, help_text="Pairs above it match."
    )
    basis = serializers.ChoiceField(choices=["mask", "box"], default="mask")


class OperatingView(APIView):
    @extend_schema(
        operation_id="evaluations_operating",
        parameters=[OperatingQuerySerializer],
        responses=schema_of(ChosenPoint),
    )
    def get(self, request: Request, evaluation_id: int) -> Response:
        """Precision, recall and F1 at one confidence and IoU, with the counts that they are of.

        A prediction and a label match whatever their classes; a wrong class is a false prediction
        of the one and a miss of the other. Rates are null where ``reason`` says why.
        """
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        values = parse(OperatingQuerySerializer, request.query_params)
        values.setdefault("confidence", None)
        return Response(images.read_operating(evaluation, **values))


class EvaluatedImageListView(APIView):
    @extend_schema(
        operation_id="evaluated_images_list",
        parameters=[ImagesQuerySerializer],
        responses=offset_page_of(images.EvaluatedImagePayload),
    )
    def get(self, request: Request, evaluation_id: int) -> Response:
        """List the images with labels and predictions, the worst first."""
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        values = parse(ImagesQuerySerializer, request.query_params)
        offset, limit = values["cursor"], values["page_size"]
        page = images.list_images(
            evaluation,
            confidence=values["confidence"],
            only=values["filter"],
            class_index=values.get("class"),
            ordering=values["ordering"],
            offset=offset,
            limit=limit,
        )
        return offset_response(request, page, total=page["total"], offset=offset, limit=limit)


class EvaluatedImageView(APIView):
    @extend_schema(
        operation_id="evaluated_images_read",
        parameters=[
            OpenApiParameter("key", str, OpenApiParameter.PATH),
            ImageQuerySerializer,
        ],
        responses=schema_of(images.EvaluatedImagePayload),
    )
    def get(self, request: Request, evaluation_id: int, key: str) -> Response:
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        confidence = parse(ImageQuerySerializer, request.query_params)["confidence"]
        return Response(images.read_image(evaluation, key, confidence=confidence))


class VersionFileView(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request, version_id: int, sha256: str, extension: str) -> HttpResponse:
        version = get_version_for(current_user(request), version_id)
        content, found = read_frozen_picture(version, sha256)
        return picture_response(request, content, found)


class VersionThumbnailView(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request, version_id: int, sha256: str) -> HttpResponse:
        version = get_version_for(current_user(request), version_id)
        return picture_response(request, read_frozen_thumbnail(version, sha256), "webp")
