"""What differs between two versions, or a version and now."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import current_user, parse
from annotator.api.web.streaming import stream_response
from annotator.api.web.view import APIView
from annotator.models import Dataset
from annotator.permissions import get_dataset_for
from training.models import Version
from training.versions import difference_payloads as payloads
from training.versions.differences import KINDS, Comparison, compare, go_on, reopen

from .base import OffsetQuerySerializer, offset_page_of, offset_response
from .schema import schema_of


class ComparedVersionsSerializer(serializers.Serializer[Any]):
    """Two versions by their numbers; without ``after``, the dataset as it is now."""

    before = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    after = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class KeptComparisonSerializer(ComparedVersionsSerializer):
    state = serializers.CharField(
        max_length=16, help_text="Of the comparison, as its figures say it."
    )
    kind = serializers.ChoiceField(
        choices=KINDS, required=False, default="", help_text="Only images that differ in this."
    )


class DifferentImagesQuerySerializer(KeptComparisonSerializer, OffsetQuerySerializer):
    pass


def _version(dataset: Dataset, number: int) -> Version:
    rows = dataset.versions.filter(deleted_at__isnull=True).select_related("dataset")
    version = rows.filter(number=number).first()
    if version is None:
        raise Http404
    return version


def _asked(request: Request, slug: str, values: dict[str, Any]) -> tuple[Version, Version | None]:
    dataset = get_dataset_for(current_user(request), slug)
    after = values.get("after")
    return _version(dataset, values["before"]), None if after is None else _version(dataset, after)


def _kept(request: Request, slug: str, values: dict[str, Any]) -> Comparison:
    return reopen(*_asked(request, slug, values), values["state"])


class VersionDifferencesView(APIView):
    @extend_schema(
        operation_id="version_differences_read",
        parameters=[ComparedVersionsSerializer],
        responses=schema_of(payloads.VersionDifferences),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Compare two versions, or a version with now: figures. Ask again while ``open``."""
        values = parse(ComparedVersionsSerializer, request.query_params)
        comparison = compare(*_asked(request, slug, values))
        go_on(comparison)
        return Response(payloads.describe_comparison(comparison))


class DifferentImageListView(APIView):
    @extend_schema(
        operation_id="version_differences_images",
        parameters=[DifferentImagesQuerySerializer],
        responses=offset_page_of(payloads.DifferentImage),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the images that differ, by their names."""
        values = parse(DifferentImagesQuerySerializer, request.query_params)
        offset, limit = values["cursor"], values["page_size"]
        page = payloads.list_images(
            _kept(request, slug, values), kind=values["kind"], offset=offset, limit=limit
        )
        return offset_response(request, page, total=page["total"], offset=offset, limit=limit)


class DifferentImageView(APIView):
    @extend_schema(
        operation_id="version_differences_image",
        parameters=[KeptComparisonSerializer],
        responses=schema_of(payloads.DifferentImageSides),
    )
    def get(self, request: Request, slug: str, position: int) -> Response:
        """Read one image of that list with all its objects, before and after."""
        values = parse(KeptComparisonSerializer, request.query_params)
        comparison = _kept(request, slug, values)
        return Response(payloads.read_image(comparison, position, kind=values["kind"]))


Writer = Callable[..., Iterator[bytes]]


class _Download(APIView):
    """The list as a file; see the subclasses."""

    write: Writer
    suffix: str
    media_type: str

    def answer(self, request: Request, slug: str) -> StreamingHttpResponse:
        values = parse(KeptComparisonSerializer, request.query_params)
        comparison = _kept(request, slug, values)
        after = "now" if comparison.after is None else str(comparison.after.number)
        name = f"{slug}-version-{comparison.before.number}-to-{after}.{self.suffix}"
        rows = type(self).write(comparison, kind=values["kind"])
        return stream_response(request, rows, name=name, media_type=self.media_type)


class DifferencesCsvView(_Download):
    write = staticmethod(payloads.write_csv)
    suffix, media_type = "csv", "text/csv"

    @extend_schema(
        operation_id="version_differences_csv",
        parameters=[KeptComparisonSerializer],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Download the images that differ as CSV."""
        return self.answer(request, slug)


class DifferencesJsonView(_Download):
    write = staticmethod(payloads.write_json)
    suffix, media_type = "json", "application/json"

    @extend_schema(
        operation_id="version_differences_json",
        parameters=[KeptComparisonSerializer],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Download the figures and the images that differ as JSON."""
        return self.answer(request, slug)
