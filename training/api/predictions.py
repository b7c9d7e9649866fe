"""Predictions: upload images, choose a checkpoint, get masks."""

from functools import partial
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.files import picture_response
from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.view import APIView
from annotator.permissions import datasets_of
from training.jobs.waiting import Waiting
from training.models import PredictedImage
from training.permissions import (
    get_checkpoint_for,
    get_own_prediction_for,
    get_prediction_for,
)
from training.predictions import predictions as service
from training.predictions.payloads import (
    PredictionPayload,
    prediction_payload,
    predictions_for_payload,
)

from .base import page_of, paginate
from .runs import DEVICE_ERROR, DEVICE_PATTERN
from .schema import schema_of

MAX_FILES = 1000


class PredictionCreateSerializer(serializers.Serializer[Any]):
    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True),
        max_length=MAX_FILES,
        allow_empty=False,
        error_messages={
            "max_length": f"A prediction takes at most {MAX_FILES} images at a time.",
            "empty": "Choose at least one image.",
        },
    )
    checkpoint = serializers.IntegerField()
    confidence = serializers.FloatField(
        default=0.25, min_value=service.CONFIDENCE_FLOOR, max_value=1.0
    )
    device = serializers.RegexField(
        DEVICE_PATTERN,
        required=False,
        allow_blank=True,
        default="",
        error_messages=DEVICE_ERROR,
    )


class PredictionListView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="predictions_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(PredictionPayload),
    )
    def get(self, request: Request) -> Response:
        """List the predictions of your datasets' checkpoints, the newest first."""
        datasets = datasets_of(current_user(request))
        rows = predictions_for_payload().filter(
            Q(dataset__in=datasets) | Q(dataset__isnull=True, created_by=current_user(request))
        )
        return paginate(
            self, request, rows, partial(prediction_payload, waiting=Waiting.for_list())
        )

    @extend_schema(
        operation_id="predictions_create",
        request={"multipart/form-data": PredictionCreateSerializer},
        responses={202: schema_of(PredictionPayload)},
    )
    def post(self, request: Request) -> Response:
        """Predict on uploaded images. All that is at least 5 % confident is kept."""
        user = current_user(request)
        values = parse(PredictionCreateSerializer, request.data)
        prediction = service.start_prediction(
            get_checkpoint_for(user, values["checkpoint"]),
            (service.Upload(item.name, item) for item in values["files"]),
            confidence=values["confidence"],
            device=values["device"],
            created_by=user,
        )
        prediction = get_prediction_for(user, prediction.pk)
        return Response(prediction_payload(prediction), status=status.HTTP_202_ACCEPTED)


class PredictionView(APIView):
    @extend_schema(operation_id="predictions_read", responses=schema_of(PredictionPayload))
    def get(self, request: Request, prediction_id: int) -> Response:
        prediction = get_prediction_for(current_user(request), prediction_id)
        return Response(prediction_payload(prediction))

    @extend_schema(operation_id="predictions_delete", responses={204: None})
    def delete(self, request: Request, prediction_id: int) -> Response:
        """Delete a prediction of your own (a team lead: any of the dataset)."""
        service.delete_prediction(get_own_prediction_for(current_user(request), prediction_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PredictionCancelView(APIView):
    @extend_schema(
        operation_id="predictions_cancel",
        request=None,
        responses={202: schema_of(PredictionPayload)},
    )
    def post(self, request: Request, prediction_id: int) -> Response:
        prediction = get_own_prediction_for(current_user(request), prediction_id)
        service.cancel_prediction(prediction)
        return Response(prediction_payload(prediction), status=status.HTTP_202_ACCEPTED)


class PredictedFileView(APIView):
    @extend_schema(exclude=True)
    def get(
        self, request: Request, prediction_id: int, position: int, sha256: str, extension: str
    ) -> HttpResponse:
        image = _image_of(request, prediction_id, position, sha256)
        return picture_response(request, service.read_picture(image), image.extension)


class PredictedThumbnailView(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request, prediction_id: int, position: int, sha256: str) -> HttpResponse:
        image = _image_of(request, prediction_id, position, sha256)
        return picture_response(request, service.read_thumbnail(image), "webp")


def _image_of(request: Request, prediction_id: int, position: int, sha256: str) -> PredictedImage:
    prediction = get_prediction_for(current_user(request), prediction_id)
    image = prediction.images.filter(position=position, sha256=sha256).first()
    if image is None:
        raise Http404
    return image
