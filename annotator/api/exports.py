"""Exports: a dataset as a .zip, at once or made by a worker, and what a format cannot hold."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.exports import jobs
from annotator.exports.downloads import make_key
from annotator.exports.exports import list_files
from annotator.exports.losses import Losses, find_losses, tell_left_out
from annotator.exports.material import gather_material
from annotator.exports.selection import Selection
from annotator.labels.formats import FORMATS
from annotator.models import Dataset, DatasetExport
from annotator.permissions import REVIEWERS, get_dataset_export_for, get_dataset_for

from .serializers.exports import (
    DatasetExportSerializer,
    ExportChoiceSerializer,
    ExportPreviewSerializer,
    FormatSerializer,
    PreviewParametersSerializer,
)
from .web.base import CURSOR_PARAMETERS, current_user, page_of, paginate, parse
from .web.downloads import resumable_response
from .web.filters import resolve_filters
from .web.ranges import file_response
from .web.view import APIView

PREVIEW_SECONDS = 0.8
"""How long one answer looks for what a format cannot hold; the next goes on behind it."""

_NO_FILTERS = ("format", "status", "split", "classes", "version", "cursor")


def read_selection(request: Request, dataset: Dataset, values: dict[str, Any]) -> Selection:
    """The choice in the values of an ``ExportChoiceSerializer``: every filter of the grid."""
    found = {
        name: value
        for name, value in values.items()
        if name not in _NO_FILTERS and value is not None
    }
    filters = resolve_filters(request, dataset, found)
    return Selection(
        status=values["status"],
        splits=tuple(values["split"]),
        class_ids=tuple(values["classes"]),
        filters=filters,
        version=values["version"],
    )


class FormatListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="label_formats_list", responses=FormatSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the formats that datasets are read from and written in."""
        rows = [
            {"name": each.name, "title": each.title, "leaves_out": list(each.leaves_out)}
            for each in FORMATS.values()
        ]
        return Response(FormatSerializer(rows, many=True).data)


class ExportView(APIView):
    @extend_schema(
        operation_id="datasets_export",
        parameters=[ExportChoiceSerializer],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Images and labels in a format, made while they are sent.

        With `Range: bytes=N-` a download that broke goes on, as long as what was sent is still what
        would be sent; `If-Range` with the first answer's `ETag` says which. Otherwise everything is
        sent anew.
        """
        user = current_user(request)
        dataset = get_dataset_for(user, slug, REVIEWERS)
        values = parse(ExportChoiceSerializer, request.query_params)
        selection = read_selection(request, dataset, values)
        format = values["format"]
        material = gather_material(dataset, selection)
        return resumable_response(
            request,
            lambda: list_files(format, material),
            key=make_key("export", user.pk, dataset.pk, format, selection.store()),
            name=_file_name(dataset, format, selection.version),
        )


def _file_name(dataset: Dataset, format: str, version: int | None) -> str:
    return f"{dataset.slug}{f'-v{version}' if version else ''}-{format}.zip"


class ExportPreviewView(APIView):
    @extend_schema(
        operation_id="datasets_export_preview",
        parameters=[PreviewParametersSerializer],
        responses=ExportPreviewSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """What would go out, and what the format cannot hold.

        One answer looks at as many objects as it can in a second; where `next` is not null, ask
        again with it as `cursor`. The counts of the whole are in the first answer.
        """
        dataset = get_dataset_for(current_user(request), slug, REVIEWERS)
        values = parse(PreviewParametersSerializer, request.query_params)
        material = gather_material(dataset, read_selection(request, dataset, values))
        kind = FORMATS[values["format"]]
        losses: Losses = find_losses(
            kind, material, cursor=values["cursor"], seconds=PREVIEW_SECONDS
        )
        counts = None if values["cursor"] else material.count()
        answer = {"counts": counts, "leaves_out": tell_left_out(kind, counts), "losses": losses}
        return Response(ExportPreviewSerializer(answer).data)


class DatasetExportListView(APIView):
    @extend_schema(
        operation_id="dataset_exports_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(DatasetExportSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the exports that were prepared, the newest first."""
        dataset = get_dataset_for(current_user(request), slug, REVIEWERS)
        rows = DatasetExport.objects.filter(dataset=dataset).select_related("dataset", "created_by")
        return paginate(self, request, rows, DatasetExportSerializer, ordering=("-id",))

    @extend_schema(
        operation_id="dataset_exports_create",
        request=ExportChoiceSerializer,
        responses={202: DatasetExportSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Let a worker prepare an export; the event `export.ready` says when it is there."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, REVIEWERS)
        values = parse(ExportChoiceSerializer, request.data)
        job = jobs.start_export(
            dataset,
            read_selection(request, dataset, values),
            format=values["format"],
            created_by=user,
        )
        return Response(DatasetExportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class DatasetExportView(APIView):
    @extend_schema(operation_id="dataset_exports_read", responses=DatasetExportSerializer)
    def get(self, request: Request, export_id: int) -> Response:
        job = get_dataset_export_for(current_user(request), export_id, REVIEWERS)
        return Response(DatasetExportSerializer(job).data)

    @extend_schema(operation_id="dataset_exports_delete", responses={204: None})
    def delete(self, request: Request, export_id: int) -> Response:
        """Stop an export that is being prepared, or remove one that is ready."""
        jobs.delete_export(get_dataset_export_for(current_user(request), export_id, REVIEWERS))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DatasetExportFileView(APIView):
    @extend_schema(
        operation_id="dataset_exports_file",
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, export_id: int) -> HttpResponse | StreamingHttpResponse:
        """Download an export that is ready; ranges are answered."""
        job = get_dataset_export_for(current_user(request), export_id, REVIEWERS)
        name = _file_name(job.dataset, job.format, Selection.load(job.selection).version)
        return file_response(
            request, jobs.find_file(job), download_name=name, media_type="application/zip"
        )
