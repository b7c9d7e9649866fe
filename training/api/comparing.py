"""Evaluations side by side."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.base import current_user, parse
from annotator.api.view import APIView
from training.services.comparing import (
    ComparedImagePayload,
    ComparisonPayload,
    compare_evaluations,
    find_evaluations,
    list_compared_images,
)

from .base import OffsetQuerySerializer, offset_page_of, offset_response
from .schema import schema_of

MOST_COMPARED = 12
IDS_HELP = "Evaluations, separated by commas; the first is what the others are compared with."


class IdsField(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        words = str(data).split(",")
        if not all(word.isdecimal() and len(word) < 19 for word in words):
            raise serializers.ValidationError("Say the numbers of evaluations, such as 4,7.")
        ids = [int(word) for word in words]
        if len(set(ids)) < len(ids) or not 2 <= len(ids) <= MOST_COMPARED:
            raise serializers.ValidationError(
                f"Compare two to {MOST_COMPARED} different evaluations."
            )
        return ids


class ComparisonQuerySerializer(serializers.Serializer[Any]):
    ids = IdsField(help_text=IDS_HELP)


class ComparedImagesQuerySerializer(OffsetQuerySerializer):
    """``other``: the evaluation that the first is compared with; by default the second."""

    ids = IdsField(help_text=IDS_HELP)
    other = serializers.IntegerField(required=False)
    direction = serializers.ChoiceField(choices=["worse", "better"], default="worse")
    confidence = serializers.FloatField(
        required=False,
        min_value=0.0,
        max_value=1.0,
        help_text="For all; without it each is taken at its own best.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        values.setdefault("other", values["ids"][1])
        if values["other"] not in values["ids"][1:]:
            raise serializers.ValidationError({"other": "Say one of the ids after the first."})
        return values


class ComparisonView(APIView):
    @extend_schema(
        operation_id="evaluations_compare",
        parameters=[ComparisonQuerySerializer],
        responses=schema_of(ComparisonPayload),
    )
    def get(self, request: Request) -> Response:
        """Compare figures, classes, speed and size of evaluations."""
        ids = parse(ComparisonQuerySerializer, request.query_params)["ids"]
        return Response(compare_evaluations(find_evaluations(current_user(request), ids)))


class ComparedImageListView(APIView):
    @extend_schema(
        operation_id="evaluations_compare_images",
        parameters=[ComparedImagesQuerySerializer],
        responses=offset_page_of(
            ComparedImagePayload,
            better=serializers.IntegerField(),
            worse=serializers.IntegerField(),
            same=serializers.IntegerField(),
        ),
    )
    def get(self, request: Request) -> Response:
        """List the images that got worse or better from the first evaluation to another."""
        values = parse(ComparedImagesQuerySerializer, request.query_params)
        offset, limit = values["cursor"], values["page_size"]
        page = list_compared_images(
            find_evaluations(current_user(request), values["ids"]),
            other=values["ids"].index(values["other"]),
            direction=values["direction"],
            confidence=values.get("confidence"),
            offset=offset,
            limit=limit,
        )
        return offset_response(request, page, total=page["total"], offset=offset, limit=limit)
