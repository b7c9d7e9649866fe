"""The window of a dataset's images of more than 8 bits a value."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.images.windows import (
    read_image_values,
    read_window,
    render_preview,
    set_automatic_window,
    set_window,
)
from annotator.labels.pixels.deep_images import MOST, Window
from annotator.permissions import LEADS, get_dataset_for, get_image_for

from .files import picture_response
from .web.base import current_user, parse
from .web.view import APIView


class WindowSerializer(serializers.Serializer[Any]):
    low = serializers.IntegerField(allow_null=True, help_text="This value and lower ones: black.")
    high = serializers.IntegerField(allow_null=True, help_text="This value and higher ones: white.")
    is_automatic = serializers.BooleanField()
    lowest = serializers.IntegerField(help_text="Of the values of all these images.")
    highest = serializers.IntegerField()
    images = serializers.IntegerField(help_text="Images of more than 8 bits a value.")
    waiting = serializers.IntegerField(help_text="Of these, still to be rendered.")


class WindowUpdateSerializer(serializers.Serializer[Any]):
    """Either both ends, or ``is_automatic``."""

    low = serializers.IntegerField(min_value=0, max_value=MOST - 1, required=False)
    high = serializers.IntegerField(min_value=1, max_value=MOST, required=False)
    is_automatic = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["is_automatic"]:
            if "low" in attrs or "high" in attrs:
                raise serializers.ValidationError("An automatic window takes no low and no high.")
        elif "low" not in attrs or "high" not in attrs:
            raise serializers.ValidationError("Give both low and high, or is_automatic.")
        elif attrs["low"] >= attrs["high"]:
            raise serializers.ValidationError({"high": ["The high end is above the low end."]})
        return attrs


class ImageValuesSerializer(serializers.Serializer[Any]):
    lowest = serializers.IntegerField()
    highest = serializers.IntegerField()
    low = serializers.IntegerField(help_text="Half a percent of the values are lower.")
    high = serializers.IntegerField(help_text="Half a percent of the values are higher.")
    preview_url = serializers.CharField(help_text="With {low} and {high} to fill in.")


class DatasetWindowView(APIView):
    @extend_schema(operation_id="window_read", responses=WindowSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The window through which images of more than 8 bits a value are shown and trained."""
        dataset = get_dataset_for(current_user(request), slug)
        return Response(WindowSerializer(read_window(dataset)).data)

    @extend_schema(
        operation_id="window_update", request=WindowUpdateSerializer, responses=WindowSerializer
    )
    def put(self, request: Request, slug: str) -> Response:
        """Set the window; the images are rendered again by a worker."""
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        values = parse(WindowUpdateSerializer, request.data)
        if values["is_automatic"]:
            return Response(WindowSerializer(set_automatic_window(dataset)).data)
        state = set_window(dataset, Window(values["low"], values["high"]))
        return Response(WindowSerializer(state).data)


class ImageValuesView(APIView):
    @extend_schema(
        operation_id="image_values_read", responses={200: ImageValuesSerializer, 204: None}
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """What values an image of more than 8 bits has; 204 for an image of 8 bits."""
        image = get_image_for(current_user(request), image_id)
        values = read_image_values(image)
        if values is None:
            return Response(status=204)
        address = f"/api/files/windows/{image.pk}/{image.upload_sha256}/{{low}}-{{high}}.jpg"
        return Response(ImageValuesSerializer({**values, "preview_url": address}).data)


class WindowPreviewView(APIView):
    @extend_schema(exclude=True)
    def get(
        self, request: Request, image_id: UUID, sha256: str, low: str, high: str
    ) -> HttpResponse:
        image = get_image_for(current_user(request), image_id)
        if image.upload_sha256 != sha256 or not 0 <= int(low) < int(high) <= MOST:
            raise Http404
        content = render_preview(image, Window(int(low), int(high)))
        return picture_response(request, content, "jpg")
