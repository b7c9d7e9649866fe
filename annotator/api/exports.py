"""Exports: a dataset as a .zip, streamed."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from annotator.exports.exports import STATUSES, stream_export
from annotator.labels.formats import FORMATS
from annotator.permissions import REVIEWERS, get_dataset_for

from .web.base import current_user, parse
from .web.streaming import stream_response
from .web.view import APIView


class ExportParametersSerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=sorted(FORMATS), default="yolo")
    status = serializers.ChoiceField(choices=STATUSES, default="done")


class ExportView(APIView):
    @extend_schema(
        operation_id="datasets_export",
        parameters=[ExportParametersSerializer],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Images and labels as a YOLO dataset; label files as they are, byte for byte."""
        dataset = get_dataset_for(current_user(request), slug, REVIEWERS)
        values = parse(ExportParametersSerializer, request.query_params)
        pieces = stream_export(dataset, status=values["status"], format=values["format"])
        name = f"{dataset.slug}-{values['format']}.zip"
        return stream_response(request, pieces, name=name, media_type="application/zip")
