"""From a box to an outline."""

import math
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.images.outlines import find_outline
from annotator.permissions import get_image_for

from .serializers.annotations import PolygonsField
from .serializers.base import ProblemSerializer
from .web.base import current_user, parse
from .web.view import APIView

MAX_STROKE_NUMBERS = 20_000


class PixelField(serializers.FloatField):
    """A finite number."""

    def to_internal_value(self, data: Any) -> float:
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class StrokesField(serializers.ListField):
    """Strokes: flat lists of x, y in image pixels."""

    child = serializers.ListField(child=PixelField(), min_length=2, max_length=MAX_STROKE_NUMBERS)

    def to_internal_value(self, data: Any) -> list[list[float]]:
        strokes: list[list[float]] = super().to_internal_value(data)
        if any(len(stroke) % 2 for stroke in strokes):
            raise serializers.ValidationError("A stroke has an x and a y for each point.")
        if sum(map(len, strokes)) > MAX_STROKE_NUMBERS:
            raise serializers.ValidationError(
                f"All strokes together have {MAX_STROKE_NUMBERS // 2:,} points at most."
            )
        return strokes


class OutlineRequestSerializer(serializers.Serializer[Any]):
    box = serializers.ListField(
        child=PixelField(), min_length=4, max_length=4, help_text="x1, y1, x2, y2 in image pixels."
    )
    inside = StrokesField(default=list, max_length=500, help_text="Object for sure.")
    outside = StrokesField(default=list, max_length=500, help_text="Background for sure.")
    radius = serializers.FloatField(
        default=3.0, min_value=0.5, max_value=5000, help_text="Of the strokes, in image pixels."
    )
    order = serializers.ListField(
        child=serializers.ChoiceField(choices=["inside", "outside"]),
        default=list,
        max_length=1000,
        help_text="Which list each stroke comes from, oldest first: the newest stroke over a pixel "
        "wins. Without it, the strokes outside are the newer ones.",
    )
    shown = PolygonsField(
        default=list,
        help_text="The outline over which the newest stroke was drawn: it changes near the strokes "
        "only. Without it, the outline of the box alone is changed.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        order: list[str] = attrs["order"]
        if order and any(order.count(side) != len(attrs[side]) for side in ("inside", "outside")):
            raise serializers.ValidationError({"order": "Name the list of every stroke once."})
        return attrs


class OutlineResultSerializer(serializers.Serializer[Any]):
    polygons = PolygonsField()


class OutlineView(APIView):
    @extend_schema(
        operation_id="outline_find",
        request=OutlineRequestSerializer,
        responses={
            200: OutlineResultSerializer,
            409: ProblemSerializer,
            422: ProblemSerializer,
            503: ProblemSerializer,
        },
    )
    def post(self, request: Request, image_id: UUID) -> Response:
        """Find the outline of the object in a box (GrabCut). Nothing is stored."""
        image = get_image_for(current_user(request), image_id)
        values = parse(OutlineRequestSerializer, request.data)
        box = values.pop("box")
        polygons = find_outline(image, box, values)  # type: ignore[arg-type]
        return Response({"polygons": polygons})
