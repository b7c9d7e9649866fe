"""Imports: starting, watching, cancelling, reading the report."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.imports import imports as service
from annotator.imports.sample import DEFAULT_IMAGES, create_sample_dataset
from annotator.kernel.plain_text import csv_line
from annotator.models import Import, ImportOutcome, ImportRow
from annotator.permissions import LEADS, get_dataset_for, get_import_for

from .serializers.imports import ImportRowSerializer, ImportSerializer
from .web.base import CURSOR_PARAMETERS, current_user, page_of, paginate, parse
from .web.streaming import stream_response
from .web.view import APIView


class ImportUploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="A .zip with images, labels and a data.yaml.")


class SampleDatasetSerializer(serializers.Serializer[Any]):
    images = serializers.IntegerField(min_value=1, max_value=10_000, default=DEFAULT_IMAGES)


class ReportFilterSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=ImportOutcome.choices, required=False)


class ImportListView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="imports_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(ImportSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        dataset = get_dataset_for(current_user(request), slug)
        rows = Import.objects.filter(dataset=dataset).select_related("dataset", "created_by")
        return paginate(self, request, rows, ImportSerializer, ordering=("-id",))

    @extend_schema(
        operation_id="imports_create",
        request={"multipart/form-data": ImportUploadSerializer},
        responses={202: ImportSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take an uploaded .zip into the dataset."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        upload = parse(ImportUploadSerializer, request.data)["file"]
        job = service.start_archive_import(dataset, upload, created_by=user)
        return Response(ImportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class SampleDatasetView(APIView):
    @extend_schema(
        operation_id="datasets_create_sample",
        request=SampleDatasetSerializer,
        responses={202: ImportSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a new dataset of pictures drawn by code; you become its team lead."""
        images = parse(SampleDatasetSerializer, request.data)["images"]
        job = create_sample_dataset(current_user(request), images=images)
        return Response(ImportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class ImportView(APIView):
    @extend_schema(operation_id="imports_read", responses=ImportSerializer)
    def get(self, request: Request, import_id: int) -> Response:
        return Response(ImportSerializer(get_import_for(current_user(request), import_id)).data)


class CancelImportView(APIView):
    @extend_schema(operation_id="imports_cancel", request=None, responses=ImportSerializer)
    def post(self, request: Request, import_id: int) -> Response:
        """Stop an import; the images it has taken stay."""
        job = get_import_for(current_user(request), import_id, LEADS)
        return Response(ImportSerializer(service.cancel_import(job)).data)


class ImportReportView(APIView):
    @extend_schema(
        operation_id="imports_report",
        parameters=[*CURSOR_PARAMETERS, ReportFilterSerializer],
        responses=page_of(ImportRowSerializer),
    )
    def get(self, request: Request, import_id: int) -> Response:
        """What was taken, repaired and refused: file, line and reason."""
        job = get_import_for(current_user(request), import_id)
        rows = _filtered_rows(job, request)
        return paginate(self, request, rows, ImportRowSerializer, ordering=("id",), page_size=100)


class ImportReportCsvView(APIView):
    @extend_schema(
        operation_id="imports_report_csv",
        parameters=[ReportFilterSerializer],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, import_id: int) -> StreamingHttpResponse:
        """The report as CSV, whole or the rows of one outcome."""
        job = get_import_for(current_user(request), import_id)
        rows = _filtered_rows(job, request)
        name = f"import-{job.pk}-report.csv"
        return stream_response(request, _csv_rows(rows), name=name, media_type="text/csv")


def _filtered_rows(job: Import, request: Request) -> QuerySet[ImportRow]:
    outcome = parse(ReportFilterSerializer, request.query_params).get("outcome")
    return job.rows.filter(outcome=outcome) if outcome else job.rows.all()


def _csv_rows(rows: QuerySet[ImportRow]) -> Iterator[bytes]:
    yield csv_line(["outcome", "file", "line", "reason"])
    values = rows.order_by("id").values_list("outcome", "file", "line", "reason")
    for row in values.iterator(chunk_size=1000):
        yield csv_line(row)
