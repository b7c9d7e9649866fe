"""Imports: starting, watching, cancelling, reading the report."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.imports import imports as service
from annotator.imports.dry_run import empty_preview
from annotator.imports.sample import DEFAULT_IMAGES, create_sample_dataset
from annotator.imports.undoing import undo_import
from annotator.kernel.plain_text import csv_line
from annotator.models import Import, ImportOutcome, ImportRow, JobState
from annotator.permissions import LEADS, get_dataset_for, get_import_for

from .serializers.imports import (
    ImportOptionsSerializer,
    ImportPreviewSerializer,
    ImportRowSerializer,
    ImportSerializer,
)
from .web.base import CURSOR_PARAMETERS, current_user, page_of, paginate, parse
from .web.streaming import stream_response
from .web.view import APIView


class ImportUploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="A .zip with images and labels.")
    is_dry_run = serializers.BooleanField(
        default=False, help_text="Read everything and take nothing: see `preview/`."
    )


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
        rows = Import.objects.filter(dataset=dataset).defer("preview")
        rows = rows.exclude(is_dry_run=True, state=JobState.CANCELLED)
        rows = rows.select_related("dataset", "created_by")
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
        values = parse(ImportUploadSerializer, request.data)
        job = service.start_archive_import(
            dataset, values["file"], created_by=user, is_dry_run=values["is_dry_run"]
        )
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


class ImportPreviewView(APIView):
    @extend_schema(operation_id="imports_preview", responses=ImportPreviewSerializer)
    def get(self, request: Request, import_id: int) -> Response:
        """What a dry run found: what would come in, and what would not."""
        job = get_import_for(current_user(request), import_id)
        if job.preview is None:
            raise Http404
        return Response(ImportPreviewSerializer({**empty_preview(), **job.preview}).data)


class BeginImportView(APIView):
    @extend_schema(
        operation_id="imports_begin",
        request=ImportOptionsSerializer,
        responses={202: ImportSerializer},
    )
    def post(self, request: Request, import_id: int) -> Response:
        """Take in what a dry run looked at."""
        job = get_import_for(current_user(request), import_id, LEADS)
        job = service.begin_import(job, parse(ImportOptionsSerializer, request.data))
        return Response(ImportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class LookAgainView(APIView):
    @extend_schema(
        operation_id="imports_look_again",
        request=ImportOptionsSerializer,
        responses={202: ImportSerializer},
    )
    def post(self, request: Request, import_id: int) -> Response:
        """Make the dry run once more, as another format say."""
        job = get_import_for(current_user(request), import_id, LEADS)
        job = service.look_again(job, parse(ImportOptionsSerializer, request.data))
        return Response(ImportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class ResumeImportView(APIView):
    @extend_schema(operation_id="imports_resume", request=None, responses={202: ImportSerializer})
    def post(self, request: Request, import_id: int) -> Response:
        """Go on with an import that was cancelled or failed, behind what it has taken."""
        job = service.resume_import(get_import_for(current_user(request), import_id, LEADS))
        return Response(ImportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class UndoImportView(APIView):
    @extend_schema(operation_id="imports_undo", request=None, responses={202: ImportSerializer})
    def post(self, request: Request, import_id: int) -> Response:
        """Take a whole import back: its images go to the trash, changed labels become as before.

        409 with `edited`, the names, where somebody has edited its images since.
        """
        job = undo_import(get_import_for(current_user(request), import_id, LEADS))
        return Response(ImportSerializer(job).data, status=status.HTTP_202_ACCEPTED)


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
