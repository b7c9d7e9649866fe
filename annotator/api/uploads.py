"""Uploading images, one a request."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.imports.uploads import MAX_IMAGE_BYTES, upload_image
from annotator.models import Split
from annotator.permissions import LEADS, get_dataset_for

from .images import ImageListView
from .serializers.images import ImageListItemSerializer
from .web.base import current_user, parse


class ImageUploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    split = serializers.ChoiceField(choices=Split.choices, required=False)

    def validate_file(self, file: Any) -> Any:
        if file.size > MAX_IMAGE_BYTES:
            raise serializers.ValidationError(
                f"An image may have {MAX_IMAGE_BYTES / 1024**2:.0f} MB at most."
            )
        return file


class ImageUploadView(ImageListView):
    """The list of images, to which images can be added."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="images_upload",
        request={"multipart/form-data": ImageUploadSerializer},
        responses={201: ImageListItemSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Add one image, not labelled yet."""
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        values = parse(ImageUploadSerializer, request.data)
        upload = values["file"]
        image = upload_image(
            dataset, file_name=upload.name, data=upload.read(), split=values.get("split", "")
        )
        return Response(ImageListItemSerializer(image).data, status=status.HTTP_201_CREATED)
