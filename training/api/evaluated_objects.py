"""What lies behind the figures of an evaluation: columns for sliders, shapes for galleries."""

import gzip
from typing import Any

from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import current_user, parse
from annotator.api.web.view import APIView
from training.evaluation.files import columns
from training.evaluation.objects.label_errors import KINDS, SuspectCounts
from training.evaluations import evaluated_images as images
from training.evaluations.evaluated_images import ImageShapesPayload
from training.evaluations.evaluated_objects import (
    SuspectPayload,
    SuspectRule,
    list_suspects,
)
from training.permissions import get_evaluation_for

from .base import OffsetQuerySerializer, list_of, offset_page_of, offset_response
from .schema import schema_of

MOST_KEYS = 200


class ColumnsQuerySerializer(serializers.Serializer[Any]):
    iou = serializers.FloatField(default=0.5, min_value=0.0, max_value=1.0)
    basis = serializers.ChoiceField(choices=["box", "mask"], default="mask")


class ShapesQuerySerializer(serializers.Serializer[Any]):
    keys = serializers.CharField(max_length=20 * MOST_KEYS)

    def validate_keys(self, value: str) -> list[str]:
        keys = value.split(",")
        if len(keys) > MOST_KEYS:
            raise serializers.ValidationError(f"At most {MOST_KEYS} images at once.")
        return keys


class SuspectsQuerySerializer(OffsetQuerySerializer):
    kind = serializers.ChoiceField(choices=KINDS, required=False)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["class"] = serializers.IntegerField(
            required=False,
            min_value=0,
            max_value=2**31 - 1,
            help_text="A class index on either side.",
        )
        return fields


class ColumnsView(APIView):
    @extend_schema(
        operation_id="evaluations_columns",
        description=columns.__doc__,
        parameters=[ColumnsQuerySerializer],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, evaluation_id: int) -> HttpResponse:
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        values = parse(ColumnsQuerySerializer, request.query_params)
        tag = f'W/"{images.state_of(evaluation)}-{values["basis"]}-{values["iou"]:g}"'
        if unchanged := get_conditional_response(request._request, etag=tag):
            return unchanged
        content = images.read_columns(evaluation, **values)
        answer = HttpResponse(content_type="application/octet-stream")
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            content = gzip.compress(content, compresslevel=1)
            answer["Content-Encoding"] = "gzip"
        answer.content = content
        answer["ETag"] = tag
        answer["Cache-Control"] = "private, no-cache"
        patch_vary_headers(answer, ["Accept-Encoding"])
        return answer


class ShapesView(APIView):
    @extend_schema(
        operation_id="evaluations_shapes",
        parameters=[
            OpenApiParameter(
                "keys", str, required=True, description="Keys of images, separated by commas."
            )
        ],
        responses=list_of(ImageShapesPayload),
    )
    def get(self, request: Request, evaluation_id: int) -> HttpResponse:
        """Return labels and predictions of some images, in the order and numbering of the columns.

        Predictions from the confidence floor on.
        """
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        keys = parse(ShapesQuerySerializer, request.query_params)["keys"]
        return Response(images.list_shapes(evaluation, keys))


class SuspectListView(APIView):
    @extend_schema(
        operation_id="suspects_list",
        parameters=[SuspectsQuerySerializer],
        responses=offset_page_of(
            SuspectPayload,
            counts=schema_of(SuspectCounts)(),
            rules=schema_of(SuspectRule)(many=True),
            evaluations=serializers.IntegerField(),
            judged=serializers.IntegerField(),
        ),
    )
    def get(self, request: Request, evaluation_id: int) -> Response:
        """List labels that are likely wrong, the likeliest first, and the rules that found them.

        What somebody gave a verdict on, here or in another evaluation, is left out, also of the
        counts; `judged` says how many those are.
        """
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        values = parse(SuspectsQuerySerializer, request.query_params)
        offset, limit = values["cursor"], values["page_size"]
        page = list_suspects(
            evaluation,
            kind=values.get("kind"),
            class_index=values.get("class"),
            offset=offset,
            limit=limit,
        )
        return offset_response(request, page, total=page["total"], offset=offset, limit=limit)
