"""Evaluations side by side."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import current_user, parse
from annotator.api.web.view import APIView
from training.comparing.comparing import (
    ComparedImagePayload,
    ComparisonPayload,
    FlippedObjectPayload,
    compare_evaluations,
    find_evaluations,
    list_compared_images,
    list_flipped_objects,
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


class SharedConfidenceSerializer(serializers.Serializer[Any]):
    confidence = serializers.FloatField(
        required=False,
        min_value=0.0,
        max_value=1.0,
        help_text="One for all; without it the best of the first (masks).",
    )


class ComparisonQuerySerializer(SharedConfidenceSerializer):
    ids = IdsField(help_text=IDS_HELP)
    basis = serializers.ChoiceField(choices=["mask", "box"], default="mask")


class ComparedImagesQuerySerializer(SharedConfidenceSerializer, OffsetQuerySerializer):
    """``other``: the evaluation that the first is compared with; by default the second."""

    ids = IdsField(help_text=IDS_HELP)
    other = serializers.IntegerField(required=False)
    direction = serializers.ChoiceField(choices=["worse", "better", "same"], default="worse")

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
        """Compare figures, classes, speed and size of evaluations, all at one confidence.

        Each is set against the first by a paired bootstrap over the images: the interval of the
        difference says whether it is distinguishable from chance.
        """
        values = parse(ComparisonQuerySerializer, request.query_params)
        evaluations = find_evaluations(current_user(request), values["ids"])
        return Response(
            compare_evaluations(
                evaluations, confidence=values.get("confidence"), basis=values["basis"]
            )
        )


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


class FlippedObjectsQuerySerializer(SharedConfidenceSerializer, OffsetQuerySerializer):
    ids = IdsField(help_text="Two evaluations, separated by a comma.")
    flip = serializers.ChoiceField(
        choices=["lost", "found"],
        help_text="lost: found by the first and missed by the other; found: the other way round.",
    )
    basis = serializers.ChoiceField(choices=["mask", "box"], default="mask")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["class"] = serializers.IntegerField(
            required=False, min_value=0, max_value=2**31 - 1, help_text="A class index."
        )
        return fields

    def validate_ids(self, ids: list[int]) -> list[int]:
        if len(ids) != 2:
            raise serializers.ValidationError("Say two evaluations.")
        return ids


class FlippedObjectListView(APIView):
    @extend_schema(
        operation_id="evaluations_compare_objects",
        parameters=[FlippedObjectsQuerySerializer],
        responses=offset_page_of(FlippedObjectPayload),
    )
    def get(self, request: Request) -> Response:
        """List the labels that one of two evaluations finds and the other misses."""
        values = parse(FlippedObjectsQuerySerializer, request.query_params)
        offset, limit = values["cursor"], values["page_size"]
        page = list_flipped_objects(
            find_evaluations(current_user(request), values["ids"]),
            flip=values["flip"],
            class_index=values.get("class"),
            confidence=values.get("confidence"),
            basis=values["basis"],
            offset=offset,
            limit=limit,
        )
        return offset_response(request, page, total=page["total"], offset=offset, limit=limit)
